#include "progress/socket_marks.h"

#include <gtest/gtest.h>

#include "fakes/fake_host.h"
#include "fakes/temp_dir.h"

namespace carbontracker {
namespace {

TEST(SocketMarks, StampsAreKeptWhereTheyCanBeTrue) {
  const TempDir dir;
  auto receiver = MarkReceiver::open(fake_host("", {{"XDG_DATA_HOME", dir.path()}}));
  ASSERT_TRUE(receiver);
  MarkSender sender(receiver->path());
  const Instant now{std::chrono::hours(10)};
  for (const auto stamp : {std::chrono::minutes(595), std::chrono::minutes(601), std::chrono::minutes(5)}) {
    ASSERT_TRUE(sender.send(to_wire({MarkKind::region_begin, Instant(stamp), "validate", 0, 0, "", false})));
  }
  const auto marks = receive_marks(*receiver, now);
  ASSERT_EQ(marks.size(), 3u);
  EXPECT_EQ(marks[0].at, Instant(std::chrono::minutes(595)));
  EXPECT_EQ(marks[1].at, now);  // from the future
  EXPECT_EQ(marks[2].at, now);  // nearly ten hours old
  EXPECT_EQ(marks[0].name, "validate");
  EXPECT_EQ(marks[0].kind, MarkKind::region_begin);
}

// So that the answer has the mark in it.
TEST(SocketMarks, OneAtATimeAQuestionBehindAMarkWaitsUntilTheMarkIsTaken) {
  const TempDir dir;
  auto receiver = MarkReceiver::open(fake_host("", {{"XDG_DATA_HOME", dir.path()}}));
  ASSERT_TRUE(receiver);
  int asked = 0;
  receiver->on_question([&](const WireAsk&) {
    ++asked;
    return std::string("{}");
  });
  MarkSender sender(receiver->path());
  const Instant now{std::chrono::hours(10)};
  ASSERT_TRUE(sender.send(to_wire({MarkKind::epoch_end, now, "", 3, 4, "epoch", false})));
  EXPECT_FALSE(sender.ask_for(AskFor::forecast, Seconds(0.001)));  // it waits behind the mark
  EXPECT_EQ(receive_marks(*receiver, now, 1).size(), 1u);
  EXPECT_EQ(asked, 0);
  EXPECT_TRUE(receive_marks(*receiver, now, 1).empty());
  EXPECT_EQ(asked, 1);
}

}  // namespace
}  // namespace carbontracker
