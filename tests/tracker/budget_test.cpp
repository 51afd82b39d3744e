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

EarlyOutlook until(double low, double joules, double high, double before_plan = 0.9) {
  EarlyOutlook early;
  early.end.metric = "val_loss";
  early.end.units = 12;
  early.end.before_plan = before_plan;
  early.end.joules_low = Joules(low), early.end.joules = Joules(joules), early.end.joules_high = Joules(high);
  return early;
}

Forecast plan_of_3000() {
  Forecast plan = forecast_of(2900, 3000);
  plan.unit = "epoch", plan.of = 40;
  return plan;
}

TEST(Budget, WhatOnlyThePlansEndExceedsIsSaidAndNotStopped) {
  BudgetWatch watch(*parse_budget("1500J"), {});
  const Forecast plan = plan_of_3000();
  const EarlyOutlook within = until(900, 1200, 1400);
  const auto note = watch.look(Joules(300), &plan, &within);
  ASSERT_TRUE(note);
  EXPECT_FALSE(note->stop);
  EXPECT_EQ(note->what, "the plan's end would take 3000 J, above the budget of 1500J; by val_loss it is likely to take 1200 J (900 J to 1400 J), until 12 epochs, within it");
  EXPECT_FALSE(watch.look(Joules(310), &plan, &within));
}

TEST(Budget, AnEarlyEndThatIsAboveItAsWellStopsWhenItIsSure) {
  BudgetWatch watch(*parse_budget("1500J"), {});
  const Forecast plan = plan_of_3000();
  const EarlyOutlook likely = until(1400, 1800, 2500), sure = until(1600, 1900, 2500);
  const auto first = watch.look(Joules(300), &plan, &likely);
  ASSERT_TRUE(first);
  EXPECT_FALSE(first->stop);
  EXPECT_EQ(first->what, "the run is likely to take 1800 J until it stops by val_loss, likely after 12 epochs (the plan's end would take 3000 J), above the budget of 1500J");
  EXPECT_FALSE(watch.look(Joules(310), &plan, &likely));
  const auto second = watch.look(Joules(320), &plan, &sure);
  ASSERT_TRUE(second);
  EXPECT_TRUE(second->stop);
  EXPECT_EQ(second->what, "the run is going to take 1900 J until it stops by val_loss, likely after 12 epochs (1600 J at least; the plan's end would take 3000 J), above the budget of 1500J");
  EXPECT_FALSE(watch.look(Joules(330), &plan, &sure));
}

TEST(Budget, WhileNothingTellsOfTheEarlyEndTheForecastStopsNothingAndTheMeterDoes) {
  BudgetWatch watch(*parse_budget("1500J"), {});
  const Forecast plan = plan_of_3000();
  EarlyOutlook none = until(0, 0, 0, 0);
  none.end.reason = "fewer than three evaluations have been seen";
  const auto first = watch.look(Joules(300), &plan, &none);
  ASSERT_TRUE(first);
  EXPECT_FALSE(first->stop);
  EXPECT_EQ(first->what, "the plan's end would take 3000 J, above the budget of 1500J; whether it stops before by val_loss is not known yet");
  EXPECT_FALSE(watch.look(Joules(310), &plan, &none));
  EXPECT_TRUE(watch.look(Joules(1501), &plan, &none)->stop);
}

TEST(Budget, AMetricThatHasToldNothingByHalfThePlanIsNotWaitedFor) {
  BudgetWatch watch(*parse_budget("1500J"), {});
  Forecast plan = plan_of_3000();
  EarlyOutlook none = until(0, 0, 0, 0);
  none.end.reason = "the metric has not been seen yet";
  plan.done = 19;
  EXPECT_FALSE(watch.look(Joules(300), &plan, &none)->stop);
  plan.done = 20;
  EXPECT_TRUE(watch.look(Joules(310), &plan, &none)->stop);
}

TEST(Budget, AMetricThatTellsNothingLeavesThePlanToBeJudged) {
  BudgetWatch watch(*parse_budget("1500J"), {});
  const Forecast plan = plan_of_3000();
  EarlyOutlook none = until(0, 0, 0, 0);
  none.end.reason = "the metric was last seen after 4 of 40 epochs";
  const auto note = watch.look(Joules(300), &plan, &none);
  ASSERT_TRUE(note);
  EXPECT_TRUE(note->stop);
}

// 500 J were spent at 200 g/kWh; what is to come is at 500 until the early end and at 900 until the plan's. 3000 J: 0.65 g by the plan; 1500 J: 0.167 g.
TEST(Budget, TheEarlyEndIsJudgedByTheGridUntilThen) {
  const BudgetRates plans{1, CarbonIntensity(200), 0, CarbonIntensity(900), Joules(500)};
  EarlyOutlook early = until(1400, 1500, 1600);
  early.rates = {1, CarbonIntensity(200), 0, CarbonIntensity(500), Joules(500)};
  BudgetWatch watch(*parse_budget("0.2gCO2"), plans);
  const Forecast plan = plan_of_3000();
  const auto note = watch.look(Joules(500), &plan, &early);
  ASSERT_TRUE(note);
  EXPECT_FALSE(note->stop);
  EXPECT_NE(note->what.find("653 mg CO2e"), std::string::npos) << note->what;  // (500 x 200 + 2500 x 900) / 3.6e6
  EXPECT_NE(note->what.find("167 mg CO2e"), std::string::npos) << note->what;  // (500 x 200 + 1000 x 500) / 3.6e6
}

TEST(Budget, ExactlyTheBudgetIsWithinIt) {
  BudgetWatch watch(*parse_budget("1000J"), {});
  EXPECT_FALSE(watch.look(Joules(1000), nullptr));
}

}  // namespace
}  // namespace carbontracker
