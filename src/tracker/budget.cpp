#include "tracker/budget.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "base/printable.h"
#include "base/text.h"
#include "prediction/end_reasons.h"
#include "report/likely_end.h"
#include "report/numbers.h"

namespace carbontracker {
namespace {

struct Unit {
  std::string_view name;
  BudgetKind kind;
  double size;
};
// Case matters in none: "kwh" is meant as kWh; there is no milli in a budget.
constexpr std::array kUnits{
    Unit{"j", BudgetKind::energy, 1},        Unit{"kj", BudgetKind::energy, 1e3},      Unit{"mj", BudgetKind::energy, 1e6},
    Unit{"gj", BudgetKind::energy, 1e9},     Unit{"wh", BudgetKind::energy, 3600},     Unit{"kwh", BudgetKind::energy, 3.6e6},
    Unit{"mwh", BudgetKind::energy, 3.6e9},  Unit{"gwh", BudgetKind::energy, 3.6e12},  Unit{"gco2", BudgetKind::carbon, 1},
    Unit{"kgco2", BudgetKind::carbon, 1e3},  Unit{"tco2", BudgetKind::carbon, 1e6},    Unit{"gco2e", BudgetKind::carbon, 1},
    Unit{"kgco2e", BudgetKind::carbon, 1e3}, Unit{"tco2e", BudgetKind::carbon, 1e6},
};

constexpr double kWaitsUntil = 0.5;  // of the plan: a metric that has told nothing by then will not

bool is_currency(std::string_view word) {
  return word.size() == 3 && std::all_of(word.begin(), word.end(), [](unsigned char c) { return std::isupper(c) != 0; });
}

}  // namespace

Result<Budget> parse_budget(std::string_view text) {
  const std::string_view whole = trim(text);
  const auto end = std::find_if(whole.begin(), whole.end(), [](unsigned char c) { return !std::isdigit(c) && c != '.'; });
  const auto number = parse_double(whole.substr(0, static_cast<std::size_t>(end - whole.begin())));
  const std::string_view unit = trim(whole.substr(static_cast<std::size_t>(end - whole.begin())));
  const auto known = std::find_if(kUnits.begin(), kUnits.end(), [&](const Unit& u) { return u.name == lower(unit); });
  if (number && *number > 0 && known != kUnits.end()) return Budget{known->kind, *number * known->size, std::string(whole), {}};
  if (number && *number > 0 && is_currency(unit)) return Budget{BudgetKind::cost, *number, std::string(whole), std::string(unit)};
  return unexpected(Errc::invalid_input, "budget '" + std::string(text) + "' is no amount of energy, CO2 or money", "write 5kWh, 2kgCO2 or 10EUR");
}

bool same_currency(std::string_view budget, std::string_view price) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kSigns{{{"\u20ac", "eur"}, {"\u00a3", "gbp"}, {"\u00a5", "jpy"}}};
  const auto sign = std::find_if(kSigns.begin(), kSigns.end(), [&](const auto& each) { return each.first == price; });
  return price.empty() || lower(budget) == (sign == kSigns.end() ? lower(price) : std::string(sign->second));
}

double in_budget_units(const Budget& budget, Joules it, const BudgetRates& rates) {
  if (budget.kind == BudgetKind::energy) return it.value();
  const Joules spent = std::min(it, rates.spent);
  const Grams grams = spent * rates.pue * rates.grid + (it - spent) * rates.pue * rates.ahead;
  return budget.kind == BudgetKind::carbon ? grams.value() : in_kilowatt_hours(it * rates.pue) * rates.price;
}

std::string BudgetWatch::show_amount(Joules it, const BudgetRates& rates) const {
  const double amount = in_budget_units(budget_, it, rates);
  if (budget_.kind == BudgetKind::energy) return show(Joules(amount));
  if (budget_.kind == BudgetKind::carbon) return show(Grams(amount)) + " CO2e";
  return three_digits(amount) + " " + budget_.currency;
}

std::optional<BudgetNote> BudgetWatch::look_at_plan(const Forecast& plan, bool may_stop, const std::string& doubt) {
  const std::string over = ", above the budget of " + budget_.text + doubt;
  if (may_stop && above(plan.low, rates_) && !std::exchange(sure_said_, true)) {
    likely_said_ = true;
    return BudgetNote{"the run is going to take " + show_amount(plan.joules, rates_) + " (" + show_amount(plan.low, rates_) + " at least)" + over, true};
  }
  bool& said = may_stop ? likely_said_ : plan_said_;
  if (!above(plan.joules, rates_) || std::exchange(said, true)) return std::nullopt;
  const std::string what = may_stop ? "the run is likely to take " : "the plan's end would take ";
  return BudgetNote{what + show_amount(plan.joules, rates_) + over, false};
}

std::optional<BudgetNote> BudgetWatch::look_at_early_end(const Forecast& plan, const EarlyOutlook& early) {
  const EndRecord& end = early.end;
  const std::string by = printable(end.metric, 40), at = show_amount(end.joules, early.rates);
  const std::string after = end.before_plan < 0.5 ? "" : " until it stops by " + by + ", likely after " + show_units(end.units) + " " + plan.unit + "s";
  const std::string whole = "the plan's end would take " + show_amount(plan.joules, rates_);
  const std::string over = ", above the budget of " + budget_.text;
  if (above(end.joules_low, early.rates)) {
    if (std::exchange(sure_said_, true)) return std::nullopt;
    plan_said_ = likely_said_ = true;
    return BudgetNote{"the run is going to take " + at + after + " (" + show_amount(end.joules_low, early.rates) + " at least; " + whole + ")" + over, true};
  }
  if (above(end.joules, early.rates)) {
    if (std::exchange(likely_said_, true)) return std::nullopt;
    plan_said_ = true;
    return BudgetNote{"the run is likely to take " + at + after + " (" + whole + ")" + over, false};
  }
  if (!above(plan.joules, rates_) || std::exchange(plan_said_, true)) return std::nullopt;
  return BudgetNote{whole + over + "; by " + by + " it is likely to take " + at + " (" + show_amount(end.joules_low, early.rates) + " to " +
                    show_amount(end.joules_high, early.rates) + "), until " + show_units(end.units) + " " + plan.unit + "s, within it", false};
}

std::optional<BudgetNote> BudgetWatch::look(Joules spent, const Forecast* forecast, const EarlyOutlook* early) {
  if (above(spent, rates_)) {
    if (std::exchange(spent_said_, true)) return std::nullopt;
    return BudgetNote{"the budget of " + budget_.text + " is spent: " + show_amount(spent, rates_), true};
  }
  if (!forecast) return std::nullopt;
  if (early && early->end.reason.empty()) return look_at_early_end(*forecast, *early);
  const bool awaited = early && awaits_evaluations(early->end.reason) && forecast->done < kWaitsUntil * forecast->of;
  return look_at_plan(*forecast, !awaited, awaited ? "; whether it stops before by " + printable(early->end.metric, 40) + " is not known yet" : "");
}

}  // namespace carbontracker
