#include "fakes/machine.h"

#include <gtest/gtest.h>

#include "base/files.h"

namespace carbontracker {
namespace {

TEST(Machine, AnArchiveBecomesFilesModesLinksAndDirectories) {
  Machine machine;
  machine.unpack("# a comment\n== /sys/a/name\nx\ny\n\n== /sys/b mode 0400\n1\n== /sys/empty/\n== /sys/c -> a/name\n== /sys/none\n");
  EXPECT_EQ(read_file(machine.path("/sys/a/name")).value(), "x\ny\n");
  EXPECT_EQ(read_file(machine.path("/sys/c")).value(), "x\ny\n");
  EXPECT_EQ(read_file(machine.path("/sys/none")).value(), "");
  EXPECT_TRUE(std::filesystem::is_directory(machine.path("/sys/empty")));
  EXPECT_EQ(std::filesystem::status(machine.path("/sys/b")).permissions(), std::filesystem::perms::owner_read);
}

TEST(Machine, AnOrdinaryUserCannotReadWhatIsForRoot) {
  Machine machine;
  machine.unpack("== /sys/secret mode 0400\n1\n== /sys/open\n2\n");
  const std::string seen = as_ordinary_user([&] {
    return std::string(read_file(machine.path("/sys/secret")) ? "secret" : "-") + (read_file(machine.path("/sys/open")) ? "open" : "-");
  });
  EXPECT_EQ(seen, ::geteuid() == 0 ? "-open" : "secretopen");
}

}  // namespace
}  // namespace carbontracker
