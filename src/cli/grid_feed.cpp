#include "cli/grid_feed.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/files.h"
#include "base/text.h"
#include "carbon/live.h"
#include "carbon/live_ask.h"

extern char** environ;

namespace carbontracker::cli {
namespace {

constexpr Seconds kFirstWithin{30}, kLongestAsking{60};
constexpr std::size_t kLongestText = 4u << 20;

std::int64_t changed_ns(const std::string& path) {
  struct stat seen {};
  return ::stat(path.c_str(), &seen) == 0 ? seen.st_mtim.tv_sec * 1'000'000'000 + seen.st_mtim.tv_nsec : 0;
}

std::int64_t hour_of_clock(WallTime now) { return std::chrono::floor<std::chrono::hours>(now.time_since_epoch()).count(); }

// Its errors are in the answer; what a library of its prints is nobody's business here.
int quiet() {
  static const int fd = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  return fd;
}

SpawnOutcome start_child(const std::vector<std::string>& words, int out) {
  std::vector<const char*> argv{"/proc/self/exe"};
  for (const std::string& word : words) argv.push_back(word.c_str());
  argv.push_back(nullptr);
  SpawnRequest request{.argv = argv.data(), .environment = environ, .out = out, .err = quiet()};
  sigemptyset(&request.mask);
  return spawn(request);
}

// Whether the command is a part of something larger that began in the same second.
bool one_of_many(const Host& host) {
  for (const char* count : {"SLURM_JOB_NUM_NODES", "SLURM_ARRAY_TASK_COUNT", "PBS_NUM_NODES", "OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "WORLD_SIZE"})
    if (parse_uint(host.env(count).value_or("")).value_or(0) > 1) return true;
  return false;
}

}  // namespace

AskTimes ask_times(const Host& host) {
  const double jitter = host_jitter(host);
  AskTimes out;
  if (one_of_many(host)) out.first = kFirstWithin * jitter;
  out.every *= 1 + jitter / 10;
  out.again *= 1 + jitter / 10;
  return out;
}

GridFeed::GridFeed(GridRequest request, Hands hands, const Clock& clock, AskTimes times, Starter starter)
    : request_(std::move(request)), hands_(std::move(hands)), starter_(std::move(starter)), clock_(clock), times_(times), begun_(clock.now()) {
  if (!starter_.start) starter_ = {start_child, [](pid_t pid) { ::kill(pid, SIGKILL); }};
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return;
  from_ = Descriptor(ends[0]);
  into_ = Descriptor(ends[1]);
  ::fcntl(ends[0], F_SETFL, O_NONBLOCK);  // the asker's end waits: its line may be longer than the pipe
}

void GridFeed::take(const Result<GridTold>& told) {
  answered_ = true;
  failed_ = !told;
  told_ = told_ || told;
  if (auto joined = told ? std::optional(joined_grid(*told)) : std::nullopt; joined && !joined->points.empty()) joined_ = std::move(joined);
  trouble_ = told ? outage_of(told->told.about.note) : told.error().what + (told.error().hint.empty() ? "" : " (" + told.error().hint + ")");
  hands_.take(told);
}

bool GridFeed::due() {
  if (!request_.history.empty()) {
    if (!ever_) return true;
    const std::int64_t changed = changed_ns(request_.history);
    return changed != 0 && (changed != changed_ns_ || hour_of_clock(clock_.wall()) != hour_);
  }
  const Instant now = clock_.now();
  return times_.due(seconds_between(begun_, now), ever_ ? std::optional(seconds_between(asked_, now)) : std::nullopt, failed_);
}

void GridFeed::ask() {
  ever_ = true;
  asked_ = clock_.now();
  asked_wall_ = clock_.wall();
  changed_ns_ = request_.history.empty() ? 0 : changed_ns(request_.history);
  hour_ = hour_of_clock(asked_wall_);
  text_.clear();
  answered_ = false;
  const SpawnOutcome started = into_.open() ? starter_.start(feed_words(request_), into_.get()) : SpawnOutcome{-1, SpawnOutcome::fork, EMFILE};
  if (started.pid < 0) return take(unexpected(system_error("starting", "the process that asks about the grid", started.error_number)));
  asker_ = started.pid;
  hands_.leave_out(asker_, true);
}

void GridFeed::tick() {
  if (ended_) return;
  drain();
  if (asker_ > 0 && seconds_between(asked_, clock_.now()) > kLongestAsking) starter_.end(asker_);
  if (asker_ == 0 && due()) ask();
}

void GridFeed::drain() {
  std::array<char, 16384> buffer;
  for (ssize_t got = 0; (got = ::read(from_.get(), buffer.data(), buffer.size())) > 0;) {
    if (text_.size() < kLongestText) text_.append(buffer.data(), static_cast<std::size_t>(got));
  }
  const auto end = text_.find('\n');
  if (answered_ || end == std::string::npos) return;
  take(parse_feed(std::string_view(text_).substr(0, end), asked_wall_));
  text_.clear();
}

bool GridFeed::reaped(pid_t pid) {
  if (pid != asker_ || asker_ == 0) return false;
  drain();
  asker_ = 0;
  hands_.leave_out(pid, false);
  if (!answered_) take(unexpected(Errc::unavailable, "asking about the grid: no answer within " + std::to_string(static_cast<int>(kLongestAsking.count())) + " s, or the process that asks was ended"));
  return true;
}

void GridFeed::end() {
  drain();
  if (std::exchange(ended_, true)) return;
  if (asker_ > 0) starter_.end(asker_);
  if (!answered_ && !told_) take(unexpected(Errc::unavailable, "the run ended before it was told of its grid", "carbontracker report --live judges it afterwards"));
}

}  // namespace carbontracker::cli
