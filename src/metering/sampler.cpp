#include "metering/sampler.h"

#include <algorithm>

#include "base/thread.h"

namespace carbontracker {
namespace {

constexpr auto kLookEvery = std::chrono::seconds(1);
constexpr Seconds kSuspend{0.5};          // a lead of the boot clock beyond this is a suspend, not noise

}  // namespace

// What the threads have in common; outlives the sampler while an abandoned vendor thread still holds it.
struct Sampler::Shared {
  std::shared_ptr<Ledger> ledger;
  const Clock& clock;
  Host host;
  std::mutex mutex;
  std::condition_variable changed;
  std::condition_variable freed;      // `reading` fell: of its own, so that no thread of a vendor wakes for it
  std::uint64_t edges = 0;          // regions' edges so far: whoever has seen fewer reads at once
  bool ending = false, stopped = false;
  bool reading = false;             // somebody is in the loop of the kernel's sources
  std::vector<int> pids;
  std::uint64_t pids_version = 0;
  std::vector<std::string> unopened;  // vendor libraries that have not answered yet

  void edge() {
    {
      const std::lock_guard lock(mutex);
      ++edges;
    }
    changed.notify_all();
  }
  // One at a time in the loop of the kernel's sources. False where it does not come free until then: a sensor file that hangs.
  bool enter(std::chrono::steady_clock::time_point until) {
    std::unique_lock lock(mutex);
    if (!freed.wait_until(lock, until, [this] { return !reading; })) return false;
    reading = true;
    return true;
  }
  void leave() {
    {
      const std::lock_guard lock(mutex);
      reading = false;
    }
    freed.notify_one();
  }
  // Sleeps until `due`, an edge beyond `seen`, or the end. Returns whether there was an edge.
  bool wait(Instant due, std::uint64_t& seen) {
    std::unique_lock lock(mutex);
    changed.wait_until(lock, std::chrono::time_point_cast<std::chrono::steady_clock::duration>(due),
                       [&] { return stopped || edges != seen; });
    const bool edge = edges != seen;
    seen = edges;
    return edge;
  }
};

Sampler::Sampler(std::shared_ptr<Ledger> ledger, const Clock& clock, Host host, std::function<std::optional<ProcessLook>()> look)
    : ledger_(std::move(ledger)), clock_(clock), look_(std::move(look)), loop_(ledger_, clock),
      shared_(new Shared{ledger_, clock, std::move(host), {}, {}, {}, 0, false, false, false, {}, 0, {}}),
      boot_offset_(clock.since_boot() - clock.now().time_since_epoch()) {
  ledger_->on_edge([shared = std::weak_ptr<Shared>(shared_)] {
    if (const auto alive = shared.lock()) alive->edge();
  });
}

Sampler::~Sampler() {
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->stopped = true;
  }
  shared_->changed.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Sampler::start(std::vector<std::unique_ptr<EnergySource>> sources) {
  for (auto& source : sources) loop_.add(std::move(source));
  loop_.step(false);
  next_look_ = clock_.now() + kLookEvery;
  auto started = start_thread("the sampler", [this] { run(); });
  if (started) thread_ = std::move(*started);
  else ledger_->refused("sampler", started.error());  // read at the beginning and at the end alone
}

void Sampler::notice_suspend() {
  const auto offset = clock_.since_boot() - clock_.now().time_since_epoch();
  const Seconds slept(offset - boot_offset_);
  if (slept < kSuspend) return;
  boot_offset_ = offset;
  ledger_->resumed(slept);
}

void Sampler::look_at_processes() {
  if (!look_) return;
  const auto seen = look_();
  if (!seen) return;
  ledger_->attribute_cpu(seen->usage);
  const std::lock_guard lock(shared_->mutex);
  if (shared_->pids == seen->pids) return;
  shared_->pids = seen->pids;
  ++shared_->pids_version;
}

void Sampler::run() {
  std::uint64_t seen = 0;
  bool edge = false;
  for (;;) {
    notice_suspend();
    bool last = false;
    {
      const std::lock_guard lock(shared_->mutex);
      if (shared_->stopped) return;
      last = shared_->ending;
    }
    if (!shared_->enter(std::chrono::steady_clock::time_point::max())) return;
    Instant due = loop_.step(edge, last);
    shared_->leave();
    const Instant now = clock_.now();
    if (now >= next_look_ && !last) {
      next_look_ = now + kLookEvery;
      look_at_processes();
    }
    due = std::min(due, next_look_);
    if (last && !ledger_->settled()) due = std::min(due, now + std::chrono::milliseconds(5));
    if (last) shared_->changed.notify_all();
    edge = shared_->wait(due, seen);
  }
}

void Sampler::run_vendor(std::shared_ptr<Shared> shared, const Backend* backend, std::size_t index) {
  std::vector<Error> notes;
  auto opened = backend->open(shared->host, shared->clock, notes);
  {
    const std::lock_guard lock(shared->mutex);
    shared->unopened[index].clear();
    if (shared->stopped) return;
  }
  for (const Error& note : notes) shared->ledger->refused(std::string(backend->name), note);
  if (!opened) {
    if (opened.error().code != Errc::not_found) shared->ledger->refused(std::string(backend->name), opened.error());
    return;
  }
  SourceLoop loop(shared->ledger, shared->clock);
  for (auto& source : *opened) loop.add(std::move(source));
  std::uint64_t seen = 0, version = 0;
  bool edge = false;
  for (Instant next_look = shared->clock.now();;) {
    bool last = false;
    std::vector<int> pids;
    {
      const std::lock_guard lock(shared->mutex);
      if (shared->stopped) return;
      last = shared->ending;
      pids = shared->pids;
      version = shared->pids_version;
    }
    if (shared->clock.now() >= next_look && version > 0 && !last) {
      loop.attribute(pids);
      next_look = shared->clock.now() + kLookEvery;
    }
    Instant due = loop.step(edge, last);
    if (last && !shared->ledger->settled()) due = std::min(due, shared->clock.now() + std::chrono::milliseconds(5));
    if (last) shared->changed.notify_all();
    edge = shared->wait(due, seen);
  }
}

void Sampler::start_vendors(std::span<const Backend* const> backends) {
  for (const Backend* backend : backends) {
    std::size_t index = 0;
    {
      const std::lock_guard lock(shared_->mutex);
      index = shared_->unopened.size();
      shared_->unopened.emplace_back(backend->name);
    }
    auto started = start_thread(backend->name, [shared = shared_, backend, index] { run_vendor(shared, backend, index); });
    if (started) {
      started->detach();
      continue;
    }
    ledger_->refused(std::string(backend->name), started.error());
    const std::lock_guard lock(shared_->mutex);
    shared_->unopened[index].clear();
  }
}

void Sampler::finish(Instant end, Seconds patience) {
  look_at_processes();
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->ending = true;
  }
  ledger_->finish(end);
  const auto until = std::chrono::steady_clock::now() + std::chrono::duration_cast<std::chrono::nanoseconds>(patience);
  if (shared_->enter(until)) {
    (void)loop_.step(true, true);
    shared_->leave();
  }
  std::unique_lock lock(shared_->mutex);
  shared_->changed.wait_until(lock, until, [this] { return ledger_->settled(); });
  for (const std::string& name : shared_->unopened) {
    if (!name.empty()) ledger_->refused(name, {Errc::timeout, "the library did not answer while the run lasted", "carbontracker sources"});
  }
  shared_->stopped = true;
  lock.unlock();
  shared_->changed.notify_all();
}

}  // namespace carbontracker
