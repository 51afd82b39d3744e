#include "advice/accuracy.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "base/printable.h"
#include "base/text.h"

namespace carbontracker {
namespace {

constexpr std::array<std::string_view, 5> kUsual{"accuracy", "acc", "top1", "f1", "score"};

std::string shown(const ScoredRun& run) { return printable(run.name.empty() ? run.id : run.name, 40); }
double kwh(Joules joules) { return in_kilowatt_hours(joules); }

std::optional<double> in_percent(std::optional<double> value, double largest) {
  if (!value || !std::isfinite(*value) || *value < 0 || *value > 100) return std::nullopt;
  return largest <= 1 ? *value * 100 : *value;
}

// "val_acc", "eval/accuracy", "test top1" -> acc, accuracy, top1; the name itself where nothing of the kind is before it.
std::string_view without_phase(std::string_view name) {
  for (const std::string_view phase : {"validation", "valid", "val", "eval", "test"})
    if (name.size() > phase.size() + 1 && name.starts_with(phase) && !std::isalnum(static_cast<unsigned char>(name[phase.size()]))) return name.substr(phase.size() + 1);
  return name;
}

// The best that the metric came to, in any attempt and on any node; nothing where it tells no score.
std::optional<double> best_of(const RunRecord& run, const std::string& metric) {
  std::optional<double> best;
  for (const Segment& segment : run.segments)
    for (const MetricRecord& told : segment.metrics)
      if (told.name == metric && std::isfinite(told.value) && told.value <= 100) best = std::max(best.value_or(told.value), told.value);
  return best ? in_percent(best, *best) : std::nullopt;
}

std::optional<double> by_usual_metric(const RunRecord& run) {
  std::set<std::string> names;
  for (const Segment& segment : run.segments)
    for (const MetricRecord& told : segment.metrics) names.insert(told.name);
  for (const bool of_phase : {true, false})
    for (const std::string_view key : kUsual)
      for (const std::string& name : names) {
        const std::string plain = lower(name);
        if (without_phase(plain) != key || (plain != key) != of_phase) continue;
        if (const auto value = best_of(run, name)) return value;
      }
  return std::nullopt;
}

bool usable(const ScoredRun& run) { return std::isfinite(run.points) && std::isfinite(run.joules.value()) && run.joules > Joules{}; }

// What a point more costs, from the cheaper to the dearer.
std::string step(const ScoredRun& from, const ScoredRun& to) {
  const double points = to.points - from.points, more = kwh(to.joules - from.joules);
  return fmt::format("{} has {:.3g} points for {:.3g} kWh, {} {:.3g} for {:.3g}: {:.3g} kWh a point more", shown(from), from.points, kwh(from.joules), shown(to), to.points, kwh(to.joules), more / points);
}

}  // namespace

std::optional<double> points_of(const RunRecord& run, const std::string& metric) {
  const auto read = [&](const std::string& key) -> std::optional<double> {
    const auto tag = run.tags.find(key);
    const auto value = tag == run.tags.end() ? std::nullopt : parse_double(tag->second);
    return in_percent(value, value.value_or(0));
  };
  if (!metric.empty()) {
    const auto tagged = read(metric);
    return tagged ? tagged : best_of(run, metric);
  }
  for (const std::string_view key : kUsual)
    if (const auto value = read(std::string(key))) return value;
  return by_usual_metric(run);
}

std::vector<ScoredRun> frontier(std::vector<ScoredRun> runs) {
  std::erase_if(runs, [](const ScoredRun& run) { return !usable(run); });
  std::sort(runs.begin(), runs.end(), [](const ScoredRun& a, const ScoredRun& b) { return a.joules != b.joules ? a.joules < b.joules : a.points > b.points; });
  std::vector<ScoredRun> best;
  for (ScoredRun& run : runs)
    if (best.empty() || run.points > best.back().points) best.push_back(std::move(run));
  return best;
}

std::optional<AdviceItem> cost_per_point(const ScoredRun& about, const std::vector<ScoredRun>& all) {
  if (!usable(about)) return {};
  const std::vector<ScoredRun> best = frontier(all);
  AdviceItem item;
  item.kind = "accuracy";
  // A run that another beats at no more energy: the cheapest that is at least as good.
  const auto better = std::find_if(best.begin(), best.end(), [&](const ScoredRun& run) { return run.id != about.id && run.points >= about.points && run.joules < about.joules; });
  const auto own = std::find_if(best.begin(), best.end(), [&](const ScoredRun& run) { return run.id == about.id; });
  if (better != best.end()) {
    item.seen = fmt::format("{} has {:.3g} points for {:.3g} kWh, this run {:.3g} for {:.3g}", shown(*better), better->points, kwh(better->joules), about.points, kwh(about.joules));
    item.brief = fmt::format("{} is as good at {:.0f} % of the energy", shown(*better), 100 * (better->joules / about.joules));
    item.saving = Saving{about.joules - better->joules, about.joules - better->joules, about.joules, "measured: the difference of the two runs"};
    item.attempt = fmt::format("the settings of {}: carbontracker report {} {}", shown(*better), printable(better->id, 40), printable(about.id, 40));
  } else if (own != best.end() && own != best.begin()) {
    const ScoredRun& cheaper = *std::prev(own);
    item.seen = step(cheaper, *own);
    item.brief = fmt::format("the last {:.2g} points cost {:.0f} % of the energy", own->points - cheaper.points, 100 * (1 - cheaper.joules / own->joules));
    item.saving = Saving{Joules{}, own->joules - cheaper.joules, own->joules, "measured: the difference of the two runs, where the points are not needed"};
    item.attempt = fmt::format("{} where its score is enough; else stop earlier (carbontracker report {} --format json has every epoch)", shown(cheaper), printable(own->id, 40));
  } else {
    return {};
  }
  return item;
}

}  // namespace carbontracker
