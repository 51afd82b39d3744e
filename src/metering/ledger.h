#pragma once
// The account of a run: energy by channel, minute and region. Readings go in from the sampler's threads, snapshots come out.
// Every member may be called from any thread; each holds one short lock.

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>

#include "metering/activity_book.h"
#include "metering/meter.h"
#include "metering/region_book.h"
#include "metering/snapshot.h"

namespace carbontracker {

using SourceId = std::size_t;

class Ledger {
 public:
  Ledger(Instant began, WallTime wall);

  // --- from the sampler ---
  // Channels of one source; a gauge that stands in for a counter of this or an earlier source is joined to it.
  SourceId attach(std::span<const Channel> channels);
  void add(SourceId source, Instant at, std::span<const Reading> readings);
  // Channels outside the run's scope (a GPU it does not use) are measured and shown, but not summed.
  void set_scope(SourceId source, std::span<const char> in_scope);
  // Attribution of what was measured since the last call: processor-side channels by time of the tree over busy time.
  void attribute_cpu(const CpuUsage& usage);
  // ... and one channel (a GPU) by its own share, 0 to 1.
  void attribute(SourceId source, std::size_t channel, double share, Instant at);
  void observe(SourceId source, std::size_t channel, const Activity& seen, Instant at);
  void resumed(Seconds slept);
  void refused(const std::string& backend, const Error& error);
  // How the sampler should read: whether a region's edge waits for this source's next tick, how often then, and so on.
  struct Demand {
    bool edge_open = false;       // an edge is open for a channel of this source
    Seconds tick{};               // longest refresh among its ticking channels with an open edge; 0: none ticks
    Seconds poll{};               // how far apart to read for them
    bool standing_in = false;     // a gauge of it stands in for a failing counter
    double sampling_error = 0;    // worst relative 1.96 sigma of its headline gauges, from sampling alone
  };
  [[nodiscard]] Demand demand(SourceId source, Instant now) const;

  // --- from the run ---
  RegionId begin_region(const std::string& name, const std::string& parent, Instant at);
  void end_region(RegionId region, Instant at);
  // What was taken for its end is where it began: it runs again.
  void begin_region_where_it_ended(RegionId region);
  // Ends the account; later readings only settle what is open.
  void finish(Instant at);
  // Whether every edge up to the end has met its tick (false: the snapshot extrapolates a little).
  [[nodiscard]] bool settled() const;
  // Called, without the lock, when an edge wants the sampler awake. Set before the threads start.
  void on_edge(std::function<void()> wake) { wake_ = std::move(wake); }

  [[nodiscard]] Snapshot snapshot(Instant now) const;
  // The headline channels alone, up to `at`: a fraction of the work of a snapshot, which has every region.
  [[nodiscard]] std::vector<ChannelBrief> brief(Instant at) const;
  // Has the sensors read, as a region's edge does, and keeps nothing: when met() says so, figures up to `at` are settled.
  [[nodiscard]] std::shared_ptr<const Edge> touch(Instant at);
  [[nodiscard]] bool met(const Edge& edge) const;
  // Headline energy up to `at` as far as is known now.
  [[nodiscard]] Joules energy_until(Instant at) const;
  // Whole minutes (after finish: the last part too) that have been settled since the last call.
  [[nodiscard]] std::vector<Minute> take_minutes();
  [[nodiscard]] Instant began() const { return began_; }

 private:
  struct Slot {              // one channel
    std::unique_ptr<Meter> meter;
    int stands_in_for = -1;  // slot whose counter this gauge replaces, else -1
    bool in_scope = true;
    std::optional<CurvePoint> start;  // where the run began, or the channel's first knot where that is later
    Joules run{}, attributed{};       // attributed: of the curve, shared out so far
    Seconds tree{}, busy{};           // processor time since then, the run's and everyone's
    double share = 0;
    bool has_share = false;
    SourceId source = 0;
  };
  [[nodiscard]] bool headline(const Slot& slot) const;
  void settle_start(Slot& slot, Instant now);
  void settle(Instant now);
  void open_minutes(Instant now);
  void close_minute(const Edge& end, std::int64_t number);
  static void share_out(Slot& slot, double share, Instant at);
  static void share_out(Slot& slot, const CpuUsage& usage);
  [[nodiscard]] Joules run_part(const Slot& slot, Joules counted) const;
  [[nodiscard]] ChannelTotal total_of(const Slot& slot, std::size_t index, Instant now) const;
  [[nodiscard]] CurvePoint end_point(std::size_t index, Instant now) const;
  void add_run_share(Snapshot& snapshot) const;
  [[nodiscard]] RegionTotal region_total(const Region& region, Instant now) const;

  mutable std::mutex mutex_;
  const Instant began_;
  const WallTime wall_;
  std::vector<Slot> slots_;
  std::vector<std::pair<std::size_t, std::size_t>> sources_;  // first slot, count
  RegionBook book_;
  std::vector<Gap> refusals_;
  Seconds suspended_{};
  std::shared_ptr<Edge> end_;
  bool have_usage_ = false;
  bool whole_module_ = false;  // a superchip's GPU figure counts the processors too
  Seconds idle_time_{};
  Joules idle_energy_{}, idle_mark_{};

  std::int64_t minute_ = 0;                      // the next to be opened
  std::deque<std::shared_ptr<Edge>> minute_ends_;
  Instant minute_start_;
  std::vector<CurvePoint> minute_start_points_;
  std::vector<Minute> minutes_;
  ActivityBook activity_;
  std::function<void()> wake_;
};

}  // namespace carbontracker
