#pragma once
// What a run may take, held against what it took and what it is going to take. Pure.

#include <optional>
#include <string>
#include <string_view>

#include "prediction/forecast.h"
#include "storage/run_record.h"

namespace carbontracker {

enum class BudgetKind { energy, carbon, cost };

struct Budget {
  BudgetKind kind = BudgetKind::energy;
  double amount = 0;          // J, g CO2e, or money
  std::string text;           // as given: "5kWh"
  std::string currency;       // "EUR"
};

// "5kWh", "800 Wh", "3.6MJ" (IT energy, as the report's headline); "2kgCO2", "500gCO2e", "1tCO2"; "10EUR" (any three capital letters).
// Errc::invalid_input names the text and the forms there are.
[[nodiscard]] Result<Budget> parse_budget(std::string_view text);

// Whether a budget of that currency may be held against a price of this one: where the price names none it is the budget's.
[[nodiscard]] bool same_currency(std::string_view budget, std::string_view price);

// Turns joules of the run into the budget's unit.
struct BudgetRates {
  double pue = 1;
  CarbonIntensity grid{};     // of what was spent
  double price = 0;           // of one kWh at the meter, so that PUE comes on top
  CarbonIntensity ahead = grid;  // of what comes on top of `spent`
  Joules spent{};
};
[[nodiscard]] double in_budget_units(const Budget& budget, Joules it, const BudgetRates& rates);

struct BudgetNote {
  std::string what;           // for the user
  bool stop = false;          // reason enough to end the run where that was asked for
};

// What is said of an early end, where a rule may bring one about.
struct EarlyOutlook {
  EndRecord end;              // with a reason: none is known
  BudgetRates rates;          // `ahead`: of the time until then
};

// Says each thing once: that the forecast's median is above the budget (a warning); that its 5 % end is, so that it is nearly sure
// (reason to stop); that the meter is (reason to stop). Where the run may stop early by a rule, the forecast is that of its likely end, whose
// distribution the plan's end bounds; that the plan's end alone is above is a warning. While too few evaluations were seen to tell, until half of the plan, only the meter is reason to stop.
class BudgetWatch {
 public:
  BudgetWatch(Budget budget, BudgetRates rates) : budget_(std::move(budget)), rates_(rates) {}
  [[nodiscard]] const Budget& budget() const { return budget_; }
  // As the grid changes.
  void set_rates(const BudgetRates& rates) { rates_ = rates; }
  [[nodiscard]] std::optional<BudgetNote> look(Joules spent, const Forecast* forecast, const EarlyOutlook* early = nullptr);

 private:
  [[nodiscard]] bool above(Joules it, const BudgetRates& rates) const { return in_budget_units(budget_, it, rates) > budget_.amount; }
  [[nodiscard]] std::string show_amount(Joules it, const BudgetRates& rates) const;
  [[nodiscard]] std::optional<BudgetNote> look_at_plan(const Forecast& plan, bool may_stop, const std::string& doubt);
  [[nodiscard]] std::optional<BudgetNote> look_at_early_end(const Forecast& plan, const EarlyOutlook& early);
  Budget budget_;
  BudgetRates rates_;
  bool plan_said_ = false, likely_said_ = false, sure_said_ = false, spent_said_ = false;
};

}  // namespace carbontracker
