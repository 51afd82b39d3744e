// Back-test of the forecast: replays every recorded run of the given directories and compares with what really came.
//   bench_prediction DIR... [--own DIR] [--synthetic] [--table] [--every-unit] [--changed] [--leave-out] [--format json]
// --every-unit: a forecast at the end of each unit; --synthetic: also runs made by rule (synthetic_runs.h); --own: recordings of
// small trainings (tests/prediction/traces); --table: the figures that the forecast is held to, beside their targets.
// --changed: the table's figures of DIR, and of the same recordings stretched in time, scaled in power, with fewer readings, with marks out of order.
// --leave-out: the prior of evaluations not seen yet, chosen without one family and tried on that family.
// A directory holds NAME.power.csv and NAME.events.csv; the family is NAME up to "__". Errors are absolute and relative.

#include <chrono>
#include <nlohmann/json.hpp>

#include "changed_runs.h"
#include "leave_out.h"

namespace ct = carbontracker;
using namespace back_test;

namespace {

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
  std::map<std::string, Group> of_family, of_moment;
  std::vector<std::string> families, moments;
  for (const auto& s : scores) {
    const std::string moment = s.scenario.empty() ? s.moment : s.moment + ", " + s.scenario, key = s.family + "  " + moment;
    if (!of_family.count(key)) families.push_back(key);
    if (!of_moment.count(moment)) moments.push_back(moment);
    of_family[key].push_back(s), of_moment[moment].push_back(s);
  }
  for (const auto& key : families) print_group(key, of_family[key]);
  fmt::print("\n");
  for (const auto& key : moments) print_group("all  " + key, of_moment[key]);
}

void print_json(const std::vector<Score>& scores) {
  auto rows = nlohmann::ordered_json::array();
  for (const auto& s : scores) {
    rows.push_back({{"trace", s.trace}, {"family", s.family}, {"moment", s.scenario.empty() ? s.moment : s.moment + ", " + s.scenario},
                    {"joules_error", s.joules_error}, {"seconds_error", s.seconds_error}, {"joules_bias", s.bias}, {"seconds_bias", s.time_bias}, {"in80", s.in80}, {"in90", s.in90},
                    {"width80", s.width80}, {"width90", s.width90}, {"score80", s.score80}, {"score90", s.score90}, {"naive_first", s.naive_first}, {"naive_mean", s.naive_mean}});
  }
  fmt::print("{}\n", rows.dump(1));
}

// Milliseconds, the best of some.
double cost_of_a_forecast() {
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
  return best;
}

void print_table(std::vector<Figure> rows, bool json) {
  const double cost = cost_of_a_forecast();
  rows.push_back({"a forecast at 100,000 recorded steps", cost, "ms", 1.0, cost <= 1, ""});
  auto out = nlohmann::ordered_json::array();
  for (const auto& f : rows) {
    const std::string verdict = f.reached ? fmt::format("   target {:g} {}: {}", *f.target, f.unit, *f.reached ? "reached" : "MISSED") : "";
    if (!json) fmt::print("{:<82} {:>8.2f} {}{}{}\n", f.what, f.value, f.unit, verdict, f.beside.empty() ? "" : "   (" + f.beside + ")");
    nlohmann::ordered_json row{{"what", f.what}, {"value", f.value}, {"unit", f.unit}, {"target", nullptr}, {"reached", nullptr}, {"beside", f.beside}};
    if (f.reached) row["target"] = *f.target, row["reached"] = *f.reached;
    out.push_back(std::move(row));
  }
  if (json) fmt::print("{}\n", out.dump(1));
}

int print_changes(const std::vector<ChangedFigures>& all) {
  int missed = 0;
  for (const auto& each : all) {
    fmt::print("{:<26}", fmt::format("{} ({})", each.name, each.runs));
    for (const auto& row : each.rows) {
      fmt::print(" {:>6.2f}{}", row.value, *row.reached ? " " : "!");
      missed += !*row.reached;
    }
    fmt::print("\n");
  }
  if (all.empty()) return 0;
  fmt::print("\ncolumns, with their targets (! is missed):\n");
  for (const auto& row : all.front().rows) fmt::print("  {} ({:g} {})\n", row.what, *row.target, row.unit);
  return missed;
}

void print_left_out(const std::vector<LeftOut>& rows) {
  fmt::print("prior of evaluations not seen yet, chosen by the mean interval score of all families but one, of {} settings;\nthen: what it gives for that family; in use: what priors.h gives\n\n", settings().size());
  fmt::print("{:<34} {:>26}  {:>7} {:>7}  {:>4}  {:>17}  {:>17}\n", "left out", "chance most power delayed", "score", "in use", "n", "then 80 90 % w90", "in use 80 90 % w90");
  for (const auto& r : rows) {
    fmt::print("{:<34} {:>8.2f} {:>5.2f} {:>4.1f} {:>6.2f}  {:>7.4f} {:>7.4f}", r.family.empty() ? "none" : r.family, r.chosen.when_marked, r.chosen.share_most, r.chosen.power,
               r.chosen.delayed, r.score, r.score_in_use);
    if (r.family.empty()) fmt::print("\n");
    else fmt::print("  {:>4}  {:>5.0f} {:>4.0f} {:>6.1f}  {:>5.0f} {:>4.0f} {:>6.1f}\n", r.then.moments, 100 * r.then.in80, 100 * r.then.in90, 100 * r.then.width90, 100 * r.in_use.in80,
                    100 * r.in_use.in90, 100 * r.in_use.width90);
  }
}

struct Wanted {
  bool json = false, every_unit = false, table = false, changed = false, leave_out = false;
  std::string directory;  // the first
  std::vector<Run> runs, own, made;
  std::string wrong;
};

Wanted read(int argc, char** argv) {
  Wanted w;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--every-unit") w.every_unit = true;
    else if (word == "--table") w.table = true;
    else if (word == "--changed") w.changed = true;
    else if (word == "--leave-out") w.leave_out = true;
    else if (word == "--synthetic") make_synthetic(w.made);
    else if (word == "--format" && i + 1 < argc) w.json = std::string(argv[++i]) == "json";
    else if (word == "--format=json") w.json = true;
    else if (word == "--own" && i + 1 < argc && fs::is_directory(argv[i + 1])) load(argv[++i], w.own);
    else if (fs::is_directory(word)) load(word, w.runs), w.directory = w.directory.empty() ? word : w.directory;
    else return w.wrong = word, w;
  }
  return w;
}

}  // namespace

int main(int argc, char** argv) {
  Wanted w = read(argc, argv);
  if (!w.wrong.empty()) {
    fmt::print(stderr, "bench_prediction: no such directory: {}\nusage: bench_prediction DIR... [--own DIR] [--synthetic] [--table] [--every-unit] [--changed] [--leave-out] [--format json]\n", w.wrong);
    return 2;
  }
  if (w.leave_out) return print_left_out(leave_out(w.runs, w.own, w.made)), 0;
  if (w.changed) return print_changes(figures_of_changes(w.runs, w.directory)), 0;
  if (w.table) return print_table(table_of(w.runs, w.own, w.made), w.json), 0;
  for (auto* more : {&w.own, &w.made}) std::move(more->begin(), more->end(), std::back_inserter(w.runs));
  const auto scores = scores_of(w.runs, w.every_unit);
  if (w.json) return print_json(scores), 0;
  print_text(scores);
  fmt::print("\ncost of a forecast at 100,000 recorded steps: {:.2f} ms\n", cost_of_a_forecast());
  return 0;
}
