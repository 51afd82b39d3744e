#pragma once
// The writer: keeps the run on disk from a thread of its own, so that no disk ever holds up the run or the meter.

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "storage/journal.h"

namespace carbontracker {

class Keeper {
 public:
  struct Plan {
    std::string home;             // empty: nothing is kept
    std::string output;           // -o FILE; empty: none
    Seconds output_every{};       // 0: only at the end
  };
  // `fill` brings the record up to date (any thread); `render` makes the text of the output file from it.
  Keeper(Plan plan, RunRecord record, std::function<void(RunRecord&)> fill, std::function<std::string(const RunRecord&)> render);
  ~Keeper();

  void start();
  // The last flush, on the calling thread (the writer's is not waited for, but for a flush that is under way); returns the record as kept.
  RunRecord finish(std::optional<int> exit_code);
  // What could not be written, each thing once, in the order met.
  [[nodiscard]] std::vector<Error> troubles() const;
  [[nodiscard]] bool kept() const;

 private:
  void run();
  void flush(bool output);
  void trouble(const Error& error);

  const Plan plan_;
  std::function<void(RunRecord&)> fill_;
  std::function<std::string(const RunRecord&)> render_;
  mutable std::mutex mutex_;      // troubles_, stopping_, kept_
  std::condition_variable wake_;
  bool stopping_ = false, kept_ = false;
  std::vector<Error> troubles_;
  std::mutex writing_;            // record_ and journal_: held through a flush
  RunRecord record_;
  std::unique_ptr<JournalWriter> journal_;
  std::thread thread_;
};

}  // namespace carbontracker
