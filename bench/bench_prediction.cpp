// Back-test of the forecast: replays every recorded run of the given directories and compares with what really came.
//   bench_prediction DIR... [--format json] [--every-unit] [--synthetic]
// --every-unit: a forecast at the end of each unit; --synthetic: also runs made by rule (synthetic_runs.h).
// A directory holds NAME.power.csv and NAME.events.csv; the family is NAME up to "__". Errors are absolute and relative.

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "prediction/recorded.h"
#include "synthetic_runs.h"

namespace ct = carbontracker;
namespace fs = std::filesystem;

namespace {

struct Run {
  std::string name, family, unit;
  ct::Trace trace;
  std::vector<double> stops;  // of its units, s
  double total = 0, seconds = 0, joules = 0;
};

struct Score {
  std::string trace, family, moment, scenario;
  double joules_error = 0, seconds_error = 0, width80 = 0, width90 = 0, time_width90 = 0, naive_first = 0, naive_mean = 0;
  double naive_mean_time = 0, bias = 0;
  bool in80 = false, in90 = false, time_in90 = false;
};

struct Moment {
  std::string name;
  double at = 0, done = 0;  // s; whole units finished
};

double count_stops(const ct::Trace& trace, const char* key) {
  return static_cast<double>(std::count_if(trace.events.begin(), trace.events.end(), [&](auto& e) { return e.key == key; }));
}

// The unit is the coarsest kind of mark that comes more than once.
double total_of(const ct::Trace& trace) {
  for (const char* key : {"epoch_stop", "block_stop", "eval_stop"}) {
    if (count_stops(trace, key) > 1) return count_stops(trace, key);
  }
  return std::max({count_stops(trace, "epoch_stop"), count_stops(trace, "block_stop"), count_stops(trace, "eval_stop")});
}

void keep(Run run, std::vector<Run>& runs) {
  run.total = total_of(run.trace);
  run.unit = ct::unit_of(run.trace, run.total);
  run.seconds = ct::trace_seconds(run.trace);
  run.joules = ct::trace_joules(run.trace, 0, run.seconds);
  for (const auto& event : run.trace.events) {
    if (event.key == run.unit + "_stop" && event.at > 0) run.stops.push_back(event.at);
  }
  if (run.stops.size() > 1 && run.joules > 0) runs.push_back(std::move(run));
}

void load(const fs::path& directory, std::vector<Run>& runs) {
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

void make_synthetic(std::vector<Run>& runs) {
  std::mt19937 engine(1);
  for (const auto& shape : ct::shapes()) {
    for (int k = 0; k < 40; ++k) {
      Run run;
      run.family = "synthetic: " + shape.name, run.name = fmt::format("{} {}", run.family, k);
      run.trace = ct::synthetic_trace(shape, engine);
      keep(std::move(run), runs);
    }
  }
}

// When `share` of the units is done, straight within a unit.
double time_of(const Run& run, double share) {
  const double place = share * run.total;
  const auto whole = static_cast<std::size_t>(place);
  const double before = whole ? run.stops[whole - 1] : 0;
  return whole < run.stops.size() ? before + (run.stops[whole] - before) * (place - static_cast<double>(whole)) : before;
}

double units_at(const Run& run, double at) {
  return static_cast<double>(std::upper_bound(run.stops.begin(), run.stops.end(), at) - run.stops.begin());
}

std::vector<Moment> moments_of(const Run& run, bool every_unit) {
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

double relative(double value, double truth) { return std::abs(value / truth - 1); }

std::optional<Score> score(const Run& run, const Moment& moment, const std::string& scenario, const Run* prior) {
  ct::RecordedPlan plan{run.total, moment.at, {}, {}};
  std::vector<double> evaluations;  // positions
  for (const auto& event : run.trace.events) {
    if (event.key == "eval_start") evaluations.push_back(units_at(run, event.at));
  }
  if (scenario == "schedule told" && run.unit != "eval" && !evaluations.empty()) {
    plan.eval_start = evaluations.front();
    plan.eval_every = evaluations.size() > 1 ? evaluations[1] - evaluations[0] : run.total;
  }
  const auto f = ct::forecast_recorded(run.trace, plan, prior ? &prior->trace : nullptr);
  if (!f) return std::nullopt;
  Score s{run.name, run.family, moment.name, scenario};
  s.joules_error = relative(f->joules.value(), run.joules);
  s.bias = f->joules.value() / run.joules - 1;
  s.seconds_error = relative(f->seconds.count(), run.seconds);
  const auto& q = f->joules_distribution;
  const auto inside = [](const ct::Distribution& d, double low, double high, double truth) {
    return d.quantile(low) <= truth && truth <= d.quantile(high);
  };
  s.in80 = inside(q, 0.1, 0.9, run.joules), s.in90 = inside(q, 0.05, 0.95, run.joules);
  s.time_in90 = inside(f->seconds_distribution, 0.05, 0.95, run.seconds);
  s.width80 = (q.quantile(0.9) - q.quantile(0.1)) / run.joules, s.width90 = (q.quantile(0.95) - q.quantile(0.05)) / run.joules;
  s.time_width90 = (f->seconds_distribution.quantile(0.95) - f->seconds_distribution.quantile(0.05)) / run.seconds;
  s.naive_first = relative(ct::trace_joules(run.trace, 0, run.stops.front()) * run.total, run.joules);
  const double last = moment.done >= 1 ? run.stops[static_cast<std::size_t>(moment.done) - 1] : moment.at;
  s.naive_mean = relative(ct::trace_joules(run.trace, 0, last) * run.total / std::max(1.0, moment.done), run.joules);
  s.naive_mean_time = relative(last * run.total / std::max(1.0, moment.done), run.seconds);
  return s;
}

double quantile(std::vector<double> values, double p) {
  if (values.empty()) return std::nan("");
  std::sort(values.begin(), values.end());
  const double place = p * static_cast<double>(values.size() - 1);
  const auto i = static_cast<std::size_t>(place);
  const auto j = std::min(i + 1, values.size() - 1);
  return values[i] + (values[j] - values[i]) * (place - static_cast<double>(i));
}

using Group = std::vector<Score>;

template <class Get>
std::vector<double> column(const Group& group, Get get) {
  std::vector<double> values;
  for (const auto& s : group) values.push_back(100 * get(s));
  return values;
}

void print_group(const std::string& name, const Group& g) {
  const auto q = [&](auto get, double p) { return quantile(column(g, get), p); };
  const auto mean = [&](auto get) {
    double sum = 0;
    for (const auto& s : g) sum += 100.0 * get(s) / static_cast<double>(g.size());
    return sum;
  };
  const auto energy = [](const Score& s) { return s.joules_error; };
  const auto time = [](const Score& s) { return s.seconds_error; };
  fmt::print("{:<46}{:>4}  {:>6.2f} {:>6.2f}  {:>6.2f} {:>6.2f}  {:>4.0f} {:>6.1f}  {:>4.0f} {:>6.1f}  {:>4.0f} {:>6.1f}  {:>6.1f} {:>6.1f}  {:>6.1f} {:>6.1f} {:>+6.1f}\n", name,
             g.size(), q(energy, 0.5), q(energy, 0.9), q(time, 0.5), q(time, 0.9), mean([](auto& s) { return s.in80; }),
             q([](auto& s) { return s.width80; }, 0.5), mean([](auto& s) { return s.in90; }), q([](auto& s) { return s.width90; }, 0.5),
             mean([](auto& s) { return s.time_in90; }), q([](auto& s) { return s.time_width90; }, 0.5),
             q([](auto& s) { return s.naive_first; }, 0.5), q([](auto& s) { return s.naive_first; }, 0.9),
             q([](auto& s) { return s.naive_mean; }, 0.5), q([](auto& s) { return s.naive_mean; }, 0.9), mean([](auto& s) { return s.bias; }));
}

void print_text(const std::vector<Score>& scores) {
  fmt::print("relative errors of the whole run's energy and time, %; in: share of runs inside the interval; w: its median width\n");
  fmt::print("{:<46}{:>4}  {:>6} {:>6}  {:>6} {:>6}  {:>4} {:>6}  {:>4} {:>6}  {:>4} {:>6}  {:>6} {:>6}  {:>6} {:>6} {:>6}\n", "family, moment", "n", "E p50",
             "E p90", "t p50", "t p90", "in80", "w80", "in90", "w90", "t90", "tw90", "1st*N", "p90", "mean*N", "p90", "bias");
  std::map<std::string, Group> by_family, by_moment;
  std::vector<std::string> families, moments;
  for (const auto& s : scores) {
    const std::string moment = s.scenario.empty() ? s.moment : s.moment + ", " + s.scenario, key = s.family + "  " + moment;
    if (!by_family.count(key)) families.push_back(key);
    if (!by_moment.count(moment)) moments.push_back(moment);
    by_family[key].push_back(s), by_moment[moment].push_back(s);
  }
  for (const auto& key : families) print_group(key, by_family[key]);
  fmt::print("\n");
  for (const auto& key : moments) print_group("all  " + key, by_moment[key]);
}

void print_json(const std::vector<Score>& scores) {
  auto rows = nlohmann::ordered_json::array();
  for (const auto& s : scores) {
    rows.push_back({{"trace", s.trace}, {"family", s.family}, {"moment", s.scenario.empty() ? s.moment : s.moment + ", " + s.scenario},
                    {"joules_error", s.joules_error}, {"seconds_error", s.seconds_error}, {"in80", s.in80}, {"in90", s.in90},
                    {"width80", s.width80}, {"width90", s.width90}, {"naive_first", s.naive_first}, {"naive_mean", s.naive_mean}});
  }
  fmt::print("{}\n", rows.dump(1));
}

const Run* other_of_family(const std::vector<Run>& runs, const Run& run, std::size_t k) {
  for (const auto& other : runs) {
    if (&other != &run && other.family == run.family && k-- == 0) return &other;
  }
  return nullptr;
}

std::string phase_of(const Run& run, double at) {
  if (run.unit == "eval") return units_at(run, at) >= 2 ? "evaluations seen" : "evaluations not seen";
  int seen = 0;
  for (const auto& event : run.trace.events) seen += event.key == "eval_stop" && event.at <= at;
  return seen >= 2 ? "evaluations seen" : "evaluations not seen";
}

std::vector<Score> back_test(const std::vector<Run>& runs, bool every_unit) {
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

void print_cost() {
  ct::Observed seen;
  for (int i = 0; i <= 100000; ++i) {
    seen.progress.push_back({ct::Seconds(0.5 * i), 0.001 * i});
    seen.energy.push_back({ct::Seconds(0.5 * i), ct::Joules(150.0 * i)});
  }
  seen.now = ct::Seconds(50000);
  double best = 1e9;
  for (int i = 0; i < 20; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    const auto f = ct::forecast(seen, {1000, "epoch"});
    if (f) best = std::min(best, std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count());
  }
  fmt::print("\ncost of a forecast at 100,000 recorded steps: {:.2f} ms\n", best);
}

}  // namespace

int main(int argc, char** argv) {
  bool json = false, every_unit = false;
  std::vector<Run> runs;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--every-unit") every_unit = true;
    else if (word == "--synthetic") make_synthetic(runs);
    else if (word == "--format" && i + 1 < argc) json = std::string(argv[++i]) == "json";
    else if (word == "--format=json") json = true;
    else if (fs::is_directory(word)) load(word, runs);
    else return fmt::print(stderr, "bench_prediction: no such directory: {}\nusage: bench_prediction DIR... [--format json] [--every-unit] [--synthetic]\n", word), 2;
  }
  const auto scores = back_test(runs, every_unit);
  if (json) return print_json(scores), 0;
  print_text(scores);
  print_cost();
  return 0;
}
