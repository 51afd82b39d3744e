#pragma once
// All counter arithmetic: two readings and a subtraction. Ticks stay integers until subtracted.

#include <cstdint>
#include <optional>

#include "hardware/energy_source.h"

namespace carbontracker {

enum class StepKind {
  forward,      // counted on
  wrapped,      // passed its modulus once
  reset,        // stepped back and cannot have wrapped: driver reload, resume; the reading is a new baseline
  implausible,  // more energy than the device can take in the time; the reading is a new baseline
};

struct CounterStep {
  StepKind kind = StepKind::forward;
  Joules energy{};  // 0 unless forward or wrapped
  [[nodiscard]] constexpr bool counted() const { return kind == StepKind::forward || kind == StepKind::wrapped; }
};

// Energy between two readings `elapsed` apart. `cap` is the most the device can draw: a step back is a wrap only if the
// energy it would mean stays under it (reference: kernel powercap documentation for the modulus; the cap rule is ours).
// The value may be up to one refresh old at either end, so callers pass elapsed + refresh.
[[nodiscard]] constexpr CounterStep counter_step(const Counter& counter, std::uint64_t before, std::uint64_t now,
                                                 Seconds elapsed, Watts cap) {
  const Joules most = cap * elapsed;
  if (now >= before) {
    const Joules energy = counter.per_tick * static_cast<double>(now - before);
    return energy <= most ? CounterStep{StepKind::forward, energy} : CounterStep{StepKind::implausible, {}};
  }
  if (counter.wrap <= before) return {StepKind::reset, {}};  // no modulus, or a reading beyond it
  const Joules energy = counter.per_tick * static_cast<double>(counter.wrap - before + now);
  return energy <= most ? CounterStep{StepKind::wrapped, energy} : CounterStep{StepKind::reset, {}};
}

// How long two readings may be apart before more than one wrap could hide between them; empty: for ever.
[[nodiscard]] constexpr std::optional<Seconds> longest_unambiguous(const Counter& counter, Watts cap) {
  if (counter.wrap == 0) return std::nullopt;
  return Seconds(counter.per_tick.value() * static_cast<double>(counter.wrap) / cap.value());
}

// The most a device of this domain can plausibly draw where the channel does not say.
[[nodiscard]] Watts plausible_power(const Channel& channel);

}  // namespace carbontracker
