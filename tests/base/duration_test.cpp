#include "base/duration.h"

#include <gtest/gtest.h>

namespace carbontracker {
namespace {

TEST(Duration, ReadsWhatPeopleWrite) {
  EXPECT_EQ(parse_duration("90s"), Seconds(90));
  EXPECT_EQ(parse_duration("5m"), Seconds(300));
  EXPECT_EQ(parse_duration("24h"), Seconds(86400));
  EXPECT_EQ(parse_duration("1h30m"), Seconds(5400));
  EXPECT_EQ(parse_duration("500ms"), Seconds(0.5));
  EXPECT_EQ(parse_duration(" 1.5 h "), Seconds(5400));
  EXPECT_EQ(parse_duration("2"), Seconds(2));
  for (const char* bad : {"", "h", "5x", "-3s", "5m3", "nan", "1e400", "five", "5 m x"}) EXPECT_EQ(parse_duration(bad), std::nullopt) << bad;
}

TEST(Duration, ShowsThreeDigitsOrTwoUnits) {
  EXPECT_EQ(show_duration(Seconds(0.0042)), "4.20 ms");
  EXPECT_EQ(show_duration(Seconds(12.44)), "12.4 s");
  EXPECT_EQ(show_duration(Seconds(59.97)), "1 min 00 s");
  EXPECT_EQ(show_duration(Seconds(185)), "3 min 05 s");
  EXPECT_EQ(show_duration(Seconds(4320)), "1 h 12 min");
  EXPECT_EQ(show_duration(Seconds(3 * 86400 + 4 * 3600)), "3 d 4 h");
  EXPECT_EQ(show_duration(Seconds(-1)), "unknown");
}

}  // namespace
}  // namespace carbontracker
