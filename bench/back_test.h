#pragma once
// The back-test: recorded and made-up runs, forecast at chosen moments and compared with what really came.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "prediction/recorded.h"
#include "synthetic_runs.h"

namespace back_test {

namespace ct = carbontracker;
namespace fs = std::filesystem;

struct Run {
  std::string name, family, unit;
  ct::Trace trace;
  std::vector<double> stops;  // of its units, s
  double total = 0, seconds = 0, joules = 0;
  bool told = false;          // the schedule of its evaluations is
};

struct Score {
  std::string trace, family, moment, scenario;
  double joules_error = 0, seconds_error = 0, width80 = 0, width90 = 0, time_width90 = 0, naive_first = 0, naive_mean = 0;
  double naive_mean_time = 0, bias = 0, time_bias = 0;
  double score80 = 0, score90 = 0;  // interval score, relative
  bool in80 = false, in90 = false, time_in90 = false;
};

struct Moment {
  std::string name;
  double at = 0, done = 0;  // s; whole units finished
};

inline double count_stops(const ct::Trace& trace, const char* key) {
  return static_cast<double>(std::count_if(trace.events.begin(), trace.events.end(), [&](auto& e) { return e.key == key; }));
}

// The unit is the coarsest kind of mark that comes more than once.
inline double total_of(const ct::Trace& trace) {
  for (const char* key : {"epoch_stop", "block_stop", "eval_stop"}) {
    if (count_stops(trace, key) > 1) return count_stops(trace, key);
  }
  return std::max({count_stops(trace, "epoch_stop"), count_stops(trace, "block_stop"), count_stops(trace, "eval_stop")});
}

inline void keep(Run run, std::vector<Run>& runs) {
  run.total = total_of(run.trace);
  run.unit = ct::unit_of(run.trace, run.total);
  run.seconds = ct::trace_seconds(run.trace);
  run.joules = ct::trace_joules(run.trace, 0, run.seconds);
  for (const auto& event : run.trace.events) {
    if (event.key == run.unit + "_stop" && event.at > 0) run.stops.push_back(event.at);
  }
  if (run.stops.size() > 1 && run.joules > 0) runs.push_back(std::move(run));
}

inline void load(const fs::path& directory, std::vector<Run>& runs) {
  std::set<fs::path> files;
  for (const auto& entry : fs::directory_iterator(directory)) files.insert(entry.path());
  for (const auto& path : files) {
    const std::string file = path.filename().string(), ending = ".power.csv";
    if (file.size() <= ending.size() || file.substr(file.size() - ending.size()) != ending) continue;
    Run run;
    run.name = file.substr(0, file.size() - ending.size());
    run.family = run.name.substr(0, run.name.find("__"));
    auto trace = ct::read_trace(path.string(), (directory / (run.name + ".events.csv")).string());
    if (!trace) {
      fmt::print(stderr, "left out: {}\n", trace.error().what);
      continue;
    }
    run.trace = std::move(*trace);
    keep(std::move(run), runs);
  }
}

inline void make_synthetic(std::vector<Run>& runs) {
  std::mt19937 engine(1);
  for (const auto& shape : ct::shapes()) {
    for (int k = 0; k < 40; ++k) {
      Run run;
      run.family = "synthetic: " + shape.name, run.name = fmt::format("{} {}", run.family, k);
      run.trace = ct::synthetic_trace(shape, engine), run.told = shape.told;
      keep(std::move(run), runs);
    }
  }
}

// When `share` of the units is done, straight within a unit.
inline double time_of(const Run& run, double share) {
  const double place = share * run.total;
  const auto whole = static_cast<std::size_t>(place);
  const double before = whole ? run.stops[whole - 1] : 0;
  return whole < run.stops.size() ? before + (run.stops[whole] - before) * (place - static_cast<double>(whole)) : before;
}

inline double units_at(const Run& run, double at) {
  return static_cast<double>(std::upper_bound(run.stops.begin(), run.stops.end(), at) - run.stops.begin());
}

inline std::vector<Moment> moments_of(const Run& run, bool every_unit) {
  std::vector<Moment> moments;
  const auto add = [&](std::string name, double at) { moments.push_back({std::move(name), at, units_at(run, at)}); };
  add("first 1 %", time_of(run, 0.01));
  add("first unit", run.stops.front());
  for (const int percent : {5, 10, 25, 50}) add(fmt::format("{} %", percent), time_of(run, percent / 100.0));
  if (!every_unit) return moments;
  moments.clear();
  for (const double at : run.stops) {
    if (at < run.seconds) add(fmt::format("unit {}", units_at(run, at)), at);
  }
  return moments;
}

// Interval score (Gneiting and Raftery 2007): the width, and for a truth outside 2/alpha times how far. Honest intervals have the least.
inline double interval_score(const ct::Distribution& d, double alpha, double truth) {
  const double low = d.quantile(alpha / 2), high = d.quantile(1 - alpha / 2);
  return (high - low + 2 / alpha * (std::max(0.0, low - truth) + std::max(0.0, truth - high))) / truth;
}

inline double relative(double value, double truth) { return std::abs(value / truth - 1); }

inline std::optional<Score> score(const Run& run, const Moment& moment, const std::string& scenario, const Run* prior, const ct::priors::UnseenEvaluations* unseen = nullptr) {
  ct::RecordedPlan plan{run.total, moment.at, {}, {}, unseen};
  std::vector<double> evaluations;  // positions
  for (const auto& event : run.trace.events) {
    if (event.key == "eval_start") evaluations.push_back(units_at(run, event.at));
  }
  if ((run.told || scenario == "schedule told") && run.unit != "eval" && !evaluations.empty()) {
    plan.eval_start = evaluations.front();
    plan.eval_every = evaluations.size() > 1 ? evaluations[1] - evaluations[0] : run.total;
  }
  const auto f = ct::forecast_recorded(run.trace, plan, prior ? &prior->trace : nullptr);
  if (!f) return std::nullopt;
  Score s{run.name, run.family, moment.name, scenario};
  s.joules_error = relative(f->joules.value(), run.joules);
  s.bias = f->joules.value() / run.joules - 1;
  s.time_bias = f->seconds.count() / run.seconds - 1;
  s.seconds_error = relative(f->seconds.count(), run.seconds);
  const auto& q = f->joules_distribution;
  const auto inside = [](const ct::Distribution& d, double low, double high, double truth) {
    return d.quantile(low) <= truth && truth <= d.quantile(high);
  };
  s.in80 = inside(q, 0.1, 0.9, run.joules), s.in90 = inside(q, 0.05, 0.95, run.joules);
  s.time_in90 = inside(f->seconds_distribution, 0.05, 0.95, run.seconds);
  s.width80 = (q.quantile(0.9) - q.quantile(0.1)) / run.joules, s.width90 = (q.quantile(0.95) - q.quantile(0.05)) / run.joules;
  s.score80 = interval_score(q, 0.2, run.joules), s.score90 = interval_score(q, 0.1, run.joules);
  s.time_width90 = (f->seconds_distribution.quantile(0.95) - f->seconds_distribution.quantile(0.05)) / run.seconds;
  s.naive_first = relative(ct::trace_joules(run.trace, 0, run.stops.front()) * run.total, run.joules);
  const double last = moment.done >= 1 ? run.stops[static_cast<std::size_t>(moment.done) - 1] : moment.at;
  s.naive_mean = relative(ct::trace_joules(run.trace, 0, last) * run.total / std::max(1.0, moment.done), run.joules);
  s.naive_mean_time = relative(last * run.total / std::max(1.0, moment.done), run.seconds);
  return s;
}

inline double quantile(std::vector<double> values, double p) {
  if (values.empty()) return std::nan("");
  std::sort(values.begin(), values.end());
  const double place = p * static_cast<double>(values.size() - 1);
  const auto i = static_cast<std::size_t>(place);
  const auto j = std::min(i + 1, values.size() - 1);
  return values[i] + (values[j] - values[i]) * (place - static_cast<double>(i));
}

using Group = std::vector<Score>;

inline const Run* other_of_family(const std::vector<Run>& runs, const Run& run, std::size_t k) {
  for (const auto& other : runs) {
    if (&other != &run && other.family == run.family && k-- == 0) return &other;
  }
  return nullptr;
}

inline std::string phase_of(const Run& run, double at) {
  if (run.unit == "eval") return units_at(run, at) >= 2 ? "evaluations seen" : "evaluations not seen";
  int seen = 0;
  for (const auto& event : run.trace.events) seen += event.key == "eval_stop" && event.at <= at;
  return seen >= 2 ? "evaluations seen" : "evaluations not seen";
}

inline std::vector<Score> scores_of(const std::vector<Run>& runs, bool every_unit) {
  std::vector<Score> scores;
  const auto add = [&](std::optional<Score> s) {
    if (s) scores.push_back(std::move(*s));
  };
  for (const auto& run : runs) {
    for (auto moment : moments_of(run, every_unit)) {
      const Moment first{every_unit ? "unit 1" : "first unit", run.stops.front(), 1};
      if (every_unit) moment.name = phase_of(run, moment.at);
      add(score(run, moment, "", nullptr));
      if (moment.at != run.stops.front() || (!every_unit && moment.name != "first unit")) continue;
      add(score(run, first, "schedule told", nullptr));
      if (run.family.rfind("synthetic", 0) == 0) continue;
      for (std::size_t k = 0; const Run* other = other_of_family(runs, run, k); ++k) add(score(run, first, "one earlier run", other));
    }
  }
  return scores;
}

}  // namespace back_test
