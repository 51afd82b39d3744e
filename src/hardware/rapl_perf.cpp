// RAPL counters as perf events of the PMU "power".
//
// Gives: package-<P>[-die-<D>] from energy-pkg and dram-<P> from energy-ram (headline, summed), core- and uncore- from energy-cores and
// energy-gpu (inside the package), psys from energy-psys (never added). The same energy as powercap's: use one of the two.
// The kernel extends the counters to 64 bits, so they do not wrap here. A tick is what the `.scale` file says, 2^-32 J everywhere so far.
//
// Layout: Documentation/ABI/testing/sysfs-bus-event_source-devices-events and arch/x86/events/rapl.c of Linux.

#include "hardware/rapl_perf.h"

#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <map>
#include <utility>

#include "base/files.h"
#include "base/text.h"
#include "hardware/backend.h"
#include "hardware/cpu_kind.h"
#include "hardware/rapl.h"
#include "hardware/rapl_zone.h"

namespace carbontracker {
namespace {

constexpr std::string_view kPmu = "/sys/bus/event_source/devices/power";
constexpr std::pair<const char*, Domain> kEvents[] = {{"energy-pkg", Domain::package}, {"energy-ram", Domain::dram},
    {"energy-cores", Domain::core}, {"energy-gpu", Domain::uncore}, {"energy-psys", Domain::psys}};

class Counting {
 public:
  explicit Counting(int fd) : fd_(fd) {}
  ~Counting() { if (fd_ >= 0) ::close(fd_); }
  Counting(Counting&& other) noexcept : fd_(std::exchange(other.fd_, -1)), seekable_(other.seekable_) {}
  Counting& operator=(Counting&&) = delete;

  // A perf descriptor has no position, and pread refuses it; a test's file has one.
  [[nodiscard]] Result<std::uint64_t> read(const Channel& channel) {
    std::uint64_t count = 0;
    ssize_t got = seekable_ ? ::pread(fd_, &count, sizeof count, 0) : ::read(fd_, &count, sizeof count);
    if (got < 0 && errno == ESPIPE) {
      seekable_ = false;
      got = ::read(fd_, &count, sizeof count);
    }
    if (got == sizeof count) return count;
    // 0 bytes: the CPU it counts on went offline.
    return unexpected(got < 0 ? system_error("reading", "perf event of " + channel.name, errno)
                              : Error{Errc::unavailable, "reading perf event of " + channel.name + ": no count (its CPU is offline)", ""});
  }

 private:
  int fd_;
  bool seekable_ = true;
};

class PerfSource final : public EnergySource {
 public:
  PerfSource(std::vector<Channel> channels, std::vector<Counting> counters) : channels_(std::move(channels)), counters_(std::move(counters)) {}
  std::string_view name() const override { return kPerfBackend.name; }
  std::span<const Channel> channels() const override { return channels_; }
  void read(std::span<Reading> out) override {
    for (std::size_t i = 0; i < counters_.size(); ++i) {
      if (auto count = counters_[i].read(channels_[i])) out[i].emplace<std::uint64_t>(*count);
      else out[i].emplace<Error>(count.error());
    }
  }

 private:
  std::vector<Channel> channels_;
  std::vector<Counting> counters_;
};

struct EventKind {
  Domain domain;
  std::uint64_t config;
  Joules per_tick;
};

std::string text_of(const std::string& path) {
  const auto text = read_file(path, 65536);
  return text ? std::string(trim(*text)) : std::string();
}

// "event=0x02" (format/event: config:0-7) -> 2.
std::optional<std::uint64_t> event_code(std::string_view text) {
  constexpr std::string_view prefix = "event=0x";
  if (text.substr(0, prefix.size()) != prefix) return std::nullopt;
  text.remove_prefix(prefix.size());
  std::uint64_t code = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), code, 16);
  const bool whole = failed == std::errc{} && end == text.data() + text.size();
  return whole && code <= 0xff ? std::optional(code) : std::nullopt;
}

std::vector<EventKind> event_kinds(const std::string& pmu, std::vector<Error>& notes) {
  std::vector<EventKind> kinds;
  for (const auto& [event, domain] : kEvents) {
    const std::string path = pmu + "/events/" + event;
    const std::string text = text_of(path);
    if (text.empty()) continue;
    const auto code = event_code(text);
    const auto scale = parse_double(text_of(path + ".scale"));
    if (code && scale && *scale > 0 && text_of(path + ".unit") == "Joules") kinds.push_back({domain, *code, Joules(*scale)});
    else notes.push_back({Errc::unsupported, path + ": its code, scale or unit is not as expected; left out", ""});
  }
  return kinds;
}

// The socket of each CPU of the mask, by its topology and not by its place in the mask; the die where sockets have several in it.
std::vector<std::pair<int, ZoneName>> places(const Host& host, const std::vector<int>& cpus) {
  std::vector<std::pair<int, ZoneName>> all;
  std::map<std::string, int> on_socket;
  for (const int cpu : cpus) {
    const std::string topology = host.path("/sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/topology/");
    ZoneName place{Domain::package, text_of(topology + "physical_package_id"), text_of(topology + "die_id")};
    if (place.socket.empty()) place.socket = "cpu" + std::to_string(cpu);  // offline: still not the place in the mask
    ++on_socket[place.socket];
    all.emplace_back(cpu, std::move(place));
  }
  for (auto& [cpu, place] : all)
    if (on_socket[place.socket] == 1) place.die.clear();
  return all;
}

Channel describe(const EventKind& kind, const ZoneName& socket, const CpuKind& cpu) {
  // One psys counter a socket on servers, one on a client: it keeps the socket's number either way.
  Channel channel;
  channel.name = channel_name(kind.domain, socket);
  channel.domain = kind.domain;
  channel.device = "socket " + socket.socket;
  if (kind.domain == Domain::package) channel.label = cpu.name;
  channel.kind = Counter{kind.per_tick, 0};
  channel.origin = Origin::counter;
  channel.refresh = kRaplRefresh;
  channel.gain_error = rapl_gain_error(cpu.amd);
  channel.max_power = Watts(2000);  // perf states no limits
  if (kind.domain == Domain::core || kind.domain == Domain::uncore) channel.contained_in = channel_name(Domain::package, socket);
  return channel;
}

Error refusal(const Host& host, int error_number) {
  if (error_number != EACCES && error_number != EPERM) return system_error("opening", "perf events of the PMU power", error_number);
  const std::string level = text_of(host.path("/proc/sys/kernel/perf_event_paranoid"));
  return {Errc::permission,
          "opening perf events of the PMU power: not permitted (perf_event_paranoid is " + (level.empty() ? "unknown" : level) + "; 0 or less, or CAP_PERFMON, is needed)",
          "sudo sysctl kernel.perf_event_paranoid=0   or: sudo setcap cap_perfmon+ep \"$(readlink -f \"$(command -v carbontracker)\")\"   "
          "(a container also needs --cap-add PERFMON)"};
}

Result<std::vector<std::unique_ptr<EnergySource>>> open_perf(const Host& host, const Clock&, std::vector<Error>& notes) {
  return open_rapl_perf(host, open_perf_event, notes);
}

}  // namespace

int open_perf_event(const PerfEvent& event) {
  perf_event_attr attributes{};
  attributes.size = sizeof attributes;
  attributes.type = event.type;
  attributes.config = event.config;
  const long fd = ::syscall(SYS_perf_event_open, &attributes, -1, event.cpu, -1, PERF_FLAG_FD_CLOEXEC);
  return fd >= 0 ? static_cast<int>(fd) : -errno;
}

Result<std::vector<std::unique_ptr<EnergySource>>> open_rapl_perf(const Host& host, const PerfDoor& door, std::vector<Error>& notes) {
  const std::string pmu = host.path(kPmu);
  const auto type = parse_uint(text_of(pmu + "/type"));
  if (!type || *type > UINT32_MAX) {
    const CpuKind cpu = cpu_kind(host);
    const bool loadable = (cpu.intel || cpu.amd) && !cpu.virtual_machine;
    return unexpected(Errc::not_found, pmu + ": there is no PMU of energy events" + (cpu.virtual_machine ? " (a virtual machine)" : ""), loadable ? "sudo modprobe rapl" : "");
  }
  std::vector<Error> found;
  const auto kinds = event_kinds(pmu, found);
  const CpuKind processor = cpu_kind(host);
  int last_error = ENOENT;
  std::vector<Channel> channels;
  std::vector<Counting> counters;
  for (const auto& [cpu, place] : places(host, parse_cpu_list(text_of(pmu + "/cpumask")))) {
    for (const EventKind& kind : kinds) {
      Channel channel = describe(kind, place, processor);
      const bool twice = std::any_of(channels.begin(), channels.end(), [&](const Channel& other) { return other.name == channel.name; });
      if (twice) continue;
      const int fd = door({static_cast<std::uint32_t>(*type), kind.config, cpu});
      if (fd >= 0) {
        channels.push_back(std::move(channel));
        counters.emplace_back(fd);
        continue;
      }
      last_error = -fd;
      // Old kernels list events that AMD parts lack.
      found.push_back(system_error("opening", "perf event of " + channel.name, -fd));
    }
  }
  const bool any = std::any_of(channels.begin(), channels.end(), [](const Channel& c) { return is_headline(c.domain); });
  if (!any) return unexpected(refusal(host, last_error));
  notes.insert(notes.end(), found.begin(), found.end());
  std::vector<std::unique_ptr<EnergySource>> sources;
  sources.push_back(std::make_unique<PerfSource>(std::move(channels), std::move(counters)));
  return sources;
}

const Backend kPerfBackend{"rapl-perf", false, open_perf};

}  // namespace carbontracker
