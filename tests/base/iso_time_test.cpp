#include "base/iso_time.h"

#include <gtest/gtest.h>

namespace carbontracker {
namespace {

using namespace std::chrono_literals;

WallTime at(std::int64_t seconds, int ms = 0) { return WallTime(std::chrono::seconds(seconds) + std::chrono::milliseconds(ms)); }

// 2026-11-25 is day 20782 since 1970 (56 years = 20454 days to 2026-01-01, plus 328): 20782 x 86400 = 1795564800.
TEST(IsoTime, ReadsDatesTimesAndOffsets) {
  EXPECT_EQ(parse_iso_time("1970-01-01T00:00Z"), at(0));
  EXPECT_EQ(parse_iso_time("2026-11-25"), at(1795564800));
  EXPECT_EQ(parse_iso_time("2026-11-25T10:00Z"), at(1795564800 + 36000));
  EXPECT_EQ(parse_iso_time(" 2026-11-25 10:00:30.250 "), at(1795564800 + 36030, 250));
  EXPECT_EQ(parse_iso_time("2026-11-25T11:00:00+01:00"), at(1795564800 + 36000));
  EXPECT_EQ(parse_iso_time("2026-11-25T04:30-0530"), at(1795564800 + 36000));
  EXPECT_EQ(parse_iso_time("2026-11-25T10:00:00.123456Z"), at(1795564800 + 36000, 123));
}

TEST(IsoTime, RefusesWhatIsNoTime) {
  for (const char* text : {"", "now", "2026", "2026-02-30", "2026-13-01", "2026-11-25T", "2026-11-25T25:00Z", "2026-11-25T10:61Z", "2026-11-25T10:00Zx",
                           "2026-11-25T10:00+99:00", "25.11.2026", "2026-11-25T1:00Z", "2026-11-25T10:00 CET"})
    EXPECT_FALSE(parse_iso_time(text)) << text;
}

TEST(IsoTime, WritesUtcWithMilliseconds) {
  EXPECT_EQ(iso_time(at(1795564800 + 36030, 7)), "2026-11-25T10:00:30.007Z");
  EXPECT_EQ(iso_time(at(-1)), "1969-12-31T23:59:59.000Z");
}

}  // namespace
}  // namespace carbontracker
