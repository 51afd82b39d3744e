#pragma once
// When a source is to be read next. The period belongs to the source, not to the user. Pure: told what happened, says when.

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/clock.h"
#include "hardware/energy_source.h"
#include "metering/ledger.h"

namespace carbontracker {

// Gauges: 10 Hz, the interval jittered by +-25 % so that no wave hides behind the sampling; 40 Hz while the power swings and
// sampling still leaves more than 0.4 % open, so that a short run is as true as a long one.
// Counters: once a second (some cards lose energy when asked every 100 ms), plus one short burst of reads, a tenth of a
// refresh apart, when a region's edge waits for the next tick. Bursts are rationed: five at once, then one a second.
class Cadence {
 public:
  static constexpr Seconds kGaugePeriod{0.1}, kSwingingPeriod{0.025}, kCounterPeriod{1.0};

  Cadence(std::span<const Channel> channels, Instant now, std::uint64_t seed);

  // After a read at `at`: when the next is due. `last` is true at the end of the run, when no burst is refused.
  [[nodiscard]] Instant after_read(Instant at, std::span<const Reading> readings, const Ledger::Demand& demand, bool last);
  // A region's edge: when to read for it, at once or as soon as a read would tell something new; nothing where the next
  // regular read is soon enough (a ticking counter whose bursts are used up, a gauge that only stands in).
  [[nodiscard]] std::optional<Instant> edge_due(Instant now);

 private:
  [[nodiscard]] Seconds jittered(Seconds period);
  [[nodiscard]] bool swings(std::span<const Reading> readings);
  [[nodiscard]] bool has_token(Instant at);

  bool has_gauge_ = false;      // of its own
  bool has_ticking_ = false, has_smooth_counter_ = false;
  bool only_stand_ins_ = true;
  std::vector<double> watts_;   // last, by channel
  std::optional<Instant> swung_;
  Instant last_read_;
  double tokens_ = 5;
  Instant tokens_at_;
  bool bursting_ = false;
  Instant burst_began_{};
  std::uint64_t random_;
};

}  // namespace carbontracker
