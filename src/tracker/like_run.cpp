#include "tracker/like_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <set>
#include <utility>

#include "base/text.h"
#include "progress/mark.h"
#include "report/numbers.h"
#include "tracker/history.h"

namespace carbontracker {
namespace {

constexpr double kMostUnits = 1e15;  // what is more is no count
// Two runs of one workload on one machine differ by a few percent (seeds, temperature, other load); one of another length by what
// compiling and warming up take; one on more devices by what they lose to each other.
constexpr double kRunToRun = 0.05, kOtherLength = 0.05, kOtherDevices = 0.3;

struct Whole {
  double joules = 0, low = 0, high = 0, seconds = 0;
  double units = 0;          // 0: unknown
  std::string unit, how;
};

Paused paused_in(const Report& run) {
  Paused out;
  for (const RegionTotal& region : run.regions)
    if (region.name == kPausedRegion && region.parent != kPausedRegion) out.seconds += region.duration, out.joules = out.joules + region.measured.joules;
  return out;
}

std::string ending_of(const RunRecord& run) {
  if (run.state == RunState::running) return "is still running";
  return run.state == RunState::interrupted ? "was interrupted" : fmt::format("failed with exit code {}", run.exit_code.value_or(0));
}

// Pauses are no part of the work: the next run may have others.
Result<Whole> whole_of(const Report& run) {
  const Paused stood = paused_in(run);
  const double joules = stood.joules.value(), measured = run.total->joules.value() - joules;
  Whole whole{measured, measured, measured, (run.duration - stood.seconds).count(), 0, {}, "as measured"};
  const bool well = run.run.state == RunState::finished && run.run.exit_code.value_or(0) == 0;
  if (!run.forecast && well) return whole;
  if (!run.forecast) return unexpected(Errc::unavailable, "run " + run.run.id + " " + ending_of(run.run) + " and has no forecast of the whole", "name a run that came to its end");
  const ForecastRecord& made = run.forecast->made;
  whole.unit = made.unit;
  if (well || made.done >= made.of) {
    whole.units = made.of - made.done <= 1 ? made.of : made.done;  // a last unit that only its begin told ended with the run
    if (whole.units < made.of) whole.how += fmt::format("; it ended after {} of {} {}s", three_digits(made.done), three_digits(made.of), made.unit);
    return whole;
  }
  const std::string how = fmt::format("its forecast after {} of {} {}s: it {}", three_digits(made.done), three_digits(made.of), made.unit, ending_of(run.run));
  return Whole{made.joules.value() - joules, made.low.value() - joules, made.high.value() - joules, (made.seconds - stood.seconds).count(), made.of, made.unit, how};
}

struct Gpus {
  std::size_t count = 0;
  double joules = 0;
};
Gpus gpus_of(const Report& run) {
  std::set<std::string> devices;
  Gpus gpus;
  for (const ReportChannel& c : run.channels) {
    if (c.channel.domain != Domain::gpu || !c.headline) continue;
    devices.insert(c.node + "/" + c.channel.device);
    if (c.energy) gpus.joules += c.energy->joules.value();
  }
  gpus.count = devices.size();
  return gpus;
}

}  // namespace

Result<RunScale> parse_scale(std::string_view text) {
  RunScale scale;
  if (trim(text).empty()) return scale;
  const std::pair<std::string_view, std::optional<double>*> known[] = {{"epochs", &scale.epochs}, {"steps", &scale.steps}, {"gpus", &scale.gpus}};
  for (const std::string_view word : split(text, ',')) {
    const auto equals = word.find('=');
    const double value = equals == std::string_view::npos ? 0 : parse_double(trim(word.substr(equals + 1))).value_or(0);
    const std::string_view name = trim(word.substr(0, equals));
    const auto* what = std::find_if(std::begin(known), std::end(known), [&](const auto& each) { return each.first == name; });
    const bool fits = value > 0 && value <= kMostUnits && (name != "gpus" || value == std::floor(value));
    if (what == std::end(known) || !fits || *what->second)
      return unexpected(Errc::invalid_input, "--scale: '" + std::string(trim(word)) + "' is " + (what != std::end(known) && *what->second ? "said twice" : "not epochs=N, steps=N or gpus=N"), "--scale epochs=100,gpus=4");
    *what->second = value;
  }
  if (scale.epochs && scale.steps) return unexpected(Errc::invalid_input, "--scale: epochs and steps exclude each other", "give one of them");
  return scale;
}

Result<PlanEstimate> estimate_like(const Report& run, const RunScale& scale, double pue) {
  if (!run.total || run.total->joules <= Joules{}) return unexpected(Errc::unavailable, "run " + run.run.id + " has no energy to go by", "carbontracker sources");
  const auto whole = whole_of(run);
  if (!whole) return unexpected(whole.error());
  PlanEstimate out;
  out.assumptions.push_back({"like", run.run.id + ", " + whole->how, "--like"});
  double length = 1, faster = 1, off = kRunToRun;
  if (scale.epochs || scale.steps) {
    const std::string unit = scale.epochs ? "epoch" : "step";
    const double wanted = scale.epochs ? *scale.epochs : *scale.steps;
    if (whole->units <= 0 || whole->unit != unit) return unexpected(Errc::unavailable, "run " + run.run.id + " tells no " + unit + "s to scale by", whole->units > 0 ? "it counts " + whole->unit + "s: --scale " + whole->unit + "s=N" : "leave " + unit + "s out of --scale");
    length = wanted / whole->units;
    if (length != 1) off = std::hypot(off, kOtherLength);
    out.assumptions.push_back({unit + "s", three_digits(wanted) + " instead of " + three_digits(whole->units), "time and energy in proportion"});
  }
  double gpu_share = 0;
  if (scale.gpus) {
    const Gpus gpus = gpus_of(run);
    if (gpus.count == 0) return unexpected(Errc::unavailable, "run " + run.run.id + " shows no GPU to scale by", "leave gpus out of --scale");
    faster = *scale.gpus / static_cast<double>(gpus.count);
    gpu_share = gpus.joules / run.total->joules.value();
    out.assumptions.push_back({"GPUs", fmt::format("{} instead of {}", three_digits(*scale.gpus), gpus.count),
                               "they share the work without loss: their energy stays, all else goes with the time; the " + std::string(faster < 1 ? "lower" : "upper") + " ends allow for 30 %"});
  }
  const double factor = length * (gpu_share + (1 - gpu_share) / faster);
  const double upper = faster > 1 ? std::hypot(off, kOtherDevices) : off, lower = faster < 1 ? std::hypot(off, kOtherDevices) : off;
  out.joules = Joules(whole->joules * factor);
  out.low = Joules(whole->low * factor * (1 - lower));
  out.high = Joules(whole->high * factor * (1 + upper));
  out.seconds = Seconds(whole->seconds * length / faster);
  out.seconds_low = out.seconds * (1 - lower);
  out.seconds_high = out.seconds * (1 + upper);
  out.facility_joules = out.joules * pue;
  return out;
}

}  // namespace carbontracker
