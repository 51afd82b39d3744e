#include "advice/split.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace carbontracker {
namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();
constexpr std::size_t kMostSlots = 768;


struct Slots {
  Seconds length{};
  std::size_t count = 0, work = 0, least = 0;  // in the window, of the work (rounded up), of a piece
};

Slots slots_of(const PlanWindow& window, Seconds duration) {
  const Seconds room = window.deadline - window.from;
  Slots out;
  out.length = std::max({Seconds(600), window.shortest_piece / 2, room / static_cast<double>(kMostSlots)});
  out.length = duration / std::ceil(duration / out.length);  // the work is a whole number of slots
  out.count = static_cast<std::size_t>(std::floor(room / out.length + 1e-9));
  out.work = static_cast<std::size_t>(std::lround(duration / out.length));
  out.least = std::clamp<std::size_t>(static_cast<std::size_t>(std::ceil(window.shortest_piece / out.length - 1e-9)), 1, out.work);
  return out;
}

// Least cost of finishing, by slot, slots done and state; running states carry how long the piece is (1..least).
class Programme {
 public:
  Programme(std::vector<double> cost, const Slots& slots, double idle_share)
      : cost_(std::move(cost)), slots_(slots), idle_(idle_share), states_(slots.least + 2), rows_((slots.count + 1) * (slots.work + 1) * states_, kNever) {
    for (std::size_t slot = slots.count + 1; slot-- > 0;)
      for (std::size_t done = 0; done <= slots.work; ++done)
        for (std::size_t state = 0; state < states_; ++state) at(slot, done, state) = best(slot, done, state).cost;
  }

  // Whether the work runs in each slot, following the least cost from the first slot.
  [[nodiscard]] std::vector<bool> runs() const {
    std::vector<bool> out;
    std::size_t done = 0, state = 0;
    for (std::size_t slot = 0; slot < slots_.count && done < slots_.work; ++slot) {
      const Step step = best(slot, done, state);
      out.push_back(step.runs);
      done += step.runs;
      state = step.state;
    }
    return out;
  }

 private:
  struct Step {
    double cost = kNever;
    bool runs = false;
    std::size_t state = 0;  // 0 waiting, 1 paused, 1 + n running for n slots
  };
  [[nodiscard]] const double& at(std::size_t slot, std::size_t done, std::size_t state) const { return rows_[(slot * (slots_.work + 1) + done) * states_ + state]; }
  double& at(std::size_t slot, std::size_t done, std::size_t state) { return rows_[(slot * (slots_.work + 1) + done) * states_ + state]; }

  [[nodiscard]] Step best(std::size_t slot, std::size_t done, std::size_t state) const {
    if (done == slots_.work) return {0, false, state};
    if (slot >= slots_.count || slots_.work - done > slots_.count - slot) return {};
    const std::size_t run = state < 2 ? 2 : std::min(state + 1, slots_.least + 1);
    Step out{cost_[slot] + at(slot + 1, done + 1, run), true, run};
    const bool may_rest = state < 2 || state == slots_.least + 1;
    if (!may_rest) return out;
    const std::size_t rest = state == 0 ? 0 : 1;
    const double cost = (rest == 1 ? idle_ * cost_[slot] : 0) + at(slot + 1, done, rest);
    return cost < out.cost * (1 - 1e-12) ? Step{cost, false, rest} : out;
  }

  std::vector<double> cost_;
  Slots slots_;
  double idle_;
  std::size_t states_;
  std::vector<double> rows_;
};

WallTime slot_start(const PlanWindow& window, const Slots& slots, std::size_t slot) {
  return window.from + std::chrono::round<WallTime::duration>(slots.length * static_cast<double>(slot));
}

Split split_of(const std::vector<bool>& runs, const PlanWindow& window, const Slots& slots) {
  Split out;
  const auto first = static_cast<std::size_t>(std::find(runs.begin(), runs.end(), true) - runs.begin());
  out.start = slot_start(window, slots, first);
  out.end = slot_start(window, slots, runs.size());
  for (std::size_t i = first; i < runs.size(); ++i) {
    if (runs[i]) continue;
    std::size_t end = i;
    while (end < runs.size() && !runs[end]) ++end;
    out.pauses.push_back({slot_start(window, slots, i), slot_start(window, slots, end)});
    i = end;
  }
  return out;
}

}  // namespace

std::optional<Split> best_split(const HourlyCost& cost, const PlanWindow& window, Seconds duration) {
  if (duration <= window.shortest_piece) return std::nullopt;  // one piece: and slots as short as that would be without number
  const Slots slots = slots_of(window, duration);
  if (slots.count <= slots.work) return std::nullopt;
  std::vector<double> costs;
  for (std::size_t i = 0; i < slots.count; ++i) costs.push_back(cost.integral(slot_start(window, slots, i), slot_start(window, slots, i + 1)).middle);
  const Programme programme(std::move(costs), slots, window.idle_share);
  return split_of(programme.runs(), window, slots);
}

}  // namespace carbontracker
