#include "report/cells.h"

#include <gtest/gtest.h>

#include "report/numbers.h"

namespace carbontracker {
namespace {

TEST(Cells, CsvIsQuotedAndNoFormula) {
  EXPECT_EQ(csv_cell("a,b"), "\"a,b\"");
  EXPECT_EQ(csv_cell("say \"hi\""), "\"say \"\"hi\"\"\"");
  EXPECT_EQ(csv_cell("=HYPERLINK(1)"), "'=HYPERLINK(1)");
  EXPECT_EQ(csv_cell("-1.5"), "-1.5");
  EXPECT_EQ(csv_cell("line\nend"), "\"line\nend\"");
}

TEST(Numbers, ThreeDigitsInTheFittingUnit) {
  EXPECT_EQ(three_digits(0), "0");
  EXPECT_EQ(three_digits(9.999), "10.0");
  EXPECT_EQ(three_digits(0.012345), "0.0123");
  EXPECT_EQ(three_digits(1234.5), "1234");
  EXPECT_EQ(three_digits(99.96), "100");
  EXPECT_EQ(show(Joules(850)), "850 J");
  EXPECT_EQ(show(Joules(3600)), "1.00 Wh");
  EXPECT_EQ(show(Joules(6.624e6)), "1.84 kWh");
  EXPECT_EQ(show(Grams(84738.5)), "84.7 kg");
  EXPECT_EQ(show_interval(Joules(6.624e6), Joules(6.12e6), std::nullopt), "1.84 kWh (1.70 or more)");
}

}  // namespace
}  // namespace carbontracker
