// The public C++ interface: a session of our own, or, inside `carbontracker run`, words to the wrapper.

#include <atomic>

#include <nlohmann/json.hpp>

#include "base/host.h"
#include "carbontracker/carbontracker.h"
#include "carbontracker/tracker.h"
#include "launch/mark_socket.h"
#include "progress/socket_marks.h"
#include "tracker/render.h"
#include "tracker/session.h"

namespace carbontracker {

using Json = nlohmann::json;

namespace {

std::optional<double> number(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_number() ? std::optional(found->get<double>()) : std::nullopt;
}

}  // namespace

struct Tracker::Impl {
  std::unique_ptr<Session> session;          // null inside a wrapper
  std::unique_ptr<MarkSender> wrapper;
  std::atomic<double> epochs_done{0};
  std::mutex mutex;
  std::string final_report;                  // guarded by mutex

  void tell(Mark mark) {
    mark.at = system_clock().now();
    if (session) session->mark(mark);
    else if (wrapper) wrapper->send(to_wire(mark));
  }

  void follow(const EarlyStopping& rule) {
    if (session) session->follow({rule.metric, {rule.target, rule.patience, rule.min_delta, rule.larger_is_better}});
    else if (wrapper) wrapper->send_rule({rule.metric, rule.target, rule.patience, rule.min_delta, rule.larger_is_better});
  }

  // What the wrapper says; "{}" where it does not answer.
  [[nodiscard]] std::string asked(AskFor what) const { return wrapper ? wrapper->ask_for(what).value_or("{}") : "{}"; }
  [[nodiscard]] Result<Energy> wrappers_energy() const {
    const Json seen = Json::parse(asked(AskFor::snapshot), nullptr, false);
    if (!seen.is_object() || seen.empty()) return unexpected(Errc::unavailable, "carbontracker run measures, and does not answer", "see its report");
    const auto joules = number(seen, "joules"), low = number(seen, "low"), high = number(seen, "high");
    if (!joules || !low) return unexpected(Errc::unavailable, "no sensor gives a figure", "carbontracker sources");
    return Energy{Joules(*joules), Joules(*low), high ? std::optional(Joules(*high)) : std::nullopt};
  }
  [[nodiscard]] Result<TrackerForecast> wrappers_forecast() const {
    const Json answer = Json::parse(asked(AskFor::forecast), nullptr, false);
    if (!answer.is_object() || answer.empty()) return unexpected(Errc::unavailable, "carbontracker run forecasts, and does not answer", "see its report");
    const Json made = answer.value("forecast", Json());
    const Json reason = answer.value("reason", Json());
    if (!made.is_object()) return unexpected(Errc::unavailable, reason.is_string() ? reason.get<std::string>() : "no forecast yet");
    const auto value = [&](const char* name) { return number(made, name).value_or(0); };
    return TrackerForecast{Joules(value("joules")), Joules(value("low")), Joules(value("high")), Seconds(value("seconds")), Seconds(value("seconds_low")),
                           Seconds(value("seconds_high")), value("done"), value("of")};
  }
};

Tracker::Tracker(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Tracker::Tracker(Tracker&&) noexcept = default;
Tracker& Tracker::operator=(Tracker&&) noexcept = default;
Tracker::~Tracker() {
  if (impl_) stop();
}

Result<Tracker> Tracker::start(const TrackerOptions& options) {
  if (const auto& rule = options.early_stopping; rule && (rule->metric.empty() || (!rule->target && !rule->patience)))
    return unexpected(Errc::invalid_input, "early_stopping has no metric, or neither target nor patience", ".early_stopping = {{.metric = \"val_loss\", .patience = 3}}");
  const Host host = this_host();
  auto impl = std::make_unique<Impl>();
  if (const auto socket = host.env("CARBONTRACKER_SOCKET"); socket && !socket->empty()) {
    auto sender = std::make_unique<MarkSender>(*socket);
    if (sender->connected()) impl->wrapper = std::move(sender);
  }
  if (!impl->wrapper) {
    if (options.pue && (*options.pue < 1 || *options.pue > 10)) return unexpected(Errc::invalid_input, "pue is not a number from 1 to 10", "leave it out to use the machine's default");
    SessionOptions session;
    session.name = options.name;
    session.project = options.project;
    session.tags = options.tags;
    session.place = options.place;
    session.place_from = "TrackerOptions::place";
    session.pue = options.pue;
    session.pue_from = "TrackerOptions::pue";
    session.planned_epochs = options.epochs;
    if (options.keep) session.keep.home = data_home(host);
    auto started = Session::start(std::move(session), host, system_clock());
    if (!started) return unexpected(started.error());
    impl->session = std::move(*started);
    impl->session->watch(::getpid());
  }
  if (options.early_stopping) impl->follow(*options.early_stopping);
  if (options.epochs > 0) impl->tell({MarkKind::plan, {}, {}, 0, options.epochs, "epoch"});
  return Tracker(std::move(impl));
}

void Tracker::epoch_begin() { impl_->tell({MarkKind::epoch_begin, {}, {}, impl_->epochs_done.load(), 0, "epoch"}); }
void Tracker::epoch_end() {
  const double done = impl_->epochs_done.load() + 1;
  impl_->epochs_done = done;
  impl_->tell({MarkKind::epoch_end, {}, {}, done, 0, "epoch"});
}
void Tracker::step(double done, double of) { impl_->tell({MarkKind::step, {}, {}, done, of, "step"}); }
void Tracker::metric(const std::string& name, double value) {
  Mark mark;
  mark.kind = MarkKind::metric;
  mark.name = name;
  mark.value = value;
  impl_->tell(std::move(mark));
}
void Tracker::region_begin(const std::string& name) { impl_->tell({MarkKind::region_begin, {}, name, 0, 0, {}}); }
void Tracker::region_end(const std::string& name) { impl_->tell({MarkKind::region_end, {}, name, 0, 0, {}}); }

Tracker::Scope::Scope(Tracker& tracker, std::string region) : tracker_(&tracker), region_(std::move(region)) {
  if (region_.empty()) tracker_->epoch_begin();
  else tracker_->region_begin(region_);
}
Tracker::Scope::Scope(Scope&& other) noexcept : tracker_(std::exchange(other.tracker_, nullptr)), region_(std::move(other.region_)) {}
Tracker::Scope::~Scope() {
  if (!tracker_) return;
  if (region_.empty()) tracker_->epoch_end();
  else tracker_->region_end(region_);
}
Tracker::Scope Tracker::epoch() { return Scope(*this, {}); }
Tracker::Scope Tracker::region(const std::string& name) { return Scope(*this, name); }

Result<Energy> Tracker::energy() const {
  if (!impl_->session) return impl_->wrappers_energy();
  const RunRecord record = impl_->session->record();
  const Snapshot& seen = record.segments.front().totals;
  if (seen.coverage <= 0) return unexpected(Errc::unavailable, "no sensor gives a figure", "carbontracker sources");
  return seen.total;
}

Result<TrackerForecast> Tracker::forecast() const {
  if (!impl_->session) return impl_->wrappers_forecast();
  const auto made = impl_->session->last_forecast();
  if (!made) return unexpected(made.error());
  return TrackerForecast{made->joules, made->low, made->high, made->seconds, made->seconds_low, made->seconds_high, made->done, made->of};
}

std::string Tracker::report_json() const { return impl_->session ? render_json(impl_->session->record()) : impl_->asked(AskFor::report); }

std::string Tracker::stop() {
  const std::lock_guard lock(impl_->mutex);
  if (impl_->final_report.empty()) impl_->final_report = impl_->session ? render_json(impl_->session->finish(0)) : impl_->asked(AskFor::report);
  return impl_->final_report;
}

}  // namespace carbontracker

// --- the C face ---

struct ct_tracker {
  carbontracker::Tracker tracker;
};

namespace {
thread_local std::string last_error;
}

extern "C" {

ct_tracker* ct_start(const char* name, double epochs, const char* place) {
  carbontracker::TrackerOptions options;
  if (name) options.name = name;
  if (place) options.place = place;
  options.epochs = epochs;
  auto started = carbontracker::Tracker::start(options);
  if (started) return new ct_tracker{std::move(*started)};
  last_error = started.error().what;
  return nullptr;
}

const char* ct_last_error(void) { return last_error.c_str(); }
void ct_epoch_begin(ct_tracker* t) { if (t) t->tracker.epoch_begin(); }
void ct_epoch_end(ct_tracker* t) { if (t) t->tracker.epoch_end(); }
void ct_step(ct_tracker* t, double done, double of) { if (t) t->tracker.step(done, of); }
void ct_metric(ct_tracker* t, const char* name, double value) { if (t && name) t->tracker.metric(name, value); }
void ct_region_begin(ct_tracker* t, const char* name) { if (t && name) t->tracker.region_begin(name); }
void ct_region_end(ct_tracker* t, const char* name) { if (t && name) t->tracker.region_end(name); }

double ct_joules(const ct_tracker* t) {
  if (!t) return -1;
  const auto energy = t->tracker.energy();
  return energy ? energy->joules.value() : -1;
}

size_t ct_stop(ct_tracker* t, char* report, size_t size) {
  if (!t) return 0;
  const std::string text = t->tracker.stop();
  delete t;
  if (report && size > 0) report[text.copy(report, size - 1)] = '\0';
  return text.size();
}

}  // extern "C"
