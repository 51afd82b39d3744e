#include "measurement.h"

#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include <nanobind/stl/string.h>

#include "base/host.h"
#include "cli/settings.h"
#include "errors.h"
#include "gil.h"
#include "progress/socket_marks.h"
#include "storage/journal_files.h"
#include "storage/store.h"
#include "tracker/figures.h"
#include "tracker/identity.h"
#include "tracker/render.h"
#include "values.h"

namespace nb = nanobind;

namespace carbontracker::python {
namespace {

// How many forks lie between the first process and this one: counted by the C library's own hook, so that a fork that
// Python does not know of counts too.
std::atomic<unsigned> generation{0};

void count_forks() {
  static const int registered = ::pthread_atfork(nullptr, nullptr, [] { generation.fetch_add(1); });
  static_cast<void>(registered);
}

std::unique_ptr<MarkSender> wrapper_of(const Host& host) {
  const auto socket = host.env("CARBONTRACKER_SOCKET");
  if (!socket || socket->empty()) return nullptr;
  auto sender = std::make_unique<MarkSender>(*socket);
  return sender->connected() ? std::move(sender) : nullptr;
}

std::string working_directory() {
  char path[4096];
  return ::getcwd(path, sizeof path) ? path : "";
}

Host host_seeing(const std::optional<std::string>& visible) {
  Host host = this_host();
  if (visible)
    host.environment = [visible = *visible, real = host.environment](std::string_view name) {
      if (name != "CUDA_VISIBLE_DEVICES") return real(name);
      return visible == "all" ? std::nullopt : std::optional<std::string>(visible);
    };
  return host;
}

// The first of id, id.2, id.3, … of which this node has written no such attempt: a job may track more than one training.
std::string free_id(const std::string& id, int attempt, const std::string& home, const std::string& node) {
  const auto written = [&](const std::string& candidate) {
    return ::access((journals_directory(home) + "/" + journal_name(candidate, node, attempt)).c_str(), F_OK) == 0;
  };
  std::string candidate = id;
  for (int number = 2; number < 1000 && written(candidate); ++number) candidate = id + "." + std::to_string(number);
  return candidate;
}

nb::object part_of(const nb::object& dict, const char* name) { return nb::cast<nb::dict>(dict)[name]; }

Result<> resume(const std::string& which, SessionOptions& options, const std::string& home);

// The config files and CARBONTRACKER_* fill what the call left open, as they do for the command line.
Result<SessionOptions> session_options(MeasurementOptions given, const Host& host) {
  if (given.pue && !(*given.pue >= 1 && *given.pue <= 10))
    return unexpected(Errc::invalid_input, "pue is not a number from 1 to 10", "leave it out to use the machine's default");
  cli::RunArguments run;
  run.name = given.name;
  run.project = given.project;
  run.place = given.place;
  run.pue = given.pue;
  if (given.epochs > 0) run.epochs = given.epochs;
  run.progress = "off";
  SessionOptions options;
  if (const auto filled = cli::fill_from_settings(run, cli::load_settings(host), options.place_from, options.pue_from); !filled)
    return unexpected(filled.error());
  if (!given.place.empty()) options.place_from = "place=";
  if (given.pue) options.pue_from = "pue=";
  options.name = run.name;
  options.project = run.project;
  options.tags = std::move(given.tags);
  options.place = run.place;
  options.pue = run.pue;
  options.planned_epochs = run.epochs.value_or(0);
  options.command = std::move(given.command);
  options.directory = working_directory();
  options.gpus_of = given.gpus_of;
  options.keep.home = given.keep ? data_home(host) : "";
  options.keep.output = given.output;
  options.attempt = given.attempt > 0 ? given.attempt : attempt_number(host);
  options.run_id = given.run_id.empty() || options.keep.home.empty() ? given.run_id : free_id(given.run_id, options.attempt, options.keep.home, node_name() + (given.gpus_of.empty() ? "" : "." + given.gpus_of));
  if (!given.resume.empty())
    if (const auto found = resume(given.resume, options, data_home(host)); !found) return unexpected(found.error());
  return options;
}

// The next attempt of a run that is in the store.
Result<> resume(const std::string& which, SessionOptions& options, const std::string& home) {
  auto store = Store::open(home);
  auto earlier = store ? (*store)->load(which) : Result<RunRecord>(unexpected(store.error()));
  if (!earlier) return unexpected(Errc::invalid_input, "resume: " + earlier.error().what, earlier.error().hint);
  options.run_id = earlier->id;
  if (options.name.empty()) options.name = earlier->name;
  for (const Segment& segment : earlier->segments)
    if (segment.node == node_name()) options.attempt = std::max(options.attempt, segment.attempt + 1);
  return {};
}

}  // namespace

Measurement::Measurement(MeasurementOptions options) : generation_(generation.load()) {
  count_forks();
  if (options.silent) return;
  const Host host = host_seeing(options.visible);
  wrapper_ = wrapper_of(host);
  const double epochs = options.epochs;
  Result<> failed;
  if (wrapper_) {
    id_ = host.env("CARBONTRACKER_RUN_ID").value_or("");
  } else {
    const Released released;
    auto filled = session_options(std::move(options), host);
    auto started = filled ? Session::start(std::move(*filled), host, system_clock()) : Result<std::unique_ptr<Session>>(unexpected(filled.error()));
    if (started) {
      session_ = std::move(*started);
      session_->watch(::getpid());
      id_ = session_->id();
    } else {
      failed = unexpected(started.error());
    }
  }
  if (!failed) raise(failed.error());
  if (epochs > 0) mark(MarkKind::plan, {}, 0, epochs, "epoch");
}

Measurement::~Measurement() {
  if (!alive()) {
    static_cast<void>(grid_.release());
    static_cast<void>(session_.release());
    static_cast<void>(wrapper_.release());
    return;
  }
  const Released released;
  if (session_ && !finished_) finish(std::nullopt);
  grid_.reset();
  session_.reset();
}

void Measurement::ask_live(cli::GridThreadRequest asking) {
  if (!alive() || !session_) return;
  const std::lock_guard lock(mutex_);
  if (!finished_ && !grid_) grid_ = std::make_unique<cli::GridThread>(std::move(asking), *session_, this_host());
}

bool Measurement::alive() const { return generation_ == generation.load(std::memory_order_relaxed); }
bool Measurement::kept() const { return alive() && session_ && session_->kept(); }

void Measurement::mark(MarkKind kind, const std::string& name, double done, double of, const std::string& unit) {
  if (!alive()) return;
  const Mark made{kind, system_clock().now(), name, done, of, unit};
  if (session_) session_->mark(made);
  else if (wrapper_) wrapper_->send(to_wire(made));
}

void Measurement::metric(const std::string& name, double value) {
  if (!alive()) return;
  Mark made{MarkKind::metric, system_clock().now(), name};
  made.value = value;
  if (session_) session_->mark(made);
  else if (wrapper_) wrapper_->send(to_wire(made));
}

void Measurement::follow(MetricRule rule) {
  if (!alive()) return;
  const StopRule& stop = rule.stop;
  if (session_) session_->follow(std::move(rule));
  else if (wrapper_) wrapper_->send_rule(WireRule{rule.metric, stop.target, stop.patience, stop.min_delta, stop.larger_is_better});
}

std::optional<RunRecord> Measurement::record() const {
  if (!alive() || !session_) return std::nullopt;
  {
    const std::lock_guard lock(mutex_);
    if (finished_) return finished_;
  }
  return session_->record();
}

// What is known of the run: by us, or by the wrapper. Nothing where there is nobody to ask.
std::optional<std::string> Measurement::told(AskFor what) const {
  if (!alive()) return std::nullopt;
  const RunRecord* ended = nullptr;  // it does not change once it is there
  {
    const std::lock_guard lock(mutex_);
    if (const auto known = last_told_.find(what); known != last_told_.end()) return known->second;
    if (finished_) ended = &*finished_;
  }
  if (wrapper_) return wrapper_->ask_for(what);
  return session_ ? std::optional(figures_of(*session_, what, ended)) : std::nullopt;
}

nb::object Measurement::snapshot() const {
  std::optional<std::string> now;
  {
    const Released released;
    now = told(AskFor::snapshot);
  }
  return now ? from_json(*now) : nb::none();
}

bool Measurement::finished() const {
  const std::lock_guard lock(mutex_);
  return finished_.has_value();
}

std::optional<std::vector<ChannelBrief>> Measurement::brief(std::optional<double> patience, std::int64_t at) const {
  if (!alive()) return std::nullopt;
  if (session_ && patience && !finished()) return session_->read_now(Seconds(*patience));
  if (session_) return at > 0 ? session_->channels(Instant(std::chrono::nanoseconds(at))) : session_->channels();
  if (!wrapper_) return std::nullopt;
  if (patience && wrapper_->ask(true)) std::this_thread::sleep_for(std::min(Seconds(*patience), Seconds(0.003)));  // for the sensors to be read
  const auto answer = wrapper_->ask(false, at);
  if (!answer) return std::nullopt;
  std::vector<ChannelBrief> out;
  for (const WireChannel& c : *answer) {
    const auto joules = c.joules ? std::optional(Joules(*c.joules)) : std::nullopt;
    out.push_back({c.name, c.label, domain_from(c.domain).value_or(Domain::other), joules, Joules(c.run)});
  }
  return out;
}

nb::object Measurement::channels(std::optional<double> patience, std::int64_t at) const {
  const auto seen = [&] {
    const Released released;
    return brief(patience, at);
  }();
  if (!seen) return nb::none();
  nb::list out;
  for (const ChannelBrief& c : *seen) {
    const std::string_view domain = to_string(c.domain);
    const nb::object joules = c.joules ? nb::object(nb::float_(c.joules->value())) : nb::none();
    out.append(nb::make_tuple(text(c.name), nb::str(domain.data(), domain.size()), text_or_none(c.label), joules, nb::float_(c.run.value())));
  }
  return out;
}

std::optional<double> Measurement::joules() const {
  const auto now = record();
  if (!now || now->segments.front().totals.coverage <= 0) return std::nullopt;
  return now->segments.front().totals.total.joules.value();
}

nb::object Measurement::forecast() const {
  std::optional<std::string> made;
  {
    const Released released;
    made = told(AskFor::forecast);
  }
  return made ? part_of(from_json(*made), "forecast") : nb::none();
}

nb::object Measurement::forecast_reason() const {
  if (!alive()) return nb::str("this is a forked copy of the process that measures");
  if (!session_ && !wrapper_) return nb::str("another rank measures");
  std::optional<std::string> made;
  {
    const Released released;
    made = told(AskFor::forecast);
  }
  if (!made) return nb::str("carbontracker run forecasts, and does not answer");
  const nb::object reason = part_of(from_json(*made), "reason");
  return reason.is_none() ? nb::str("") : reason;
}

std::string Measurement::report() const { return told(AskFor::report).value_or("{}"); }
std::string Measurement::summary() const { return told(AskFor::summary).value_or(""); }

nb::list Measurement::troubles() const {
  nb::list out;
  if (!alive() || !session_) return out;
  for (const Error& trouble : session_->troubles()) out.append(nb::make_tuple(text(trouble.what), text(trouble.hint)));
  return out;
}

std::string Measurement::finish(std::optional<int> exit_code) {
  if (!alive()) return "{}";
  if (wrapper_) return part_with_wrapper();
  if (!session_) return "{}";
  const std::lock_guard lock(mutex_);
  if (!finished_) {
    grid_.reset();
    finished_ = session_->finish(exit_code);
  }
  return render_json(*finished_);
}

// The wrapper's run goes on; of ours its figures up to here stay.
std::string Measurement::part_with_wrapper() {
  std::map<AskFor, std::optional<std::string>> last;
  for (const AskFor what : {AskFor::snapshot, AskFor::forecast, AskFor::report, AskFor::summary}) last[what] = told(what);
  const std::lock_guard lock(mutex_);
  last_told_.merge(last);
  return last_told_[AskFor::report].value_or("{}");
}

}  // namespace carbontracker::python
