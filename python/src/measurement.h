#pragma once
// What a tracker in Python holds: a session of its own, a line to the wrapper it runs under, or (a rank that another speaks for)
// nothing. No member needs the GIL but those that give Python objects.

#include <nanobind/nanobind.h>

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "cli/grid_thread.h"
#include "launch/mark_socket.h"
#include "tracker/session.h"

namespace carbontracker::python {

struct MeasurementOptions {
  std::string name, project, place, output;
  std::string resume;   // a run in the store to go on with, by id or name; empty: none
  std::string run_id;   // the id to take, where several nodes share one run; empty: a new one. Taken already: id.2, id.3, …
  int attempt = 0;      // which of the run this is; 0: the scheduler's count
  std::string gpus_of;  // "rank1": only the GPUs, as a part of the run of this name; empty: the machine
  std::optional<std::string> visible;  // CUDA_VISIBLE_DEVICES to go by instead of this process's; "all": none is set
  std::map<std::string, std::string> tags;
  std::optional<double> pue;
  double epochs = 0;
  bool keep = true, silent = false;
  std::vector<std::string> command;  // of the program, where it has one; secrets are masked before it is kept
};

// A copy of it in a forked process is dead: it does nothing and touches no lock, and its destructor leaves all as it is.
class Measurement {
 public:
  // Raises carbontracker.InvalidInput for options that make no sense.
  explicit Measurement(MeasurementOptions options);
  ~Measurement();
  Measurement(const Measurement&) = delete;
  Measurement& operator=(const Measurement&) = delete;

  // A value of a metric, and the rule by which the training stops early.
  void metric(const std::string& name, double value);
  void follow(MetricRule rule);
  // A provider is asked about the grid from now on, as `run --live` does. Once; nothing where this process does not measure, or has ended.
  void ask_live(cli::GridThreadRequest asking);
  void mark(MarkKind kind, const std::string& name, double done, double of, const std::string& unit);
  [[nodiscard]] bool alive() const;                    // false in a forked child
  [[nodiscard]] bool attached() const { return wrapper_ != nullptr; }
  [[nodiscard]] bool measuring() const { return session_ != nullptr; }
  [[nodiscard]] const std::string& id() const { return id_; }
  [[nodiscard]] bool kept() const;

  // Inside a wrapper these are of the wrapper's run, waited for at most 0.25 s; None, "{}" or "" where there is nobody to ask.
  [[nodiscard]] nanobind::object snapshot() const;
  [[nodiscard]] std::optional<double> joules() const;  // the total so far
  // The counted channels as tuples (name, domain, label or None, joules or None, joules of the run's own processes): at little
  // cost, and inside a wrapper the wrapper's. `patience` (s): from readings taken now, waited for so long. `at`: up to this moment of
  // CLOCK_MONOTONIC in ns, 0: up to now. None where there is nobody to ask.
  [[nodiscard]] nanobind::object channels(std::optional<double> patience, std::int64_t at) const;
  [[nodiscard]] nanobind::object forecast() const;     // None where there is none
  [[nodiscard]] nanobind::object forecast_reason() const;  // str
  [[nodiscard]] std::string report() const;            // JSON
  [[nodiscard]] std::string summary() const;           // the text of at most eight lines
  [[nodiscard]] nanobind::list troubles() const;
  // Ends it; later calls, and the figures, give the same again. The wrapper's run goes on.
  std::string finish(std::optional<int> exit_code);

 private:
  [[nodiscard]] std::optional<RunRecord> record() const;
  [[nodiscard]] std::optional<std::vector<ChannelBrief>> brief(std::optional<double> patience, std::int64_t at) const;
  [[nodiscard]] bool finished() const;
  [[nodiscard]] std::optional<std::string> told(AskFor what) const;
  std::string part_with_wrapper();
  unsigned generation_;
  std::unique_ptr<Session> session_;
  std::unique_ptr<cli::GridThread> grid_;  // goes before the session
  std::unique_ptr<MarkSender> wrapper_;
  std::string id_;
  mutable std::mutex mutex_;             // what follows
  std::optional<RunRecord> finished_;
  std::map<AskFor, std::optional<std::string>> last_told_;  // by the wrapper, when ours ended
};

}  // namespace carbontracker::python
