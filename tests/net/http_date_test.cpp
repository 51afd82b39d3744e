#include "net/http_date.h"

#include <gtest/gtest.h>

#include "base/iso_time.h"

namespace carbontracker {
namespace {

std::string read(std::string_view text) {
  const auto when = parse_http_date(text);
  return when ? iso_time(*when).substr(0, 19) : "nothing";
}

// The examples of RFC 9110, 5.6.7.
TEST(HttpDate, ThreeFormsOfOneMoment) {
  EXPECT_EQ(read("Sun, 06 Nov 1994 08:49:37 GMT"), "1994-11-06T08:49:37");
  EXPECT_EQ(read("Sunday, 06-Nov-94 08:49:37 GMT"), "1994-11-06T08:49:37");
  EXPECT_EQ(read("Sun Nov  6 08:49:37 1994"), "1994-11-06T08:49:37");
  EXPECT_EQ(read(" Wed, 25 Nov 2026 10:00:00 GMT "), "2026-11-25T10:00:00");
  EXPECT_EQ(read("Wednesday, 25-Nov-26 10:00:00 GMT"), "2026-11-25T10:00:00");
}

TEST(HttpDate, NothingElse) {
  for (const char* text : {"", "120", "soon", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 31 Feb 2026 08:49:37 GMT", "Sun, 06 Nov 1994 25:49:37 GMT", "Sun, 06 Nov 1994 08:49 GMT",
                           "Sun, 06 Foo 1994 08:49:37 GMT", "Sun, -6 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 99999 08:49:37 GMT", "Sun, 06 Nov 0000 08:49:37 GMT", "Sunday, 06-Nov 08:49:37 GMT"})
    EXPECT_EQ(read(text), "nothing") << text;
}

}  // namespace
}  // namespace carbontracker
