#include "cli/grid_thread.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <fcntl.h>

#include <atomic>
#include <mutex>

#include "base/files.h"
#include "base/thread.h"
#include "carbon/live_ask.h"
#include "carbon/provider.h"
#include "cli/grid_feed.h"
#include "cli/settings.h"
#include "launch/detached.h"

extern char** environ;

namespace carbontracker::cli {
namespace {

constexpr std::chrono::milliseconds kEndWithin{250}, kWhileAsking{1000}, kElse{5000};
constexpr Seconds kSurelyOver{62};  // the process ends itself after a minute

std::vector<std::string> environment_now() {
  std::vector<std::string> out;
  for (char** entry = environ; entry && *entry; ++entry) out.emplace_back(*entry);
  return out;
}

// As they are told through the pipe: NAME=value, each with its zero.
std::string as_told(const std::map<std::string, std::string>& settings) {
  std::string out;
  for (const auto& [name, value] : settings) out += "CARBONTRACKER_" + name + "=" + value + '\0';
  return out.size() <= kMostSettings ? out : std::string();
}

struct Pipe {
  Descriptor from, into;
};

std::optional<Pipe> pipe_with(const std::string& text) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return std::nullopt;
  Pipe out{Descriptor(ends[0]), Descriptor(ends[1])};
  const ssize_t written = text.empty() ? 0 : ::write(out.into.get(), text.data(), text.size());  // less than a pipe holds: does not wait
  return written == static_cast<ssize_t>(text.size()) ? std::optional(std::move(out)) : std::nullopt;
}

}  // namespace

struct GridThread::State {
  GridThreadRequest request;
  std::vector<std::string> environment;
  Descriptor wake{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  std::atomic<bool> stopping{false};
  std::timed_mutex feeding;        // held while the feed works: it may stand in a system call
  std::unique_ptr<GridFeed> feed;
  DetachedProcess asker;
  Instant asked{};
  std::mutex gate;                 // held while the session is told
  Session* session = nullptr;

  void tell(const Result<GridTold>& told) {
    const std::lock_guard lock(gate);
    if (session) session->take_grid(told);
  }
  void leave_out(pid_t pid, bool out) {
    const std::lock_guard lock(gate);
    if (session) session->leave_out(pid, out);
  }
  SpawnOutcome start(const std::vector<std::string>& words, int out) {
    const auto settings = pipe_with(as_told(request.settings));
    if (!settings) return {-1, SpawnOutcome::fork, EMFILE};
    DetachedRequest detached{{request.program}, environment, settings->from.get(), out, -1};
    detached.argv.insert(detached.argv.end(), words.begin(), words.end());
    detached.argv.emplace_back(kSettingsFromInput);
    auto started = start_detached(detached);
    if (!started) return {-1, SpawnOutcome::exec, ENOEXEC};
    asker = std::move(*started);
    asked = system_clock().now();
    return {asker.pid, SpawnOutcome::exec, 0};
  }
  // Whether the process that asks has ended, as far as can be known.
  bool over(bool end_seen) const { return asker.pid > 0 && (end_seen || (!asker.end.open() && (feed->answered() || seconds_between(asked, system_clock().now()) > kSurelyOver))); }
  void work() {
    bool end_seen = false;
    while (!stopping) {
      {
        const std::lock_guard lock(feeding);
        if (stopping) return;
        if (over(std::exchange(end_seen, false))) {
          reap_detached(asker.pid);
          feed->reaped(asker.pid);
          asker = {};
        }
        feed->tick();
      }
      pollfd ready[3] = {{wake.get(), POLLIN, 0}, {feed->descriptor(), POLLIN, 0}, {asker.end.get(), POLLIN, 0}};
      ::poll(ready, 3, static_cast<int>((asker.pid > 0 ? kWhileAsking : kElse).count()));
      end_seen = (ready[2].revents & POLLIN) != 0;
    }
  }
};

bool asks_live(std::optional<bool> live, const Host& host) {
  if (live == false) return false;
  const Settings settings = load_settings(host);
  const auto on = [&](const char* key) {
    const Setting* set = settings.find(key);
    return set && (set->value == "true" || set->value == "1" || set->value == "yes");
  };
  return !on("offline") && (live.value_or(false) || on("live"));
}

bool is_provider(std::string_view name) { return find_provider(name) != nullptr; }

GridThread::GridThread(GridThreadRequest request, Session& session, const Host& host) : state_(std::make_shared<State>()) {
  State& state = *state_;
  state.request = std::move(request);
  state.environment = environment_now();
  state.session = &session;
  const GridRequest asked{session.place().code, "", "", state.request.provider, system_clock().wall()};
  GridFeed::Hands hands{[&state](const Result<GridTold>& told) { state.tell(told); }, [&state](pid_t pid, bool out) { state.leave_out(pid, out); }};
  GridFeed::Starter starter{[&state](const std::vector<std::string>& words, int out) { return state.start(words, out); }, [&state](pid_t) { end_detached(state.asker); }};
  state.feed = std::make_unique<GridFeed>(asked, std::move(hands), system_clock(), ask_times(host), std::move(starter));
  if (state.request.program.empty()) {
    state.tell(unexpected(Errc::not_found, "asking about the grid: there is no program carbontracker beside the package", "install the package's wheel, or put the program on PATH"));
    return;
  }
  auto thread = start_thread("asking about the grid", [kept = state_] { kept->work(); });
  if (thread) thread->detach();
  else state.tell(unexpected(thread.error()));
}

GridThread::~GridThread() {
  State& state = *state_;
  state.stopping = true;
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t woken = ::write(state.wake.get(), &one, sizeof one);
  if (state.feeding.try_lock_for(kEndWithin)) {
    state.feed->end();
    state.feeding.unlock();
  }
  const std::lock_guard lock(state.gate);
  state.session = nullptr;
}

}  // namespace carbontracker::cli
