#include "prediction/plan_estimate.h"

#include <fmt/format.h>

#include <cmath>

#include "prediction/accelerators.h"

namespace carbontracker {
namespace {

struct Band {
  double value = 0, low = 0, high = 0;
};

using Assumptions = std::vector<Assumption>;

constexpr double kMostSeconds = 3.2e11;  // ten thousand years
constexpr double kMostJoules = 6e20;     // the primary energy of the world in a year: 592 EJ in 2024 (Energy Institute, Statistical Review 2025)
constexpr double kLeastSeconds = 1e-6;

std::optional<double> peak_of(const Accelerator& a, const std::string& precision) {
  if (precision == "fp32") return a.fp32;
  if (precision == "tf32") return a.tf32 ? a.tf32 : a.fp32;
  if (precision == "bf16" || precision == "fp16") return a.bf16;
  return precision == "fp8" ? a.fp8 : std::nullopt;
}

Result<> check(const PlanInputs& in) {
  const std::pair<const char*, std::optional<double>> given[] = {
      {"--count", in.count}, {"--hours", in.hours}, {"--flops", in.flops}, {"--params", in.params}, {"--tokens", in.tokens}, {"--mfu", in.mfu},
      {"--flops-per-second", in.flops_per_second}, {"--watts", in.watts}};
  for (const auto& [name, value] : given) {
    if (value && !(std::isfinite(*value) && *value > 0)) return unexpected(Errc::invalid_input, fmt::format("{} must be above 0", name));
  }
  if (in.hours && (in.flops || in.params || in.tokens)) return unexpected(Errc::invalid_input, "--hours and the work in FLOP (--flops, --params, --tokens) exclude each other", "give one of them");
  if (in.flops && (in.params || in.tokens)) return unexpected(Errc::invalid_input, "--flops and --params with --tokens exclude each other", "give one of them");
  if (!std::isfinite(in.pue) || in.pue < 1) return unexpected(Errc::invalid_input, "--pue must be 1 or more");
  if (in.mfu && *in.mfu > 1) return unexpected(Errc::invalid_input, "--mfu is a share of the peak, at most 1", "40 % is --mfu 0.4");
  if (in.hours && (in.mfu || in.flops_per_second)) return unexpected(Errc::invalid_input, "--mfu and --flops-per-second tell how long work in FLOP takes; --hours does so already", "leave them out, or give --flops");
  if (in.mfu && in.flops_per_second) return unexpected(Errc::invalid_input, "--mfu and --flops-per-second exclude each other", "give one of them");
  return {};
}

Result<double> work_of(const PlanInputs& in, Assumptions& said) {
  if (in.flops) return *in.flops;
  if (!in.params || !in.tokens) {
    return unexpected(Errc::invalid_input, "how much work it is, is not told", "give --hours, or --flops, or --params and --tokens");
  }
  const double flops = 6 * *in.params * *in.tokens;
  said.push_back({"work", fmt::format("{:.4g} FLOP", flops), "6 for each parameter and token (Kaplan et al. 2020)"});
  return flops;
}

// FLOP/s of one accelerator.
Result<Band> speed_of(const PlanInputs& in, const std::optional<Accelerator>& gpu, Assumptions& said) {
  if (in.flops_per_second) return Band{*in.flops_per_second, *in.flops_per_second, *in.flops_per_second};
  if (!gpu) return unexpected(Errc::invalid_input, "how fast it computes is not told", "give --flops-per-second, or --gpu and --mfu");
  const auto peak = peak_of(*gpu, in.precision);
  if (!peak) {
    return unexpected(Errc::invalid_input, fmt::format("no peak in {} is known for {}", in.precision, gpu->name), "give --flops-per-second");
  }
  said.push_back({"peak", fmt::format("{:.4g} FLOP/s in {}", *peak, in.precision), gpu->source});
  if (in.mfu) return Band{*peak * *in.mfu, *peak * *in.mfu, *peak * *in.mfu};
  said.push_back({"share of the peak reached", fmt::format("{} ({} to {})", kMfu, kMfuLow, kMfuHigh), "published large trainings"});
  return Band{*peak * kMfu, *peak * kMfuLow, *peak * kMfuHigh};
}

// Watts of one accelerator with its share of the host.
Result<Band> power_of(const PlanInputs& in, const std::optional<Accelerator>& gpu, Assumptions& said) {
  if (in.watts) return Band{*in.watts, *in.watts, *in.watts};
  if (!gpu) return unexpected(Errc::invalid_input, "how much power it draws is not told", "give --watts, or --gpu");
  const double tdp = gpu->tdp.value(), load = gpu->typical_load;
  said.push_back({"power of one " + gpu->name, fmt::format("{:.0f} W: {:.2f} of {:.0f} W", tdp * load, load, tdp), gpu->load_source + "; " + gpu->source});
  said.push_back({"host for each", fmt::format("{:.0f} W: {} of {:.0f} W", tdp * kHostShare, kHostShare, tdp), "Patterson et al. 2021; MLPerf Training 4.0 power"});
  return Band{tdp * (load + kHostShare), tdp * (load * kLoadLow + kHostShareLow), tdp * (std::min(1.0, load * kLoadHigh) + kHostShareHigh)};
}

Result<Band> time_of(const PlanInputs& in, const std::optional<Accelerator>& gpu, Assumptions& said) {
  if (in.hours) return Band{*in.hours * 3600, *in.hours * 3600, *in.hours * 3600};
  const auto work = work_of(in, said);
  if (!work) return unexpected(work.error());
  const auto speed = speed_of(in, gpu, said);
  if (!speed) return unexpected(speed.error());
  return Band{*work / (speed->value * in.count), *work / (speed->high * in.count), *work / (speed->low * in.count)};
}

// Two independent errors of a product: relative distances add in quadrature.
double off(double value, double first, double other, double second) { return std::hypot(first / value - 1, second / other - 1); }

Result<> check_possible(double seconds, double joules) {
  const char* remedy = "look at the powers of ten";
  if (seconds > kMostSeconds) return unexpected(Errc::invalid_input, fmt::format("what was given comes to more than 10,000 years ({:.2g} s)", seconds), "look at the powers of ten, or give more devices with --count");
  if (joules > kMostJoules) return unexpected(Errc::invalid_input, fmt::format("what was given comes to more energy than the world uses in a year ({:.2g} J)", joules), remedy);
  if (seconds < kLeastSeconds) return unexpected(Errc::invalid_input, fmt::format("what was given comes to less than a microsecond ({:.2g} s)", seconds), remedy);
  return {};
}

}  // namespace

Result<PlanEstimate> estimate_plan(const PlanInputs& in) {
  if (auto ok = check(in); !ok) return unexpected(ok.error());
  PlanEstimate out;
  std::optional<Accelerator> gpu;
  if (in.gpu) {
    auto found = find_accelerator(*in.gpu);
    if (!found) return unexpected(found.error());
    gpu = *found;
  }
  const auto time = time_of(in, gpu, out.assumptions);
  if (!time) return unexpected(time.error());
  const auto power = power_of(in, gpu, out.assumptions);
  if (!power) return unexpected(power.error());
  const double joules = time->value * power->value * in.count;
  out.joules = Joules(joules), out.facility_joules = Joules(joules * in.pue);
  out.low = Joules(joules * std::max(0.0, 1 - off(time->value, time->low, power->value, power->low)));
  out.high = Joules(joules * (1 + off(time->value, time->high, power->value, power->high)));
  if (!std::isfinite(out.facility_joules.value()) || !std::isfinite(out.high.value()) || !std::isfinite(time->high))
    return unexpected(Errc::invalid_input, "what was given comes to more than a number can hold", "look at the powers of ten");
  if (const auto possible = check_possible(time->value, out.facility_joules.value()); !possible) return unexpected(possible.error());
  out.seconds = Seconds(time->value), out.seconds_low = Seconds(time->low), out.seconds_high = Seconds(time->high);
  return out;
}

}  // namespace carbontracker
