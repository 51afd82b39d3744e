#include "tracker/keeper.h"

#include <algorithm>

#include "base/files.h"
#include "base/thread.h"

namespace carbontracker {
namespace {

constexpr std::chrono::seconds kFlushEvery{5};
constexpr std::size_t kMostUnwritten = 2880;  // minutes held while a disk is full: two days

}  // namespace

Keeper::Keeper(Plan plan, RunRecord record, std::function<void(RunRecord&)> fill, std::function<std::string(const RunRecord&)> render)
    : plan_(std::move(plan)), fill_(std::move(fill)), render_(std::move(render)), record_(std::move(record)) {}

Keeper::~Keeper() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Keeper::start() {
  auto started = start_thread("the writer", [this] { run(); });
  if (started) thread_ = std::move(*started);
  else trouble(started.error());  // finish() still writes
}

void Keeper::trouble(const Error& error) {
  const std::lock_guard lock(mutex_);
  const bool known = std::any_of(troubles_.begin(), troubles_.end(), [&](const Error& e) { return e.what == error.what; });
  if (!known) troubles_.push_back(error);
}

void Keeper::flush(bool output) {
  fill_(record_);
  Segment& segment = record_.segments.front();
  if (!plan_.home.empty() && !journal_) {
    auto created = JournalWriter::create(plan_.home, record_, segment);
    if (created) journal_ = std::move(*created);
    else trouble(created.error());
  }
  if (journal_) {
    const auto flushed = journal_->flush(segment);
    if (!flushed) trouble(flushed.error());
    const std::lock_guard lock(mutex_);
    kept_ = flushed.has_value();
  }
  // The newest minute is all that a later flush may need again; what is on disk does not stay in memory as well.
  if ((journal_ && kept()) || plan_.home.empty() || segment.minutes.size() > kMostUnwritten) {
    segment.minutes.erase(segment.minutes.begin(), segment.minutes.end() - std::min<std::ptrdiff_t>(1, std::ssize(segment.minutes)));
  }
  if (output && !plan_.output.empty()) {
    if (const auto written = write_file_atomically(plan_.output, render_(record_)); !written) trouble(written.error());
  }
}

void Keeper::run() {
  using Steady = std::chrono::steady_clock;
  const auto output_every = std::chrono::duration_cast<Steady::duration>(plan_.output_every);
  auto next_flush = Steady::now();
  auto next_output = output_every.count() > 0 ? Steady::now() + output_every : Steady::time_point::max();
  for (;;) {
    const auto now = Steady::now();
    const bool output = now >= next_output;
    if (now >= next_flush || output) {
      const std::lock_guard writing(writing_);
      {
        const std::lock_guard lock(mutex_);
        if (stopping_) return;
      }
      flush(output);
    }
    if (now >= next_flush) next_flush = now + kFlushEvery;
    if (output) next_output = now + output_every;
    std::unique_lock lock(mutex_);
    wake_.wait_until(lock, std::min(next_flush, next_output), [this] { return stopping_; });
    if (stopping_) return;
  }
}

RunRecord Keeper::finish(std::optional<int> exit_code) {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  const std::lock_guard writing(writing_);
  record_.exit_code = exit_code;
  record_.state = RunState::finished;
  flush(true);
  if (journal_) {
    const auto finished = journal_->finish(record_.segments.front(), RunState::finished, exit_code);
    if (!finished) trouble(finished.error());
    const std::lock_guard lock(mutex_);
    kept_ = finished.has_value();
  }
  return record_;
}

std::vector<Error> Keeper::troubles() const {
  const std::lock_guard lock(mutex_);
  return troubles_;
}

bool Keeper::kept() const {
  const std::lock_guard lock(mutex_);
  return kept_;
}

}  // namespace carbontracker
