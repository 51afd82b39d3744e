#pragma once
// What looks at a command while it runs: its grid, its first forecast, its budget. All in the thread that waits for it.

#include <optional>

#include "cli/grid_feed.h"
#include "cli/style.h"
#include "cli/wrapped_run.h"
#include "tracker/budget.h"
#include "tracker/running_grams.h"

namespace carbontracker::cli {

// The run's CO2 by what is told of the grid, else by the year's figure of its place.
class RunCarbon {
 public:
  RunCarbon(const Session& session, const GridFeed* feed) : session_(session), feed_(feed), grams_(table_intensity(session.place()).g_per_kwh) {}

  void note();                                            // about once a second
  // Of the whole, PUE included: what was spent by the grid of its time, the rest by that of the time that is left.
  [[nodiscard]] Grams of(const Forecast& forecast) const;
  [[nodiscard]] BudgetRates rates(double price, const Forecast* forecast) const;

 private:
  [[nodiscard]] CarbonIntensity ahead(const Forecast* forecast) const;
  [[nodiscard]] const IntensitySeries* grid() const { return feed_ ? feed_->series() : nullptr; }
  const Session& session_;
  const GridFeed* feed_;
  RunningGrams grams_;
};

// One line on a terminal when the first forecast is there, and one when an early end has become likely; the final ones are in the summary.
class Announcer {
 public:
  Announcer(const Session& session, const RunCarbon& carbon, const Style& style, bool quiet)
      : session_(session), carbon_(carbon), style_(style), quiet_(quiet || !style.live) {}
  void marked();

 private:
  void say(const std::string& what) const;
  void tell_early_end(const Forecast& forecast);
  const Session& session_;
  const RunCarbon& carbon_;
  const Style& style_;
  bool quiet_, said_ = false, end_said_ = false;
  std::optional<Instant> asked_;
};

// Holds the run against its budget, about once a second, and ends it where that was asked for.
class BudgetKeeper {
 public:
  BudgetKeeper(const Session& session, const RunCarbon& carbon, const Style& style, const std::optional<Budget>& budget, double price, bool stops);

  [[nodiscard]] bool stopping() const { return stopper_.stopping(); }
  void tick(pid_t child, pid_t relay);
  void finish() { stopper_.finish(); }

 private:
  [[nodiscard]] std::optional<EarlyOutlook> early_outlook(const Forecast& plan) const;
  const Session& session_;
  const RunCarbon& carbon_;
  const Style& style_;
  std::optional<BudgetWatch> watch_;
  double price_;
  bool stops_;
  Stopper stopper_;
};

}  // namespace carbontracker::cli
