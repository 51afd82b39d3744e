#include "tracker/like_run.h"

#include <fmt/format.h>

#include <cmath>
#include <set>

#include "base/text.h"
#include "progress/mark.h"
#include "report/numbers.h"
#include "tracker/history.h"

namespace carbontracker {
namespace {

// Two runs of one workload on one machine differ by a few percent (seeds, temperature, other load); one of another length by what
// compiling and warming up take; one on more devices by what they lose to each other.
constexpr double kRunToRun = 0.05, kOtherLength = 0.05, kOtherDevices = 0.3;

struct Whole {
  double joules = 0, low = 0, high = 0, seconds = 0;
  double units = 0;          // 0: unknown
  std::string unit;
  bool forecast = false;
};

Paused paused_in(const Report& run) {
  Paused out;
  for (const RegionTotal& region : run.regions)
    if (region.name == kPausedRegion && region.parent != kPausedRegion) out.seconds += region.duration, out.joules = out.joules + region.measured.joules;
  return out;
}

Whole whole_of(const Report& run) {
  // Pauses are no part of the work: the next run may have others.
  const Paused stood = paused_in(run);
  Whole whole{run.total->joules.value() - stood.joules.value(), 0, 0, (run.duration - stood.seconds).count(), 0, {}, false};
  whole.low = whole.high = whole.joules;
  if (!run.forecast) return whole;
  const ForecastRecord& made = run.forecast->made;
  whole.units = made.done;
  whole.unit = made.unit;
  if (made.done >= made.of || run.run.state == RunState::finished) return whole;
  const double joules = stood.joules.value();
  return {made.joules.value() - joules, made.low.value() - joules, made.high.value() - joules, (made.seconds - stood.seconds).count(), made.of, made.unit, true};
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
  for (const std::string_view word : split(text, ',')) {
    const auto equals = word.find('=');
    const double value = equals == std::string_view::npos ? 0 : parse_double(word.substr(equals + 1)).value_or(0);
    const std::string_view name = trim(word.substr(0, equals));
    if (!(value > 0) || (name != "epochs" && name != "gpus"))
      return unexpected(Errc::invalid_input, "--scale: '" + std::string(word) + "' is not epochs=N or gpus=N", "--scale epochs=100,gpus=4");
    (name == "epochs" ? scale.epochs : scale.gpus) = value;
  }
  return scale;
}

Result<PlanEstimate> estimate_like(const Report& run, const RunScale& scale, double pue) {
  if (!run.total || run.total->joules <= Joules{}) return unexpected(Errc::unavailable, "run " + run.run.id + " has no energy to go by", "carbontracker sources");
  const Whole whole = whole_of(run);
  PlanEstimate out;
  out.assumptions.push_back({"like", run.run.id + (whole.forecast ? ", its forecast" : ", as measured"), "--like"});
  double length = 1, faster = 1, off = kRunToRun;
  if (scale.epochs) {
    if (whole.units <= 0 || whole.unit != "epoch") return unexpected(Errc::unavailable, "run " + run.run.id + " tells no epochs to scale by", "leave epochs out of --scale");
    length = *scale.epochs / whole.units;
    if (length != 1) off = std::hypot(off, kOtherLength);
    out.assumptions.push_back({"epochs", three_digits(*scale.epochs) + " instead of " + three_digits(whole.units), "time and energy in proportion"});
  }
  double gpu_share = 0;
  if (scale.gpus) {
    const Gpus gpus = gpus_of(run);
    if (gpus.count == 0) return unexpected(Errc::unavailable, "run " + run.run.id + " shows no GPU to scale by", "leave gpus out of --scale");
    faster = *scale.gpus / static_cast<double>(gpus.count);
    gpu_share = gpus.joules / run.total->joules.value();
    out.assumptions.push_back({"GPUs", fmt::format("{} instead of {}", three_digits(*scale.gpus), gpus.count), "they share the work without loss; the upper ends allow for 30 %"});
  }
  const double factor = length * (gpu_share + (1 - gpu_share) / faster);
  const double upper = faster > 1 ? std::hypot(off, kOtherDevices) : off;
  out.joules = Joules(whole.joules * factor);
  out.low = Joules(whole.low * factor * (1 - off));
  out.high = Joules(whole.high * factor * (1 + upper));
  out.seconds = Seconds(whole.seconds * length / faster);
  out.seconds_low = out.seconds * (1 - off);
  out.seconds_high = out.seconds * (1 + upper);
  out.facility_joules = out.joules * pue;
  return out;
}

}  // namespace carbontracker
