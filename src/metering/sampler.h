#pragma once
// The threads that measure: one for the kernel's files, one for each vendor library. Nothing here can end, block or slow the run.

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "hardware/backend.h"
#include "metering/source_loop.h"

namespace carbontracker {

// What a look at /proc gives: processor time since the last look, and who belongs to the run now.
struct ProcessLook {
  CpuUsage usage;
  std::vector<int> pids;
};

class Sampler {
 public:
  // `look`: called once a second on the sampler's thread, and at the end; may be empty.
  Sampler(std::shared_ptr<Ledger> ledger, const Clock& clock, Host host, std::function<std::optional<ProcessLook>()> look);
  ~Sampler();

  // Takes the baseline of `sources` at once, on the calling thread, then goes on reading on its own.
  void start(std::vector<std::unique_ptr<EnergySource>> sources);
  // Opens vendor libraries, each on a thread of its own; a refusal that is not simply "not there" goes into the ledger.
  void start_vendors(std::span<const Backend* const> backends);
  // Ends the account at `end` and waits, for `patience` at most, until the counters' last ticks are in. Vendor threads are
  // told to end and left alone: a hung driver must not hold up the exit. The last readings are taken on the calling thread, and
  // no thread is waited for: on a busy machine each switch costs a millisecond.
  void finish(Instant end, Seconds patience);

 private:
  struct Shared;
  static void run_vendor(std::shared_ptr<Shared> shared, const Backend* backend, std::size_t index);
  void run();
  void look_at_processes();
  void notice_suspend();

  std::shared_ptr<Ledger> ledger_;
  const Clock& clock_;
  std::function<std::optional<ProcessLook>()> look_;
  SourceLoop loop_;                        // of whoever has entered (Shared::enter): the sampler's thread, and at the end the finisher
  std::shared_ptr<Shared> shared_;
  Instant next_look_{};
  std::chrono::nanoseconds boot_offset_{};
  std::thread thread_;
};

}  // namespace carbontracker
