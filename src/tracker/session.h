#pragma once
// One measured run on this machine, from start to report: sensors, ledger, place, forecast and what is kept, tied together.
// The wrapper, the C++ interface and the Python binding are all thin layers over this.

#include <algorithm>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/host.h"
#include "carbon/beyond.h"
#include "hardware/backend.h"
#include "metering/sampler.h"
#include "tracker/grid_book.h"
#include "tracker/history.h"
#include "tracker/keeper.h"
#include "tracker/metric_book.h"
#include "tracker/process_watch.h"
#include "tracker/progress_book.h"

namespace carbontracker {

struct SessionOptions {
  std::string name, project;
  std::map<std::string, std::string> tags;
  std::vector<std::string> command;
  std::string directory;
  std::string place, place_from;      // as the user gave it; empty: looked for on the machine
  std::optional<double> pue;
  std::string pue_from;
  double planned_epochs = 0;
  bool whole_program = false;         // the run ends when its program does
  std::string run_id;                 // continue this run with another attempt; empty: a new run
  int attempt = 0;                    // which (0: the scheduler's count)
  std::optional<Price> price;         // of one kWh: the report says what the energy cost
  std::string gpus_of;                // only vendors' devices, as the segment NODE.gpus_of of the run: a rank whose GPUs nobody else can see
  Keeper::Plan keep;
};

// All members may be called from any thread; none throws, none ends the program.
class Session {
 public:
  // Reads the baseline of the kernel's sensors before it returns, so that a child started next is measured whole.
  // Errc::invalid_input for options that make no sense (a place that does not exist), before anything has started.
  [[nodiscard]] static Result<std::unique_ptr<Session>> start(SessionOptions options, const Host& host, const Clock& clock);
  ~Session();

  // The process tree that is the `run` scope. `helper`: a process of ours among its relatives, left out; 0: none.
  // From here on vendor libraries are opened and the run is kept: a program that could not be started leaves no run. Once.
  void watch(int pid, int helper = 0);
  void reaped(int pid, Seconds cpu);
  // Whether a sensor that the total counts has opened. Only where none of the kernel's has, the vendors' are opened and waited for.
  [[nodiscard]] bool can_measure(Seconds patience = Seconds(3));
  void mark(const Mark& mark);
  // By which rule the program stops early: from then on each forecast has a likely end.
  void follow(MetricRule rule);
  // A process of ours that is no part of the run although it is a relative of it (until it is let in again: its number will be another's).
  void leave_out(int pid, bool out = true);
  // What is told of the grid while the run lasts: kept with the run, which is then judged by it (tracker/grid_book.h).
  void take_grid(const Result<GridTold>& told);

  [[nodiscard]] const std::string& id() const { return record_.id; }
  [[nodiscard]] RunRecord record() const;                // as of now, without its minutes
  [[nodiscard]] Result<Forecast> last_forecast() const;  // the newest; Errc::unavailable with the reason where there is none
  // Made with the newest forecast; a reason where none was made; nothing where no rule is followed.
  [[nodiscard]] std::optional<EndRecord> last_end() const;
  // Made now, from what was seen up to now.
  Result<Forecast> forecast_again();
  [[nodiscard]] bool progressed() const;                 // whether a unit, or a part of one, was seen to be done
  [[nodiscard]] Joules spent() const;                    // headline energy up to now
  [[nodiscard]] const Place& place() const { return place_; }
  // The mean of what was told of the grid up to now, else the year's figure.
  [[nodiscard]] GridFigure grid() const;
  [[nodiscard]] const Facility& facility() const { return facility_; }
  [[nodiscard]] const std::optional<Price>& price() const { return options_.price; }

  // The counted channels up to now, or up to a moment of the last minutes, at little cost.
  [[nodiscard]] std::vector<ChannelBrief> channels() const { return channels(clock_.now()); }
  [[nodiscard]] std::vector<ChannelBrief> channels(Instant at) const { return ledger_->brief(std::min(at, clock_.now())); }
  // The same from readings taken now, waited for at most `patience`; leaves no trace in the report.
  [[nodiscard]] std::vector<ChannelBrief> read_now(Seconds patience) const;
  // Has the sensors read soon, without waiting.
  void touch() const { static_cast<void>(ledger_->touch(clock_.now())); }

  // Ends the account now and waits a moment for the last ticks (1 % of the run, 2 ms to 0.25 s). Once.
  RunRecord finish(std::optional<int> exit_code);
  [[nodiscard]] std::vector<Error> troubles() const { return keeper_->troubles(); }
  [[nodiscard]] bool kept() const { return keeper_->kept(); }

 private:
  Session(SessionOptions options, const Host& host, const Clock& clock);
  [[nodiscard]] Result<> settle_place();
  void start_meter();
  void start_vendors();
  void start_keeper();
  void fill(RunRecord& record);
  void bring_up_to_date(Segment& segment) const;
  void forecast_if_due() const;
  [[nodiscard]] std::optional<EndRecord> end_of(const Observed& seen, const Schedule& schedule, const Prior* prior, Seconds at) const;
  void keep_end(EndRecord end) const;
  void look_back() const;

  SessionOptions options_;
  Host host_;
  const Clock& clock_;
  Place place_;
  Facility facility_;
  RunRecord record_;                       // constant after start() but for what fill() copies elsewhere
  std::shared_ptr<Ledger> ledger_;
  std::unique_ptr<ProcessWatch> processes_;
  std::span<const Backend* const> vendors_;
  std::unique_ptr<Sampler> sampler_;
  std::unique_ptr<Keeper> keeper_;

  mutable std::mutex mutex_;               // what follows
  std::unique_ptr<ProgressBook> progress_;
  std::unique_ptr<GridBook> grid_;
  std::unique_ptr<MetricBook> metrics_;
  // A finished unit makes a forecast due; it is made outside the lock, by the sampler's next look or by who asks first, so that
  // the caller of mark() never waits for it.
  mutable std::optional<Instant> forecast_due_;
  mutable std::vector<ForecastRecord> forecasts_;
  mutable std::vector<EndRecord> ends_;
  mutable Result<Forecast> forecast_;
  mutable std::mutex forecasting_;         // held while one is made; taken before mutex_; guards the next two
  mutable std::optional<EarlierRun> earlier_;
  mutable bool looked_back_ = false;
  std::optional<WallTime> ended_;
  bool finished_ = false;
  int job_gpus_ = 0;                       // constant after start()
};

}  // namespace carbontracker
