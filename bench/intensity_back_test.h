#pragma once
// Back-test of the grid forecast on one recorded hourly series. Nothing at or after an issue is looked at by the forecast issued then.

#include <cmath>
#include <functional>
#include <numeric>
#include <optional>
#include <vector>

#include "carbon/grid_model.h"

namespace intensity_back_test {

using carbontracker::GridModel;
using carbontracker::HourlyLog;
using carbontracker::kHorizon;
using carbontracker::LogHour;

inline constexpr std::size_t kDay = 24, kRefit = 28 * kDay, kHalfYear = 184 * kDay, kYear = 365 * kDay, kJob = 4, kWait = 20;  // hours; the job ends within a day

inline double value(const HourlyLog& log, std::size_t hour) { return std::exp(log.log_g[hour]); }

inline HourlyLog until(const HourlyLog& log, std::size_t hour) {
  return {log.first_hour, {log.log_g.begin(), log.log_g.begin() + static_cast<std::ptrdiff_t>(hour)}, 0};
}

// The last half year, or half of a file that has no year; whole days of UTC. What is before it is known at the first issue.
inline std::size_t begin_of_window(const HourlyLog& log, std::size_t longest) {
  const std::size_t size = log.log_g.size(), begin = size - std::min(longest, size / 2);
  const auto hour = (log.first_hour + static_cast<std::int64_t>(begin)) % 24;
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

inline std::vector<DayScore> score_days(const HourlyLog& log, const Published& others) {
  std::vector<DayScore> days(4);
  std::vector<double> published(4), published_count(4);
  std::size_t issues = 0;
  std::optional<GridModel> model;
  const std::size_t begin = begin_of_window(log, kHalfYear);
  for (std::size_t issue = begin; issue + kHorizon <= log.log_g.size(); issue += kDay, ++issues) {
    if ((issue - begin) % kRefit == 0) model = GridModel::fit(until(log, issue));
    if (!model) return {};
    const auto told = model->forecast(log, issue);
    for (std::size_t k = 0; k < kHorizon; ++k) {
      DayScore& day = days[k / kDay];
      const double came = value(log, issue + k);
      const auto error = [&](double g) { return std::abs(g - came) / came; };
      day.ours += error(std::exp(told[k].middle));
      day.yesterday += error(value(log, issue - kDay + k % kDay));
      day.last_week += error(value(log, issue + k - 7 * kDay));
      day.held += told[k].low <= log.log_g[issue + k] && log.log_g[issue + k] <= told[k].high;
    }
  }
  for (std::size_t i = 0; i < others.issue.size(); ++i)
    for (std::size_t k = 0; k < others.told[i].size() && others.issue[i] + k < log.log_g.size(); ++k) {
      const double came = value(log, others.issue[i] + k);
      published[k / kDay] += std::abs(others.told[i][k] - came) / came;
      ++published_count[k / kDay];
    }
  for (std::size_t d = 0; d < days.size(); ++d) {
    for (double* sum : {&days[d].ours, &days[d].yesterday, &days[d].last_week, &days[d].held}) *sum /= static_cast<double>(issues * kDay);
    if (published_count[d] > 0) days[d].published = published[d] / published_count[d];
  }
  return days;
}

// What an issue foretells for the hours from it on, or nothing where it can't.
using Outlook = std::function<std::vector<double>(std::size_t issue)>;

// Our own forecast at any hour: a model for each third hour of the day, fitted anew every four weeks.
class OwnOutlook {
 public:
  OwnOutlook(const HourlyLog& log, std::size_t begin) : log_(log), begin_(begin), models_(kDay / kApart) {}

  std::vector<double> operator()(std::size_t issue) {
    const std::size_t hour = (issue + 1) % kDay / kApart;  // hours 3h - 1, 3h and 3h + 1 of the day are told by the one of 3h
    Fitted& fitted = models_[hour];
    const std::size_t period = (issue - begin_) / kRefit;
    if (!fitted.model || fitted.period != period) fitted = {GridModel::fit(until(log_, latest(issue, hour * kApart))), period};
    std::vector<double> out;
    if (fitted.model)
      for (const LogHour& h : fitted.model->forecast(log_, issue)) out.push_back(std::exp(h.middle));
    return out;
  }

 private:
  static constexpr std::size_t kApart = 3;
  struct Fitted {
    std::optional<GridModel> model;
    std::size_t period = 0;
  };
  // The last hour not after `issue` that is `hour` of the day, counted in indices.
  static std::size_t latest(std::size_t issue, std::size_t hour) { return issue - (issue + kDay - hour) % kDay; }

  const HourlyLog& log_;
  std::size_t begin_;
  std::vector<Fitted> models_;
};

inline std::vector<double> yesterday_outlook(const HourlyLog& log, std::size_t issue) {
  std::vector<double> out;
  for (std::size_t k = 0; k < kWait + kJob; ++k) out.push_back(value(log, issue - kDay + k % kDay));
  return out;
}

inline double mean_of(const std::vector<double>& told, std::size_t from) {
  return std::accumulate(told.begin() + static_cast<std::ptrdiff_t>(from), told.begin() + static_cast<std::ptrdiff_t>(from + kJob), 0.0) / kJob;
}

// A job of four hours asked for at every hour, to end within a day, planned anew each hour: share of the grams saved against starting at once.
// `outlook` must foretell kWait + kJob hours. Nothing if it can't at some hour.
inline std::optional<double> saving(const HourlyLog& log, std::size_t begin, const Outlook& outlook) {
  const std::size_t end = log.log_g.size() - kWait - kJob;
  std::vector<double> truth(log.log_g.size());
  for (std::size_t i = 0; i < truth.size(); ++i) truth[i] = value(log, i);
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
