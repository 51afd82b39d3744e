#include "prediction/predictive.h"

#include <algorithm>
#include <cmath>

#include "prediction/priors.h"

namespace carbontracker {
namespace {

constexpr std::size_t kDraws = 2048;
constexpr double kSlowsDown = 0.25, kGathersPace = 0.25, kMostPace = 1.5;  // chances of a drift; and by how much
constexpr double kUnreadDeviation = 0.3;  // of the power of a run that was not read at all
constexpr double kOverdue = 2;       // units' time
constexpr double kMostDeviation = 0.85;   // of a level that two points far apart leave open: a factor of four either way, as a drift is bounded
constexpr double kMeanReadings = 2;  // of a unit, that make its mean power: fewer are moments of it
enum Coordinate : std::size_t { kFirst, kFirstSize, kTime, kPower, kRamp, kBend, kCut, kCount, kCost, kLate, kLateCost, kStall, kStart, kWaiting,
                               kEnd = kLateCost };  // two that seldom matter together

double between(double low, double high, double u) { return low + (high - low) * u; }

// One draw of everything that is uncertain.
class Draw {
 public:
  Draw(const Outlook& outlook, const Lattice& lattice, std::size_t index) : o_(outlook), lattice_(lattice), index_(index) {}

  // How many times the first unit was longer than the later ones will be; 1 where later ones were seen.
  [[nodiscard]] double first_factor() const {
    if (!o_.single) return 1;
    using namespace priors;
    return start_factor() * later_factor();
  }

  // The first unit as it was seen, over the same without the program's start-up.
  [[nodiscard]] double start_factor() const {
    const double length = first_length();
    return length / (length - start_seconds());
  }

  // The part of the first unit that the program took to start.
  [[nodiscard]] double start_seconds() const {
    if (!o_.series->holds_start) return 0;
    const double length = first_length();
    // A start is shorter than the unit that holds it: the shorter that is, the less likely was there one to speak of.
    const double fits = below(std::log(length / priors::kStartSeconds) / priors::kStartDeviation);
    const double none = priors::kStartsAtOnce / (priors::kStartsAtOnce + (1 - priors::kStartsAtOnce) * fits);
    const double u = at(kStart);
    if (u < none) return 0;
    return std::min(priors::kStartSeconds * std::exp(priors::kStartDeviation * noise(fits * (u - none) / (1 - none))), 0.95 * length);
  }

  // What follows the last unit, as long as the start-up lets expect.
  [[nodiscard]] double end_seconds() const {
    if (!o_.program_end) return 0;
    const double start = std::min(o_.start.value_or(start_seconds()), priors::kStartSecondsMost);
    return start * priors::kEndOverStart * std::exp(priors::kEndDeviation * noise(at(kEnd)));
  }

  // Behind the last unit, less what has passed of it: a program that takes longer goes on a little.
  [[nodiscard]] double end_left(bool trains) const {
    const double end = end_seconds();
    return trains ? end : std::max(end - o_.series->since_mark, 0.02 * end);
  }

  [[nodiscard]] double later_factor() const {
    using namespace priors;
    const double u = at(kFirst), size = at(kFirstSize);
    if (u < kFirstMuchLonger) return std::exp(between(std::log(kFirstLongFrom), std::log(kFirstLongTo), size));
    if (u < kFirstMuchLonger + kFirstSlower) return between(1, kFirstSlowerTo, size);
    return std::exp(0.02 * noise(size));
  }

  [[nodiscard]] double level_factor() const { return std::exp(deviation(o_.seconds, priors::kSecondsDrift) * noise(at(kTime))); }

  [[nodiscard]] double watts() const {
    const double unread = std::min(1.0, o_.series->unread / o_.series->now);
    const double dark = o_.single ? 0 : kUnreadDeviation * unread * unread;  // else ramp() says it
    const double level = o_.watts.value * std::exp(std::hypot(deviation(o_.watts, priors::kWattsDrift), dark) * noise(at(kPower)));
    return o_.single ? level * std::max(ramp(), waited()) : level;
  }

  // A unit that lasts far longer than it should stands still, and what has stood still for so long may do so as long again
  // (a Pareto tail: twice as long with one chance in four).
  [[nodiscard]] double standstill() const {
    const double overdue = std::max(0.0, o_.series->since_mark - kOverdue * o_.seconds.value);
    return overdue * (1 / std::sqrt(at(kWaiting)) - 1);
  }

  // Share of the last unit that will not be done.
  [[nodiscard]] double cut() const {
    const double p = std::clamp(o_.plan->last_unit_cut, 0.0, 1.0), u = at(kCut);
    if (u >= p) return 0;
    const double v = std::pow(u / p, 12);  // mostly all of it: it had only begun
    return 1 - 0.6 * v;
  }

  // A drift slows down, goes straight on, or gathers pace (attention grows with the square of a sequence's length).
  [[nodiscard]] double bend() const {
    const double u = at(kBend);
    if (u < kSlowsDown) return u / kSlowsDown;
    const double later = (u - 1 + kGathersPace) / kGathersPace;
    return later > 0 ? 1 + kMostPace * later * later : 1 + 0.12 * noise((u - kSlowsDown) / (1 - kSlowsDown - kGathersPace));
  }

  // A drift that the points allow and do not prove, sometimes.
  [[nodiscard]] double extra_slope() const {
    const double u = at(kBend), chance = o_.seconds.chance;
    if (u >= chance) return 0;
    // Where little speaks for it, noise made it look larger than it is.
    const double likely = u / chance, later = (likely - 1 + kGathersPace) / kGathersPace;
    if (later > 0 && o_.seconds.unproven > 0) return o_.seconds.unproven * (1 + kMostPace * later * later);
    return o_.seconds.unproven * (1.3 * likely + (1 - 1.3 * likely) * chance);
  }

  // How many are to come; the one after a unit that is cut is not.
  [[nodiscard]] double evaluations() const {
    const auto& counts = o_.evaluations.counts;
    double u = at(kCount);
    std::size_t k = 0;
    while (k + 1 < counts.size() && u >= counts[k].weight) u -= counts[k++].weight;
    if (counts.empty()) return 0;
    return std::max(0.0, counts[k].count - (cut() > 0.5 && counts[k].last_at_end ? 1 : 0));
  }
  [[nodiscard]] double evaluation_factor() const { return std::exp(o_.evaluations.deviation * noise(at(kCost))); }

  // Evaluations that nothing announces, relative to the training that is left.
  [[nodiscard]] double late_share() const {
    if (!o_.evaluations.counts.empty() || o_.units_hold_evaluations) return 0;
    const double f = std::clamp(o_.series->done / o_.plan->total, 0.0, 1.0);
    const auto& unseen = o_.plan->unseen_evaluations ? *o_.plan->unseen_evaluations : priors::kUnseenEvaluations;
    double p = o_.evaluations_marked ? unseen.when_marked : priors::kEvaluationsWhenUnmarked;
    if (o_.within_unit) p = std::max(p, priors::kEvaluationsWithinUnit);
    p = p * (1 - f) / (1 - p * f);  // begun by now, had it been going to, with chance f
    const double u = at(kLate);
    if (u >= p) return 0;
    const double later = (1 - f) * (1 - u / p);  // of the run: how much of it follows their beginning
    return unseen.share_most * std::pow(at(kLateCost), unseen.power) * std::pow(later, unseen.delayed) / (1 - f);
  }

  // Stalls go on coming as often as they came, or those seen were all there were.
  [[nodiscard]] double stall_seconds(double units) const {
    if (!o_.evaluations.counts.empty() && !o_.evaluations.marked && o_.evaluations.cost_known) return 0;
    const std::size_t number = o_.seconds.extras.size();
    if (number == 0) return 0;
    double seen = 0;
    for (const auto& extra : o_.seconds.extras) seen += extra.cost;
    const double none = priors::kNoMoreStalls[std::min<std::size_t>(number, 3) - 1], u = at(kStall);
    return u < none ? 0 : seen / o_.series->done * units * 1.6 * (u - none) / (1 - none);
  }

 private:
  [[nodiscard]] double first_length() const {
    const CostSegment& first = o_.series->segments.front();
    return std::max(1e-9, first.end - first.begin);
  }
  // Power to come over that of the only stretch so far. A ramp leads at least to what was seen lately, one time in four only partly;
  // while power still rises, to what a loaded machine draws.
  [[nodiscard]] double ramp() const {
    const Series& s = *o_.series;
    const double u = at(kRamp), seen = o_.watts.value;
    const double partly = std::max(1.0, std::pow(s.settled_watts / seen, std::min(1.0, u / 0.25)));
    if (!s.ramping) return partly;
    const double typical = s.rest_watts * priors::kLoadedOverRest;
    const bool unknown = s.rest_watts <= 0 || s.recent_watts > priors::kReachedShare * typical;  // or near enough to be there
    if (unknown && s.readings < kMeanReadings) return s.recent_watts / seen * std::exp(0.06 * noise(u));  // a moment of it, not its mean
    const double deviation = (unknown ? 0.1 : priors::kLoadedOverRestDeviation) * noise(u);
    const double loaded = unknown ? s.recent_watts * (1 + std::max(0.0, deviation)) : typical * std::exp(deviation);
    return std::clamp(loaded, s.recent_watts, 6 * s.recent_watts) / seen;
  }
  // Power of training over the mean of a first unit that was somewhat longer because the machine waited.
  [[nodiscard]] double waited() const {
    const double u = at(kWaiting), factor = later_factor();
    if (factor < 1 || factor > priors::kFirstSlowerTo) return 1;
    const double then = priors::kSlowerPowerLeast + (1 - priors::kSlowerPowerLeast) * u * u;
    return factor / (1 + then * (factor - 1));
  }
  [[nodiscard]] double at(Coordinate coordinate) const { return lattice_.at(index_, coordinate); }
  [[nodiscard]] double deviation(const Level& level, double drift) const {
    const double left = std::clamp(1 - o_.series->done / o_.plan->total, 0.0, 1.0);
    const double few = 0.03 / static_cast<double>(level.used);
    const double changes = drift * drift + level.wander * level.wander;
    const double own = std::max(level.deviation * level.deviation, level.scatter * level.scatter / points_left(level));
    const double all = std::sqrt((level.deviation * level.deviation + own) * widened(level.used) + level.doubt * level.doubt + few * few + changes * left);
    return std::min(all, kMostDeviation);
  }
  // What is to come wavers as what was seen does: so many points of the usual length are left.
  [[nodiscard]] double points_left(const Level& level) const {
    return std::max(1.0, (o_.plan->total - o_.series->done) / std::max(1e-9, level.units_each));
  }
  // A scatter of few points is itself unsure: the 95 % point of Student's t over the normal one (within 2 %), squared.
  static double widened(std::size_t points) {
    const double degrees = std::max(1.0, static_cast<double>(points) - 1), factor = 1 + 1 / degrees + 1.84 / (degrees * degrees * degrees);
    return factor * factor;
  }

  const Outlook& o_;
  const Lattice& lattice_;
  std::size_t index_;
};

struct One {
  double seconds, joules, weight;
};

// What of the current unit has passed already is taken off; a unit that takes longer than it should ends soon.
double left_of_training(double training, double level, double since_mark) {
  const double left = training - since_mark;
  return std::max(left, training - 0.98 * level);
}

One draw_one(const Outlook& o, const Draw& draw) {
  const double units = std::max(0.0, o.plan->total - o.series->done - draw.cut());
  const double scale = draw.level_factor() / draw.first_factor();
  const double level = o.seconds.value * scale, bend = draw.bend();
  const double whole = units > 0 ? o.seconds.integral(units, bend, draw.extra_slope()) * scale : 0;
  const double since = o.series->since_mark;
  const double training = units > 0 ? std::max(0.0, left_of_training(whole, std::min(level, whole), since)) : 0;
  const double count = draw.evaluations(), cost = draw.evaluation_factor() / (o.evaluations.cost_known ? 1 : draw.first_factor());
  const double running = o.evaluations.seconds > 0 ? std::min(o.series->evaluating / o.evaluations.seconds, 1.0) : 0;
  const double evaluations = std::max(0.0, count - running) * cost;
  const double extra = training * draw.late_share() + draw.stall_seconds(units) + draw.end_left(units > 0);
  const double mean_watts = units > 0 ? o.watts.integral(units, std::min(bend, 1.2)) / (units * o.watts.value) : 1;
  One one;
  const double standstill = units > 0 ? draw.standstill() : 0;
  one.seconds = training + extra + standstill + evaluations * o.evaluations.seconds;
  const double watts = draw.watts();
  const double unread = o.single ? std::max(0.0, watts - o.watts.value) * std::min(o.series->unread, o.series->now) : 0;
  const double evaluation_joules = o.evaluations.cost_known ? o.evaluations.joules : o.evaluations.seconds * watts;
  one.joules = unread + standstill * o.series->unread_watts + (training + extra) * watts * mean_watts + evaluations * evaluation_joules;
  // A short unit cannot be told from a long one that still runs: draws that the time since the last mark speaks against weigh little.
  one.weight = since > 1.25 * level ? 0.05 : 1;
  return one;
}

}  // namespace

Totals predict(const Outlook& outlook) {
  static const Lattice lattice;
  std::vector<double> seconds, joules, weights;
  for (auto* each : {&seconds, &joules, &weights}) each->reserve(kDraws);
  for (std::size_t i = 0; i < kDraws; ++i) {
    const One one = draw_one(outlook, Draw(outlook, lattice, i));
    seconds.push_back(outlook.series->now + one.seconds);
    joules.push_back(outlook.series->joules + one.joules);
    weights.push_back(one.weight);
  }
  return {Distribution(seconds, weights), Distribution(joules, weights)};
}

}  // namespace carbontracker
