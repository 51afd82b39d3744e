#include "tracker/budget.h"

#include <gtest/gtest.h>

namespace carbontracker {
namespace {

Forecast forecast_of(double low, double joules) {
  Forecast forecast;
  forecast.low = Joules(low);
  forecast.joules = Joules(joules);
  return forecast;
}

TEST(Budget, AmountsOfEnergyCarbonAndMoneyAreRead) {
  EXPECT_DOUBLE_EQ(parse_budget("5kWh")->amount, 18e6);   // 5 x 3.6 MJ
  EXPECT_DOUBLE_EQ(parse_budget("800 Wh")->amount, 2.88e6);
  EXPECT_DOUBLE_EQ(parse_budget("3.6MJ")->amount, 3.6e6);
  EXPECT_EQ(parse_budget("2kgCO2")->kind, BudgetKind::carbon);
  EXPECT_DOUBLE_EQ(parse_budget("2kgCO2e")->amount, 2000);
  EXPECT_EQ(parse_budget("10EUR")->currency, "EUR");
  EXPECT_EQ(parse_budget("10EUR")->kind, BudgetKind::cost);
}

TEST(Budget, WhatIsNoAmountIsRefusedByName) {
  for (const char* text : {"", "5", "kWh", "-5kWh", "0kWh", "5kW", "nan kWh", "1e3kWh", "10eur"}) {
    const auto budget = parse_budget(text);
    ASSERT_FALSE(budget) << text;
    EXPECT_EQ(budget.error().code, Errc::invalid_input);
    EXPECT_NE(budget.error().what.find("'" + std::string(text) + "'"), std::string::npos);
  }
}

TEST(Budget, CarbonAndCostIncludePue) {
  const BudgetRates rates{1.5, CarbonIntensity(200), 0.30};
  // 2 kWh of IT x 1.5 = 3 kWh: 600 g and 0.90.
  EXPECT_DOUBLE_EQ(in_budget_units(*parse_budget("1kgCO2"), kilowatt_hours(2), rates), 600);
  EXPECT_DOUBLE_EQ(in_budget_units(*parse_budget("1EUR"), kilowatt_hours(2), rates), 0.9);
  EXPECT_DOUBLE_EQ(in_budget_units(*parse_budget("1kWh"), kilowatt_hours(2), rates), 7.2e6);
}

// 1 kWh was spent at 200 g, another is to come at 500: 700 g, times the PUE 1050. Money knows no grid.
TEST(Budget, WhatIsToComeIsJudgedByTheGridOfItsTime) {
  const BudgetRates rates{1.5, CarbonIntensity(200), 0.30, CarbonIntensity(500), kilowatt_hours(1)};
  EXPECT_DOUBLE_EQ(in_budget_units(*parse_budget("1kgCO2"), kilowatt_hours(2), rates), 1050);
  EXPECT_DOUBLE_EQ(in_budget_units(*parse_budget("1kgCO2"), kilowatt_hours(1), rates), 300);
  EXPECT_DOUBLE_EQ(in_budget_units(*parse_budget("1EUR"), kilowatt_hours(2), rates), 0.9);
}

TEST(Budget, LikelySureAndSpentAreEachSaidOnce) {
  BudgetWatch watch(*parse_budget("1000J"), {});
  EXPECT_FALSE(watch.look(Joules(100), nullptr));
  const Forecast within = forecast_of(700, 900), likely = forecast_of(900, 1100), sure = forecast_of(1100, 1300);
  EXPECT_FALSE(watch.look(Joules(100), &within));
  const auto first = watch.look(Joules(200), &likely);
  ASSERT_TRUE(first);
  EXPECT_FALSE(first->stop);
  EXPECT_FALSE(watch.look(Joules(210), &likely));
  const auto second = watch.look(Joules(300), &sure);
  ASSERT_TRUE(second);
  EXPECT_TRUE(second->stop);
  EXPECT_FALSE(watch.look(Joules(310), &sure));
  const auto third = watch.look(Joules(1001), &sure);
  ASSERT_TRUE(third);
  EXPECT_TRUE(third->stop);
  EXPECT_EQ(third->what, "the budget of 1000J is spent: 1001 J");
  EXPECT_FALSE(watch.look(Joules(1100), &sure));
}

TEST(Budget, ExactlyTheBudgetIsWithinIt) {
  BudgetWatch watch(*parse_budget("1000J"), {});
  EXPECT_FALSE(watch.look(Joules(1000), nullptr));
}

}  // namespace
}  // namespace carbontracker
