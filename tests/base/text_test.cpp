#include "base/text.h"

#include <gtest/gtest.h>

#include <clocale>

namespace carbontracker {
namespace {

TEST(Text, NumbersAreWholeFieldsOrNothing) {
  EXPECT_EQ(parse_uint(" 240422366267\n"), 240422366267u);
  EXPECT_EQ(parse_uint("abc"), std::nullopt);
  EXPECT_EQ(parse_uint("-5"), std::nullopt);
  EXPECT_EQ(parse_uint(""), std::nullopt);
  EXPECT_EQ(parse_uint("12abc"), std::nullopt);
  EXPECT_EQ(parse_uint("1234567890123456789012345"), std::nullopt);
  EXPECT_EQ(parse_uint("7\r\n"), 7u);
}

TEST(Text, B139_ADecimalCommaOfTheLocaleChangesNothing) {
  std::setlocale(LC_ALL, "fr_FR.UTF-8");  // where it is not installed the C locale stays, and the answer is the same
  EXPECT_EQ(parse_double("12.5"), 12.5);
  EXPECT_EQ(parse_double("12,5"), std::nullopt);
  EXPECT_EQ(parse_double("nan"), std::nullopt);
  EXPECT_EQ(parse_double("inf"), std::nullopt);
  std::setlocale(LC_ALL, "C");
}

TEST(Text, CsvFieldsKeepQuotedCommas) {
  const auto fields = csv_fields("a,\"0,29\",\"say \"\"hi\"\"\",\r\n");
  EXPECT_EQ(fields, (std::vector<std::string>{"a", "0,29", "say \"hi\"", ""}));
}

}  // namespace
}  // namespace carbontracker
