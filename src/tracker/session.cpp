#include "tracker/session.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <thread>

#include "carbontracker/version.h"
#include "hardware/inventory.h"
#include "hardware/job_gpus.h"
#include "hardware/job_limits.h"
#include "progress/progress_model.h"
#include "tracker/identity.h"
#include "tracker/render.h"

namespace carbontracker {
namespace {

constexpr Seconds kWorthLookingBack{2}, kDriversOpen{30};
constexpr std::size_t kMostForecasts = 2000;  // kept with the run; beyond, only every other epoch of the newest is added

ForecastRecord recorded(const Forecast& f) {
  return {f.elapsed, f.joules, f.low, f.high, f.seconds, f.seconds_low, f.seconds_high, f.done, f.of, f.unit, f.method};
}

}  // namespace

Session::Session(SessionOptions options, const Host& host, const Clock& clock)
    : options_(std::move(options)), host_(host), clock_(clock),
      forecast_(unexpected(Errc::unavailable, "no progress was seen", "give --epochs N and print a line like 'epoch 3/10' after each")) {}

Session::~Session() = default;

Result<std::unique_ptr<Session>> Session::start(SessionOptions options, const Host& host, const Clock& clock) {
  std::unique_ptr<Session> session(new Session(std::move(options), host, clock));
  if (const auto placed = session->settle_place(); !placed) return unexpected(placed.error());
  session->start_meter();
  session->start_keeper();
  return session;
}

Result<> Session::settle_place() {
  if (options_.place.empty()) {
    place_ = find_place(host_);
  } else {
    auto parsed = parse_place(options_.place, options_.place_from);
    if (!parsed) return unexpected(parsed.error());
    place_ = std::move(*parsed);
  }
  facility_ = options_.pue ? Facility{*options_.pue, options_.pue_from} : default_facility(place_, host_);
  return {};
}

void Session::start_meter() {
  Inventory inventory = open_inventory(host_, clock_);
  ledger_ = std::make_shared<Ledger>(clock_.now(), clock_.wall());
  vendors_ = vendor_backends(host_, inventory);
  if (!options_.gpus_of.empty()) inventory = {};  // the rest of the machine is the measuring rank's
  for (const auto* refusals : {&inventory.refusals, &inventory.notes})
    for (const Refusal& refusal : *refusals)
      if (!refusal.superseded) ledger_->refused(refusal.backend, refusal.error);
  processes_ = std::make_unique<ProcessWatch>(clock_, job_limits(host_));
  if (options_.gpus_of.empty()) job_gpus_ = job_gpus(host_);
  progress_ = std::make_unique<ProgressBook>(*ledger_, options_.planned_epochs, options_.whole_program);
  grid_ = std::make_unique<GridBook>(clock_.wall());
  metrics_ = std::make_unique<MetricBook>();
  sampler_ = std::make_unique<Sampler>(ledger_, clock_, host_, [this] {
    {
      const std::lock_guard lock(mutex_);
      const Instant now = clock_.now();
      progress_->note_energy(now);
      if (!finished_ && !forecast_due_ && progress_->look(now)) forecast_due_ = now;
    }
    forecast_if_due();
    return processes_->look();
  });
  sampler_->start(std::move(inventory.sources));
}

void Session::start_keeper() {
  const WallTime began = ledger_->snapshot(clock_.now()).began;
  record_.id = options_.run_id.empty() ? new_run_id(began) : options_.run_id;
  record_.name = options_.name;
  record_.project = options_.project;
  record_.tags = options_.tags;
  if (const std::string sweep = sweep_name(host_); !sweep.empty()) record_.tags.emplace("sweep", sweep);  // a tag of that name wins
  record_.command = mask_secrets(options_.command);
  record_.directory = options_.directory;
  record_.tool_version = kVersion;
  Segment segment;
  segment.node = node_name() + (options_.gpus_of.empty() ? "" : "." + options_.gpus_of);
  segment.attempt = options_.attempt > 0 ? options_.attempt : attempt_number(host_);
  segment.boot_id = boot_id();
  segment.started = began;
  segment.place = place_.code;
  segment.place_from = place_.from;
  segment.pue = facility_.pue;
  segment.pue_from = facility_.from;
  record_.segments.push_back(std::move(segment));
  keeper_ = std::make_unique<Keeper>(options_.keep, record_, [this](RunRecord& record) { fill(record); },
                                     [price = options_.price](const RunRecord& record) { return render_json(record, price); });
}

void Session::watch(int pid, int helper) {
  processes_->watch(pid, helper);
  keeper_->start();  // first: while a vendor's library is being loaded, no thread can be made
  start_vendors();
}

void Session::start_vendors() {
  if (!vendors_.empty()) sampler_->start_vendors(std::exchange(vendors_, {}));
}

bool Session::can_measure(Seconds patience) {
  const auto counted = [this] {
    const auto channels = ledger_->snapshot(clock_.now()).channels;
    return std::any_of(channels.begin(), channels.end(), [](const ChannelTotal& channel) { return channel.headline; });
  };
  const Instant began = clock_.now();
  const bool wait = !counted() && !vendors_.empty();
  if (wait) start_vendors();
  while (wait && !counted() && seconds_between(began, clock_.now()) < patience) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  return counted();
}
void Session::reaped(int pid, Seconds cpu) { processes_->reaped(pid, cpu); }
void Session::leave_out(int pid, bool out) { processes_->leave_out(pid, out); }

void Session::take_grid(const Result<GridTold>& told) {
  const std::lock_guard lock(mutex_);
  if (told) grid_->take(*told);
  else grid_->failed(told.error(), clock_.wall());
}

void Session::mark(const Mark& mark) {
  const std::lock_guard lock(mutex_);
  if (finished_) return;
  bool due = false;
  if (mark.kind == MarkKind::metric) {
    due = metrics_->take(mark, progress_->done(), seconds_between(ledger_->began(), mark.at));
  } else {
    due = progress_->take(mark);
    metrics_->progressed(mark);
  }
  if (due) forecast_due_ = std::max(mark.at, forecast_due_.value_or(mark.at));
}

void Session::follow(MetricRule rule) {
  const std::lock_guard lock(mutex_);
  metrics_->follow(std::move(rule));
}

// Once, when the run has lasted long enough to be worth it: what an earlier run of the same work says, before a unit has finished.
void Session::look_back() const {
  if (looked_back_ || seconds_between(ledger_->began(), clock_.now()) < kWorthLookingBack) return;
  looked_back_ = true;
  earlier_ = earlier_run(options_.keep.home, record_);
  const std::lock_guard lock(mutex_);
  if (earlier_ && !finished_ && !forecast_due_) forecast_due_ = clock_.now();
}

void Session::forecast_if_due() const {
  const std::lock_guard one_at_a_time(forecasting_);
  look_back();
  std::optional<Observed> seen;
  Schedule schedule;
  bool lone_bar = false;
  {
    const std::lock_guard lock(mutex_);
    if (!forecast_due_) return;
    seen = progress_->observed(*forecast_due_);
    if (ended_) seen->program_end_follows = false;
    schedule = progress_->schedule();
    lone_bar = progress_->lone_bar();
    forecast_due_.reset();
  }
  const bool blind = seen->progress.empty() || seen->progress.back().done <= 0;
  const bool trusted = earlier_ && (!blind || same_machine(*earlier_, ledger_->brief(clock_.now())));
  if (trusted && blind && schedule.total <= 0 && (schedule.unit.empty() || schedule.unit == earlier_->unit)) schedule.total = earlier_->prior.total, schedule.unit = earlier_->unit;
  const bool fits = trusted && earlier_->unit == schedule.unit;
  const Prior* prior = fits ? &earlier_->prior : nullptr;
  auto made = forecast(*seen, schedule, prior);
  if (made && fits) made->method += " (" + earlier_->id + ", " + earlier_->why + ")";
  if (made && lone_bar && !blind) made->method += std::string(", by ") + kLoneBar;
  auto end = made ? end_of(*seen, schedule, prior, made->elapsed) : std::nullopt;
  const std::lock_guard lock(mutex_);
  if (end) keep_end(std::move(*end));
  // A driver may take a while to open: it is looked again.
  if (earlier_ && !trusted && !finished_ && !forecast_due_ && seen->now < kDriversOpen) forecast_due_ = clock_.now();
  if (made && forecasts_.size() < kMostForecasts) forecasts_.push_back(recorded(*made));
  else if (made) forecasts_.back() = recorded(*made);
  forecast_ = std::move(made);
}

// Nothing where no rule is followed: then it costs nothing.
std::optional<EndRecord> Session::end_of(const Observed& seen, const Schedule& schedule, const Prior* prior, Seconds at) const {
  std::optional<MetricRule> rule;
  std::vector<MetricPoint> points;
  {
    const std::lock_guard lock(mutex_);
    if (!metrics_->rule()) return std::nullopt;
    rule = metrics_->rule();
    points = metrics_->points();
  }
  const auto made = early_end(seen, schedule, prior, points, rule->stop);
  if (made) return end_record(*made, rule->metric, rule->stop, at);
  EndRecord none{at, rule->metric, rule->stop.target, rule->stop.patience, rule->stop.min_delta, rule->stop.larger_is_better};
  none.reason = made.error().what;
  return none;
}

// A reason is kept once. Called with the lock held.
void Session::keep_end(EndRecord end) const {
  if (!ends_.empty() && !end.reason.empty() && ends_.back().reason == end.reason && ends_.back().metric == end.metric) return;
  if (ends_.size() < kMostForecasts) ends_.push_back(std::move(end));
  else ends_.back() = std::move(end);
}

std::optional<EndRecord> Session::last_end() const {
  forecast_if_due();
  const std::lock_guard lock(mutex_);
  const auto& rule = metrics_->rule();
  if (!rule) return std::nullopt;
  if (!ends_.empty()) return ends_.back();
  EndRecord none{Seconds(0), rule->metric, rule->stop.target, rule->stop.patience, rule->stop.min_delta, rule->stop.larger_is_better};
  none.reason = forecast_ ? "no forecast has been made since" : forecast_.error().what;
  return none;
}

void Session::fill(RunRecord& record) {
  Segment& segment = record.segments.front();
  auto minutes = ledger_->take_minutes();
  segment.minutes.insert(segment.minutes.end(), std::make_move_iterator(minutes.begin()), std::make_move_iterator(minutes.end()));
  bring_up_to_date(segment);
}

void Session::bring_up_to_date(Segment& segment) const {
  segment.totals = ledger_->snapshot(clock_.now());
  if (job_gpus_ > 0) segment.totals.activity.push_back({.name = kJobGpus, .cpus = double(job_gpus_)});
  segment.last_seen = clock_.wall();
  forecast_if_due();
  const std::lock_guard lock(mutex_);
  segment.marks = progress_->marks();
  segment.forecasts = forecasts_;
  segment.metrics = metrics_->kept();
  segment.ends = ends_;
  segment.grid = grid_->answers();
  segment.grid_ahead = grid_->ahead();
  segment.ended = ended_;
}

RunRecord Session::record() const {
  RunRecord record = record_;
  bring_up_to_date(record.segments.front());
  return record;
}

GridFigure Session::grid() const {
  RunRecord told;
  Segment& segment = told.segments.emplace_back();
  segment.started = record_.segments.front().started;
  segment.last_seen = clock_.wall();
  {
    const std::lock_guard lock(mutex_);
    segment.ended = ended_;
    segment.grid = grid_->answers();
    segment.grid_ahead = grid_->ahead();
  }
  const auto series = recorded_grid(told);
  return series ? series->about : table_intensity(place_);
}

Result<Forecast> Session::last_forecast() const {
  forecast_if_due();
  const std::lock_guard lock(mutex_);
  return forecast_;
}

Result<Forecast> Session::forecast_again() {
  {
    const std::lock_guard lock(mutex_);
    if (!finished_) forecast_due_ = clock_.now();
  }
  return last_forecast();
}

std::vector<ChannelBrief> Session::read_now(Seconds patience) const {
  const Instant at = clock_.now();
  const auto edge = ledger_->touch(at);
  while (!ledger_->met(*edge) && seconds_between(at, clock_.now()) < patience) std::this_thread::sleep_for(std::chrono::microseconds(50));
  return ledger_->brief(at);
}

bool Session::progressed() const {
  const std::lock_guard lock(mutex_);
  return progress_->done() > 0;
}

Joules Session::spent() const { return ledger_->energy_until(clock_.now()); }

RunRecord Session::finish(std::optional<int> exit_code) {
  const Instant end = clock_.now();
  {
    const std::lock_guard lock(mutex_);
    if (!finished_ && !ended_) ended_ = clock_.wall();
    if (!finished_ && progress_->complete()) forecast_due_ = end;  // the whole is what it took
  }
  forecast_if_due();
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(finished_, true)) return record_;
    progress_->end(end);
    metrics_->end();
  }
  const Seconds patience = std::clamp(seconds_between(ledger_->began(), end) * 0.01, Seconds(0.002), Seconds(0.25));
  sampler_->finish(end, patience);
  record_ = keeper_->finish(exit_code);
  return record_;
}

}  // namespace carbontracker
