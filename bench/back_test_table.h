#pragma once
// The figures that the forecast is held to, one row each, beside their targets.

#include <map>

#include "back_test.h"

namespace back_test {

// `value` in `unit`; `reached` is empty where the row only tells more of the one above it.
struct Figure {
  std::string what;
  double value = 0;
  std::string unit;
  std::optional<double> target;
  std::optional<bool> reached;
  std::string beside;
};

template <class Get>
std::vector<double> column(const Group& group, Get get) {
  std::vector<double> values;
  for (const auto& s : group) values.push_back(100 * get(s));
  return values;
}

inline double energy_quantile(const Group& g, double p) { return quantile(column(g, [](auto& s) { return s.joules_error; }), p); }
inline double time_quantile(const Group& g, double p) { return quantile(column(g, [](auto& s) { return s.seconds_error; }), p); }
inline double width_of(const Group& g) { return quantile(column(g, [](auto& s) { return s.width90; }), 0.5); }
inline double share_inside(const Group& g) {
  return 100 * static_cast<double>(std::count_if(g.begin(), g.end(), [](auto& s) { return s.in90; })) / static_cast<double>(std::max<std::size_t>(1, g.size()));
}

template <class Keep>
Group pick(const std::vector<Score>& scores, Keep keep_it) {
  Group group;
  std::copy_if(scores.begin(), scores.end(), std::back_inserter(group), keep_it);
  return group;
}

inline std::map<std::string, Group> by_family(const Group& group) {
  std::map<std::string, Group> families;
  for (const auto& s : group) families[s.family].push_back(s);
  return families;
}

// Units but the last within a factor of two of their median: a first block of four times the others is another question.
inline bool equal_units(const Run& run) {
  std::vector<double> lengths;
  for (std::size_t i = 0; i + 1 < run.stops.size(); ++i) lengths.push_back(run.stops[i] - (i ? run.stops[i - 1] : 0));
  const double middle = quantile(lengths, 0.5);
  return std::all_of(lengths.begin(), lengths.end(), [&](double x) { return x < 2 * middle && x > middle / 2; });
}

// Whether the plan's last unit was not done: the run ended when a target was reached.
inline bool ends_early(const Run& run) {
  const std::size_t n = run.stops.size();
  return n > 2 && run.stops[n - 1] - run.stops[n - 2] < 0.5 * (run.stops[n - 2] - run.stops[n - 3]);
}

// Probability of at most `k` of `n` where each is inside with probability 0.9.
inline double chance_of_so_few(std::size_t k, std::size_t n) {
  double sum = 0;
  for (std::size_t i = 0; i <= k; ++i) {
    const double a = static_cast<double>(i), b = static_cast<double>(n);
    sum += std::exp(std::lgamma(b + 1) - std::lgamma(a + 1) - std::lgamma(b - a + 1) + a * std::log(0.9) + (b - a) * std::log(0.1));
  }
  return sum;
}

class Table {
 public:
  std::vector<Figure> rows;

  void at_most(const std::string& what, double value, double target, const std::string& beside = "") { rows.push_back({what, value, "%", target, value <= target, beside}); }
  void note(const std::string& what, double value, const std::string& beside) { rows.push_back({what, value, "%", {}, {}, beside}); }

  void told(const Group& all) {
    const double naive = quantile(column(all, [](auto& s) { return s.naive_first; }), 0.5);
    const std::string name = "after the first unit, schedule told, equal units";
    at_most(name + ": energy, median", energy_quantile(all, 0.5), 3, fmt::format("{} runs; first x N: {:.1f} %", all.size(), naive));
    at_most(name + ": energy, p90", energy_quantile(all, 0.9), 8);
    at_most(name + ": median over that of first x N", 100 * energy_quantile(all, 0.5) / naive, 50);
    families(all);
  }

  void seen(const Group& all) {
    const std::string name = "from the second evaluation on, schedule not told";
    const auto naive = column(all, [](auto& s) { return s.naive_mean; });
    at_most(name + ": energy, median", energy_quantile(all, 0.5), 2, fmt::format("{} moments; mean x N: {:.1f}, p90 {:.1f} %", all.size(), quantile(naive, 0.5), quantile(naive, 0.9)));
    at_most(name + ": energy, p90", energy_quantile(all, 0.9), 5);
    at_most(name + ": time, median", time_quantile(all, 0.5), 1);
    at_most(name + ": time, p90", time_quantile(all, 0.9), 3);
    families(all);
  }

  void interval(const std::string& name, const Group& all) {
    const double inside = share_inside(all);
    rows.push_back({name + ": 90 % interval holds", inside, "%", 90, inside >= 85 && inside <= 97, fmt::format("85 to 97; {} moments, median width {:.1f} %", all.size(), width_of(all))});
    for (const auto& [family, group] : by_family(all)) {
      const auto k = static_cast<std::size_t>(std::count_if(group.begin(), group.end(), [](auto& s) { return s.in90; }));
      const bool low = chance_of_so_few(k, group.size()) < 0.05;
      rows.push_back({"   " + family, share_inside(group), "%", {}, {}, fmt::format("{} moments, width {:.1f} %{}", group.size(), width_of(group), low ? ", SIGNIFICANTLY BELOW 90" : "")});
    }
  }

  void earlier(const Group& all) {
    double worst = 0;
    for (const auto& [family, group] : by_family(all)) worst = std::max(worst, energy_quantile(group, 0.5));
    at_most("after the first unit, one earlier run: energy, median of the worst family", worst, 3, fmt::format("{} pairs, median of all {:.2f} %", all.size(), energy_quantile(all, 0.5)));
    families(all);
  }

  void shapes(const std::string& name, const Group& all) {
    const auto naive = column(all, [](auto& s) { return s.naive_first; });
    at_most(name + " after 10 %: energy, median", energy_quantile(all, 0.5), 3, fmt::format("{} runs; first x N: {:.1f}, p90 {:.0f} %", all.size(), quantile(naive, 0.5), quantile(naive, 0.9)));
    families(all);
    interval(name + " after 10 %", all);
  }

 private:
  void families(const Group& all) {
    for (const auto& [family, group] : by_family(all)) {
      note("   " + family, energy_quantile(group, 0.5),
           fmt::format("{}; p90 {:.1f} %, time {:.1f}, p90 {:.1f} %", group.size(), energy_quantile(group, 0.9), time_quantile(group, 0.5), time_quantile(group, 0.9)));
    }
  }
};

inline Group at_ten_percent(const std::vector<Run>& runs) {
  return pick(scores_of(runs, false), [](auto& s) { return s.moment == "10 %" && s.scenario.empty(); });
}

inline void of_recorded(Table& table, const std::vector<Run>& recorded) {
  const auto scores = scores_of(recorded, true);
  std::set<std::string> unequal, early;
  for (const auto& run : recorded) {
    if (!equal_units(run)) unequal.insert(run.name);
    else if (ends_early(run)) early.insert(run.name);
  }
  const auto told = [](const Score& s) { return s.scenario == "schedule told"; };
  const auto plain = [](const Score& s, const char* moment) { return s.scenario.empty() && s.moment == moment; };
  table.told(pick(scores, [&](auto& s) { return told(s) && !unequal.count(s.trace) && !early.count(s.trace); }));
  const auto cut = pick(scores, [&](auto& s) { return told(s) && early.count(s.trace); });
  if (!cut.empty()) {
    table.note("   left out: last unit not done", energy_quantile(cut, 0.5), fmt::format("{} runs", cut.size()));
    const auto with = pick(scores, [&](auto& s) { return told(s) && !unequal.count(s.trace); });
    const auto naive = column(with, [](auto& s) { return s.naive_first; });
    table.note("   ... with those", energy_quantile(with, 0.5), fmt::format("{} runs; p90 {:.1f} %; first x N: {:.1f}, p90 {:.1f} %", with.size(), energy_quantile(with, 0.9), quantile(naive, 0.5), quantile(naive, 0.9)));
  }
  const auto other = pick(scores, [&](auto& s) { return told(s) && unequal.count(s.trace); });
  if (!other.empty()) table.note("   left out: units of unequal size", energy_quantile(other, 0.5), fmt::format("{} runs", other.size()));
  table.seen(pick(scores, [&](auto& s) { return plain(s, "evaluations seen"); }));
  table.interval("before that, schedule not told", pick(scores, [&](auto& s) { return plain(s, "evaluations not seen"); }));
  table.earlier(pick(scores, [](auto& s) { return s.scenario == "one earlier run"; }));
}

// `recorded`: of others; `own`: our own recordings; `made`: by rule.
inline std::vector<Figure> table_of(const std::vector<Run>& recorded, const std::vector<Run>& own, const std::vector<Run>& made) {
  Table table;
  if (!recorded.empty()) of_recorded(table, recorded);
  if (!own.empty()) table.shapes("own recordings", at_ten_percent(own));
  if (!made.empty()) table.shapes("made by rule", at_ten_percent(made));
  return table.rows;
}

}  // namespace back_test
