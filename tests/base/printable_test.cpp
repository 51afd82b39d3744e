#include "base/printable.h"

#include <gtest/gtest.h>

namespace carbontracker {
namespace {

TEST(Printable, ControlCharactersAndBrokenBytesAreShownNotSent) {
  EXPECT_EQ(printable("a\x1b[31mb\n\t\r\x7f"), "a\\x1b[31mb\\n\\t\\r\\x7f");
  EXPECT_EQ(printable(std::string_view("a\0b", 3)), "a\\x00b");
  EXPECT_EQ(printable("\xff\xc3"), "\\xff\\xc3");
  EXPECT_EQ(printable("\xc2\x9b" "31m"), "\\u009b31m");            // C1: a control sequence of one character
  EXPECT_EQ(printable("\xe2\x80\xae" "x"), "\\u202ex");            // right-to-left override
  EXPECT_EQ(printable("\xc3\xa6\xf0\x9f\x8c\x8d"), "\xc3\xa6\xf0\x9f\x8c\x8d");
}

TEST(Printable, B137_ABackslashIsDoubled) { EXPECT_EQ(printable("\\u \\_"), "\\\\u \\\\_"); }

TEST(Printable, IsCutAtACharacter) {
  EXPECT_EQ(printable("abc", 3), "abc");
  EXPECT_EQ(printable("abcd", 3), "abc...");
  EXPECT_EQ(printable("ab\xc3\xa6", 3), "ab...");
}

// Unicode 15, table 3-7: overlong forms, surrogates and what lies beyond U+10FFFF are no characters.
TEST(Utf8, OnlyWellFormedCharactersCount) {
  EXPECT_EQ(utf8_length("\xc0\xaf"), 0u);
  EXPECT_EQ(utf8_length("\xe0\x80\xaf"), 0u);
  EXPECT_EQ(utf8_length("\xed\xa0\x80"), 0u);
  EXPECT_EQ(utf8_length("\xf4\x90\x80\x80"), 0u);
  EXPECT_EQ(utf8_length("\xf4\x8f\xbf\xbf"), 4u);
  EXPECT_EQ(valid_utf8("a\xff" "b\xc3\xa6\xe2\x82"), "a\xef\xbf\xbd" "b\xc3\xa6\xef\xbf\xbd\xef\xbf\xbd");
}

}  // namespace
}  // namespace carbontracker
