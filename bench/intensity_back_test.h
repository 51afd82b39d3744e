#pragma once
// Back-test of the grid forecast on one recorded hourly series. Nothing at or after an issue is looked at by the forecast issued then.

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <numeric>
#include <optional>
#include <vector>

#include "advice/plan.h"
#include "carbon/grid_model.h"
#include "carbon/intensity.h"

namespace intensity_back_test {

using carbontracker::GridModel;
using carbontracker::HourlyLog;
using carbontracker::kHorizon;
using carbontracker::LogHour;

inline constexpr std::size_t kDay = 24, kRefit = 28 * kDay, kHalfYear = 184 * kDay, kYear = 365 * kDay, kJob = 4, kWait = 20;  // hours; the job ends within a day

// What came, and what was known of it at any moment. Hours are counted from the record's first.
class Record {
 public:
  // Up to `end`, which itself and all after it are not looked at.
  static carbontracker::Result<Record> of(const carbontracker::IntensitySeries& series, carbontracker::WallTime end) {
    Record out;
    out.series_ = series;
    std::erase_if(out.series_.points, [&](const auto& point) { return point.start >= end; });
    auto all = carbontracker::hourly_log(out.series_, end);
    if (!all) return carbontracker::unexpected(all.error());
    out.all_ = std::move(*all);
    out.came_.assign(out.all_.log_g.size(), std::nan(""));
    std::vector<double> count(out.came_.size());
    for (const auto& point : out.series_.points) {
      const auto at = carbontracker::hour_of(point.start) - out.all_.first_hour;
      if (at < 0 || at >= static_cast<std::int64_t>(out.came_.size())) continue;
      const auto i = static_cast<std::size_t>(at);
      out.came_[i] = count[i] == 0 ? point.g_per_kwh.value() : (out.came_[i] * count[i] + point.g_per_kwh.value()) / (count[i] + 1);
      ++count[i];
    }
    out.whole_ = out.all_.bridged == 0;
    return out;
  }

  [[nodiscard]] std::size_t size() const { return came_.size(); }
  [[nodiscard]] std::int64_t first_hour() const { return all_.first_hour; }
  [[nodiscard]] carbontracker::WallTime start(std::size_t hour) const { return carbontracker::start_of_hour(first_hour() + static_cast<std::int64_t>(hour)); }
  [[nodiscard]] bool measured(std::size_t hour) const { return !std::isnan(came_[hour]) && came_[hour] > 0; }
  [[nodiscard]] double came(std::size_t hour) const { return came_[hour]; }                // only where measured
  [[nodiscard]] double truth(std::size_t hour) const { return std::exp(all_.log_g[hour]); }  // bridged where it was not: for what a job emits, never for a forecast

  // Made from what was there at the issue alone: a gap is bridged without what came after it.
  [[nodiscard]] HourlyLog known(std::size_t issue) const {
    if (whole_) return {all_.first_hour, {all_.log_g.begin(), all_.log_g.begin() + static_cast<std::ptrdiff_t>(issue)}, 0};
    auto log = carbontracker::hourly_log(series_, start(issue));
    return log ? std::move(*log) : HourlyLog{};
  }
  // Hours by which `known` ends before the issue.
  [[nodiscard]] std::size_t missing(const HourlyLog& known, std::size_t issue) const { return static_cast<std::size_t>(first_hour() + static_cast<std::int64_t>(issue) - known.end_hour()); }

 private:
  carbontracker::IntensitySeries series_;
  HourlyLog all_;
  std::vector<double> came_;
  bool whole_ = false;
};

// The last half year, or half of a file that has no year; whole days of UTC. What is before it is known at the first issue.
inline std::size_t begin_of_window(const Record& record, std::size_t longest) {
  const std::size_t size = record.size(), begin = size - std::min(longest, size / 2);
  const auto hour = (record.first_hour() + static_cast<std::int64_t>(begin)) % 24;
  return begin + static_cast<std::size_t>((24 - hour) % 24);
}

struct DayScore {
  double ours = 0, yesterday = 0, last_week = 0, held = 0;  // mean relative errors; share inside the 90 % interval
  std::optional<double> published;
};

// What was foretold for an hour by others, by issue: [issue][horizon], and the index of the issue's first hour.
struct Published {
  std::vector<std::size_t> issue;
  std::vector<std::vector<double>> told;
};

// The same hour of the last `days` days before, as far as it was known then.
inline double same_hour(const HourlyLog& known, std::size_t missing, std::size_t k, std::size_t back) {
  std::size_t at = known.log_g.size() + missing + k;
  while (at >= known.log_g.size() && at >= back) at -= back;
  return std::exp(known.log_g[at]);
}

inline std::vector<DayScore> score_days(const Record& record, const Published& others) {
  std::vector<DayScore> days(4);
  std::vector<double> published(4), published_count(4), count(4);
  std::optional<GridModel> model;
  std::size_t fitted = 0;
  const std::size_t begin = begin_of_window(record, kHalfYear);
  for (std::size_t issue = begin; issue + kHorizon <= record.size(); issue += kDay) {
    const HourlyLog known = record.known(issue);
    const std::size_t missing = record.missing(known, issue);
    if (known.log_g.size() < GridModel::kLeastHours || missing > kDay) continue;
    if (!model || issue - fitted >= kRefit) model = GridModel::fit(known), fitted = issue;
    const auto told = model->forecast(known, known.log_g.size());
    for (std::size_t k = 0; k + missing < kHorizon; ++k) {
      if (!record.measured(issue + k)) continue;
      DayScore& day = days[k / kDay];
      const double came = record.came(issue + k);
      const auto error = [&](double g) { return std::abs(g - came) / came; };
      const LogHour& hour = told[k + missing];
      day.ours += error(std::exp(hour.middle));
      day.yesterday += error(same_hour(known, missing, k, kDay));
      day.last_week += error(same_hour(known, missing, k, 7 * kDay));
      day.held += hour.low <= std::log(came) && std::log(came) <= hour.high;
      ++count[k / kDay];
    }
  }
  if (std::any_of(count.begin(), count.end(), [](double n) { return n == 0; })) return {};
  for (std::size_t i = 0; i < others.issue.size(); ++i)
    for (std::size_t k = 0; k < others.told[i].size() && others.issue[i] + k < record.size(); ++k) {
      if (!record.measured(others.issue[i] + k)) continue;
      const double came = record.came(others.issue[i] + k);
      published[k / kDay] += std::abs(others.told[i][k] - came) / came;
      ++published_count[k / kDay];
    }
  for (std::size_t d = 0; d < days.size(); ++d) {
    for (double* sum : {&days[d].ours, &days[d].yesterday, &days[d].last_week, &days[d].held}) *sum /= count[d];
    if (published_count[d] > 0) days[d].published = published[d] / published_count[d];
  }
  return days;
}

// What an issue foretells for the hours from it on, or nothing where it can't.
using Outlook = std::function<std::vector<double>(std::size_t issue)>;

// Our own forecast at any hour: a model for each third hour of the day, fitted anew every four weeks.
class OwnOutlook {
 public:
  OwnOutlook(const Record& record, std::size_t begin) : record_(record), begin_(begin), models_(kDay / kApart) {}

  // The forecast as the program has it: hours from the issue on, and how they err together. Empty where nothing can be foretold.
  carbontracker::IntensitySeries series(std::size_t issue) {
    const std::size_t hour = (issue + 1) % kDay / kApart;  // hours 3h - 1, 3h and 3h + 1 of the day are told by the one of 3h
    Fitted& fitted = models_[hour];
    const std::size_t period = (issue - begin_) / kRefit;
    if (!fitted.model || fitted.period != period) fitted = {GridModel::fit(record_.known(latest(issue, hour * kApart))), period, nullptr};
    carbontracker::IntensitySeries out{.about = {}, .points = {}, .step = std::chrono::hours(1), .errors = nullptr};
    const HourlyLog known = record_.known(issue);
    const std::size_t missing = record_.missing(known, issue);
    if (!fitted.model || known.log_g.size() < GridModel::kLeastHours || missing > kDay) return out;
    const auto told = fitted.model->forecast(known, known.log_g.size());
    const auto g = [](double log_g) { return carbontracker::CarbonIntensity(std::exp(log_g)); };
    for (std::size_t k = 0; k + missing < kHorizon; ++k) {
      const LogHour& h = told[k + missing];
      out.points.push_back({record_.start(issue + k), g(h.middle), g(std::min(h.low, h.middle)), g(std::max(h.high, h.middle)), true});
    }
    out.errors = std::make_shared<carbontracker::ErrorPaths>(carbontracker::ErrorPaths{carbontracker::start_of_hour(known.end_hour()), fitted.model->errors()});
    return out;
  }

  std::vector<double> operator()(std::size_t issue) {
    std::vector<double> out;
    for (const auto& point : series(issue).points) out.push_back(point.g_per_kwh.value());
    return out;
  }

 private:
  static constexpr std::size_t kApart = 3;
  struct Fitted {
    std::optional<GridModel> model;
    std::size_t period = 0;
    std::shared_ptr<carbontracker::ErrorPaths> errors;
  };
  // The last hour not after `issue` that is `hour` of the day, counted in indices.
  static std::size_t latest(std::size_t issue, std::size_t hour) { return issue - (issue + kDay - hour) % kDay; }

  const Record& record_;
  std::size_t begin_;
  std::vector<Fitted> models_;
};

inline std::vector<double> yesterday_outlook(const Record& record, std::size_t issue) {
  const HourlyLog known = record.known(issue);
  std::vector<double> out;
  for (std::size_t k = 0; k < kWait + kJob; ++k) out.push_back(same_hour(known, record.missing(known, issue), k, kDay));
  return out;
}

// Whether the 90 % interval of a saving that was promised holds the one that came: the job of four hours within a day, planned once, at every hour.
struct Promise {
  double held = 0, made = 0, width = 0;   // plans with another start than now; sum of the intervals' widths in percent
};

inline Promise promises(const Record& record, std::size_t begin, OwnOutlook& outlook) {
  Promise out;
  const auto hours = [](std::size_t n) { return std::chrono::hours(n); };
  for (std::size_t issue = begin; issue + kWait + kJob <= record.size(); ++issue) {
    const auto grid = outlook.series(issue);
    if (grid.points.size() < kWait + kJob) continue;
    const auto from = record.start(issue);
    const auto plan = carbontracker::plan_work({hours(kJob), carbontracker::Joules(3.6e6)}, {.from = from, .deadline = from + hours(kWait + kJob)}, {{"", grid}});
    if (!plan || plan->options.front().start == from) continue;
    const auto& best = plan->options.front();
    const auto wait = static_cast<std::size_t>(std::chrono::duration_cast<std::chrono::hours>(best.start - from).count());
    double now = 0, then = 0;
    for (std::size_t h = 0; h < kJob; ++h) now += record.truth(issue + h), then += record.truth(issue + wait + h);
    const double saved = 100 * (1 - then / now);
    ++out.made;
    out.held += best.saved_low <= saved && saved <= best.saved_high;
    out.width += best.saved_high - best.saved_low;
  }
  return out;
}

inline double mean_of(const std::vector<double>& told, std::size_t from) {
  return std::accumulate(told.begin() + static_cast<std::ptrdiff_t>(from), told.begin() + static_cast<std::ptrdiff_t>(from + kJob), 0.0) / kJob;
}

// A job of four hours asked for at every hour, to end within a day, planned anew each hour: share of the grams saved against starting at once.
// `outlook` must foretell kWait + kJob hours. Nothing if it can't at some hour.
inline std::optional<double> saving(const Record& record, std::size_t begin, const Outlook& outlook) {
  const std::size_t end = record.size() - kWait - kJob;
  std::vector<double> truth(record.size());
  for (std::size_t i = 0; i < truth.size(); ++i) truth[i] = record.truth(i);
  std::vector<std::vector<double>> told;  // by issue: mean intensity of the job, by the hours waited
  for (std::size_t issue = begin; issue < end + kWait; ++issue) {
    const auto hours = outlook(issue);
    if (hours.size() < kWait + kJob) return std::nullopt;
    std::vector<double>& starts = told.emplace_back();
    for (std::size_t wait = 0; wait <= kWait; ++wait) starts.push_back(mean_of(hours, wait));
  }
  double now = 0, emitted = 0;
  for (std::size_t asked = begin; asked < end; ++asked) {
    std::size_t start = asked;
    for (; start < asked + kWait; ++start) {
      const auto& starts = told[start - begin];
      const auto last = starts.begin() + static_cast<std::ptrdiff_t>(asked + kWait - start) + 1;
      if (std::min_element(starts.begin(), last) == starts.begin()) break;
    }
    now += mean_of(truth, asked);
    emitted += mean_of(truth, start);
  }
  return 1 - emitted / now;
}

}  // namespace intensity_back_test
