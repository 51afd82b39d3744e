#include "base/files.h"

#include <gtest/gtest.h>

#include "fakes/temp_dir.h"

namespace carbontracker {
namespace {

TEST(SensorFile, ReadsAgainWhatChangedInPlace) {
  TempDir dir;
  dir.write("energy_uj", "100\n");
  SensorFile file(dir.path("energy_uj"));
  EXPECT_EQ(file.read_uint().value(), 100u);
  dir.write("energy_uj", "250\n");
  EXPECT_EQ(file.read_uint().value(), 250u);
}

TEST(SensorFile, FollowsAFileThatWasReplaced) {
  TempDir dir;
  dir.write("energy_uj", "100\n");
  SensorFile file(dir.path("energy_uj"));
  ASSERT_TRUE(file.read_uint());
  ASSERT_TRUE(write_file_atomically(dir.path("energy_uj"), "300\n"));
  EXPECT_EQ(file.read_uint().value(), 300u);
}

TEST(SensorFile, AReplacementIsFoundWithin32ReadsOfAValueThatHadStoodStill) {
  TempDir dir;
  dir.write("power1_input", "0\n");
  SensorFile file(dir.path("power1_input"));
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(file.read_uint().value(), 0u);
  ASSERT_TRUE(write_file_atomically(dir.path("power1_input"), "300\n"));
  int reads = 1;
  while (file.read_uint().value() == 0u && reads < 100) ++reads;
  EXPECT_LE(reads, 32);
}

TEST(SensorFile, R12_AZoneThatVanishesIsAnErrorAndComesBack) {
  TempDir dir;
  dir.write("energy_uj", "100\n");
  SensorFile file(dir.path("energy_uj"));
  ASSERT_TRUE(file.read_uint());
  std::filesystem::remove(dir.path("energy_uj"));
  const auto gone = file.read_uint();
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().code, Errc::not_found);
  dir.write("energy_uj", "7\n");
  EXPECT_EQ(file.read_uint().value(), 7u);
}

TEST(SensorFile, R11_GarbageIsAnErrorThatNamesTheFile) {
  TempDir dir;
  for (const char* text : {"", "abc", "-5", "1234567890123456789012345"}) {
    dir.write("energy_uj", text);
    SensorFile file(dir.path("energy_uj"));
    const auto value = file.read_uint();
    ASSERT_FALSE(value) << text;
    EXPECT_EQ(value.error().code, Errc::corrupt);
    EXPECT_NE(value.error().what.find("energy_uj"), std::string::npos);
  }
}

TEST(Files, AFailedWriteLeavesTheOldContent) {
  TempDir dir;
  const auto written = write_file_atomically(dir.path("no/such/dir/run.json"), "x");
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, Errc::not_found);
}

TEST(Files, DirectoriesAreMadeWithTheirParents) {
  TempDir dir;
  ASSERT_TRUE(make_directories(dir.path("a/b/c")));
  ASSERT_TRUE(make_directories(dir.path("a/b/c")));
  dir.write("file", "");
  EXPECT_FALSE(make_directories(dir.path("file")));
}

}  // namespace
}  // namespace carbontracker
