#include "prediction/prior_run.h"

#include <algorithm>
#include <cmath>

#include "prediction/energy_curve.h"
#include "prediction/level.h"
#include "prediction/priors.h"

namespace carbontracker {
namespace {

constexpr std::size_t kDraws = 1024, kMostPoints = 2048;

// Marks that rise; what was done again after a restart is part of the unit that it was done for.
std::vector<ProgressPoint> rising_marks(const Prior& prior, double end) {
  const double began = prior.run.first_unit_began ? prior.run.first_unit_began->count() : 0;
  std::vector<ProgressPoint> marks{{Seconds(began > 0 && began < end ? began : 0), 0}};  // set-up is no part of a unit
  const auto& all = prior.run.progress;
  const std::size_t stride = all.size() / kMostPoints + 1;
  for (std::size_t i = 0; i < all.size(); i += stride) {
    const double at = all[i].at.count(), done = all[i].done;
    if (!std::isfinite(at) || !std::isfinite(done) || done <= 0 || at >= end || done >= prior.total) continue;
    while (marks.size() > 1 && marks.back().done >= done) marks.pop_back();
    if (at > marks.back().at.count()) marks.push_back({Seconds(at), done});
  }
  marks.push_back({Seconds(end), prior.total});
  return marks;
}

double late_cost(const std::vector<double>& units, const std::vector<double>& cumulative) {
  std::vector<double> costs;
  const std::size_t n = units.size();
  for (std::size_t i = n - 1 - n / 4; i + 1 < n; ++i) {
    if (i > 0) costs.push_back((cumulative[i] - cumulative[i - 1]) / (units[i] - units[i - 1]));
  }
  return costs.empty() ? cumulative.back() / units.back() : median_of(costs);
}

struct Noise {
  double deviation = 0, units = 1;
};

// First and last left out: they hold a start and an end. The median, so that evaluations now and then are no noise.
Noise noise_between(const std::vector<double>& units, const std::vector<double>& cumulative) {
  std::vector<double> steps, lengths;
  double before = 0;
  for (std::size_t i = 2; i + 1 < units.size(); ++i) {
    const double length = units[i] - units[i - 1], cost = (cumulative[i] - cumulative[i - 1]) / length;
    if (before > 0 && cost > 0) steps.push_back(std::abs(std::log(cost / before))), lengths.push_back(length);
    before = cost;
  }
  if (steps.size() < 4) return {};
  return {1.4826 * median_of(steps) / std::sqrt(2.0), median_of(lengths)};
}

// Of logarithms: a ratio near 1 is more likely the noise of a short look than another machine: it is drawn towards 1 where it is no larger than that.
double shrunk(double x, double noise_of_it) { return x * x * x / (x * x + noise_of_it * noise_of_it); }

// What the logarithm of a ratio may be.
struct Chance {
  double weight, centre, deviation;
};

constexpr Chance kAnotherDay{1, 0, 0.12};
using Chances = std::vector<Chance>;

// This run over the earlier one; nothing seen yet.
struct Scale {
  Chances seconds{kAnotherDay}, watts{{1, 0, 0.06}};
};

std::vector<double> ratios(const Series& series, const Profile& profile, double total, bool energy) {
  std::vector<double> out;
  for (const auto& s : series.segments) {
    const double seconds = profile.seconds(s.from, s.to, total), joules = profile.joules(s.from, s.to, total);
    const double time = (s.end - s.begin) / seconds;
    const double ratio = energy ? s.joules / joules / time : time;
    if (std::isfinite(ratio) && ratio > 0) out.push_back(ratio);
  }
  return out;
}

// The first stretch counts only while there is no other: compile times and ramps scale differently.
double centre(std::vector<double> values) {
  if (values.size() > 2) values.erase(values.begin());
  return median_of(values.size() == 2 ? std::vector<double>{values[1]} : values);
}

// Deviation of the logarithm of a mean power that rests on so many readings (Series::readings): one of a unit is a moment of it.
double doubt_of(double readings) { return 0.35 / std::max(readings, 1e-3); }

double readings_of(const Prior& prior, double until) {
  const EnergyCurve energy(prior.run.energy, until);
  const double began = prior.run.first_unit_began ? prior.run.first_unit_began->count() : 0;
  return energy.known() ? static_cast<double>(energy.count(began, until)) : 0;
}

// Of power and of time: the same machine nearly always, one like it, or any.
const Chances kPowers{{0.9, 0, 0.05}, {0.08, 0, 0.25}, {0.02, 0, 1}}, kTimes{{0.9, 0, kAnotherDay.deviation}, {0.08, 0, 0.3}, {0.02, 0, 1}};

// Each drawn towards the ratio that was seen as far as its noise allows, and as likely as it makes that ratio.
Chances weighed(Chances chances, double ratio, double noise_of_it) {
  const double x = std::log(ratio), noise = noise_of_it * noise_of_it;
  double sum = 0;
  for (Chance& each : chances) {
    const double own = each.deviation * each.deviation, both = own + noise;
    each.weight *= std::exp(-x * x / 2 / both) / std::sqrt(both);
    each.centre = x * own / both;
    each.deviation = std::sqrt(own * noise / both);
    sum += each.weight;
  }
  if (!(sum > 0)) return {{1, x, noise_of_it}};  // farther off than any
  for (Chance& each : chances) each.weight /= sum;
  return chances;
}

// Of the ratio of one stretch: both runs' units waver, and what a first one holds of the program's start-up is another day's.
double time_noise(const Series& series, const Profile& profile) {
  const bool alone = series.segments.size() == 1;
  const double start = alone && series.holds_start ? priors::kStartAgainDeviation * profile.start_share(series.done) : 0;
  return std::hypot(std::sqrt(2.0) * profile.noise_of(series.segments.back().units()), start);
}

Scale scale_of(const Prior& prior, const Series& series, const Profile& profile, double total) {
  Scale scale;
  const auto time = ratios(series, profile, total, false), power = ratios(series, profile, total, true);
  if (time.empty() || power.empty()) return scale;
  const double root = std::sqrt(static_cast<double>(time.size()));
  const double unsteady = time_noise(series, profile) / root, ratio = centre(time);
  scale.seconds = unsteady > 0.01 ? weighed(kTimes, ratio, unsteady) : Chances{{1, std::log(ratio), 0}};
  const double rest = std::sqrt(2.0) * profile.noise_of(std::max(1e-9, total - series.done));
  for (Chance& each : scale.seconds) each = {each.weight, shrunk(each.centre, 0.03 / root), std::hypot(each.deviation, 0.008 + 0.02 / root, rest)};
  const double unsure = series.ramping || series.unread > 0.2 * series.now ? 0.15 : 0.04;
  constexpr double kInterpolated = 0.5;  // of the earlier run's, which was read on both sides
  const double earlier = std::min(kInterpolated, doubt_of(readings_of(prior, profile.seconds_at(series.done))));
  const double noise = std::hypot(unsure / root, doubt_of(series.readings), earlier);
  scale.watts = weighed(kPowers, centre(power), noise);
  for (Chance& each : scale.watts) each.deviation = std::hypot(each.deviation, 0.006);
  return scale;
}

// Units that cost neither what they did nor one multiple of it: another workload.
bool fits(const Series& series, const Profile& profile, double total) {
  auto values = ratios(series, profile, total, false);
  if (values.size() < 4) return !values.empty();
  const double middle = median_of(values);
  for (double& value : values) value = std::abs(std::log(value / middle));
  return median_of(values) < 0.1;
}

struct Rest {
  double seconds = 0, joules = 0;
};

// Which chance, and where in it.
double drawn(const Chances& chances, double which, double where) {
  std::size_t k = 0;
  while (k + 1 < chances.size() && which >= chances[k].weight) which -= chances[k++].weight;
  return std::exp(chances[k].centre + chances[k].deviation * noise(where));
}

// `unread`: what no reading covers of the time gone, by the earlier run, and as it was extrapolated.
Totals draw(const Rest& rest, const Scale& scale, const Series& series, const Rest& unread) {
  static const Lattice lattice;
  std::vector<double> seconds, joules;
  const std::vector<double> weights(kDraws, 1.0);
  for (std::size_t i = 0; i < kDraws; ++i) {
    const double time = drawn(scale.seconds, lattice.at(i, 3), lattice.at(i, 0));
    const double power = drawn(scale.watts, lattice.at(i, 2), lattice.at(i, 1));
    seconds.push_back(series.now + std::max(0.0, rest.seconds * time));
    joules.push_back(series.joules + std::max(0.0, unread.joules * power - unread.seconds * series.unread_watts) + std::max(0.0, rest.joules * time * power));
  }
  return {Distribution(seconds, weights), Distribution(joules, weights)};
}

}  // namespace

Result<Profile> Profile::of(const Prior& prior) {
  const double end = prior.final_seconds.value_or(prior.run.now).count();
  const EnergyCurve energy(prior.run.energy, end);
  if (!std::isfinite(end) || !std::isfinite(prior.total) || end <= 0 || prior.total <= 0 || !energy.known()) {
    return unexpected(Errc::unavailable, "the earlier run holds no marks or no energy");
  }
  Profile profile;
  for (const auto& mark : rising_marks(prior, end)) {
    profile.units_.push_back(mark.done);
    profile.seconds_.push_back(mark.at.count());
    profile.joules_.push_back(energy.joules_at(mark.at.count()) - energy.joules_at(0));
  }
  if (prior.final_joules) profile.joules_.back() = std::max(prior.final_joules->value(), profile.joules_.back());
  if (!(profile.joules_.back() > 0)) return unexpected(Errc::unavailable, "the earlier run holds no energy");
  profile.late_seconds_ = late_cost(profile.units_, profile.seconds_);
  profile.late_joules_ = late_cost(profile.units_, profile.joules_);
  const Noise noise = noise_between(profile.units_, profile.seconds_);
  profile.noise_ = noise.deviation, profile.noise_units_ = noise.units;
  return profile;
}

double Profile::noise_of(double units) const { return noise_ * std::sqrt(std::min(1.0, noise_units_ / units)); }

double Profile::start_share(double done) const {
  const double took = seconds_at(done);
  return took > 0 ? std::clamp(1 - late_seconds_ * done / took, 0.0, 1.0) : 0;
}

double Profile::at(const std::vector<double>& cumulative, double done) const {
  const auto next = std::upper_bound(units_.begin(), units_.end(), done);
  if (next == units_.begin()) return cumulative.front();
  if (next == units_.end()) return cumulative.back();
  const auto i = static_cast<std::size_t>(next - units_.begin());
  return cumulative[i - 1] + (cumulative[i] - cumulative[i - 1]) * (done - units_[i - 1]) / (units_[i] - units_[i - 1]);
}

double Profile::cost(const std::vector<double>& cumulative, double late, double from, double until, double total) const {
  const double body = std::max(0.0, units_.back() - 1);  // the last unit is an end
  const auto before_end = [&](double done) { return done <= body ? at(cumulative, done) : at(cumulative, body) + (done - body) * late; };
  const double last = cumulative.back() - at(cumulative, body), end = std::max(0.0, total - 1);
  const auto upto = [&](double done) {
    if (total == units_.back()) return at(cumulative, done);
    return done <= end ? before_end(done) : before_end(end) + (std::min(done, total) - end) * last;
  };
  return upto(until) - upto(from);
}

Result<Totals> predict_from(const Prior& prior, const Series& series, const Schedule& plan) {
  const auto profile = Profile::of(prior);
  if (!profile) return unexpected(profile.error());
  if (!fits(series, *profile, plan.total)) return unexpected(Errc::unavailable, "the earlier run went differently");
  Scale scale = scale_of(prior, series, *profile, plan.total);
  for (Chance& each : scale.seconds) each.deviation = std::hypot(each.deviation, prior.doubt / (2 * std::sqrt(static_cast<double>(series.segments.size()))));
  const double done = series.done, total = plan.total;
  Rest rest{profile->seconds(done, total, total), profile->joules(done, total, total)};
  const double unit = profile->seconds(done, std::min(total, done + 1), total);
  const double passed = std::min((series.now - series.last_mark) / std::exp(scale.seconds.front().centre), 0.98 * unit);  // of the unit that runs
  const double left = rest.seconds > 0 ? std::max(0.0, 1 - passed / rest.seconds) : 0;
  const double dark = std::min(series.unread, series.now - series.segments.front().begin);
  const double watts = rest.seconds > 0 ? rest.joules / rest.seconds : 0;
  return draw({rest.seconds * left, rest.joules * left}, scale, series, {dark, dark * watts});
}

Result<Totals> predict_before_start(const Prior& prior, const Series& series, const Schedule& plan) {
  const auto profile = Profile::of(prior);
  if (!profile) return unexpected(profile.error());
  const Rest whole{profile->seconds(0, plan.total, plan.total), profile->joules(0, plan.total, plan.total)};
  const double left = std::max(0.0, 1 - series.now / whole.seconds);
  Scale scale;
  scale.seconds.front().deviation = std::hypot(kAnotherDay.deviation, prior.doubt);
  return draw({whole.seconds * left, whole.joules * left}, scale, series, {});
}

}  // namespace carbontracker
