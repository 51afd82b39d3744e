#include "hardware/proc_stat.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <utility>

#include "base/files.h"

namespace carbontracker {
namespace {

constexpr std::size_t kFirstBuffer = 4096;
constexpr std::size_t kLargestBuffer = 4u << 20;  // some 40,000 CPUs

// The CPU lines come first; what follows (one number for each interrupt) is longer and not needed.
bool holds_all_cpu_lines(std::string_view text) {
  const auto at = text.rfind('\n');
  if (at == std::string_view::npos) return false;
  const auto before = text.rfind('\n', at - 1);
  const auto last = text.substr(before == std::string_view::npos ? 0 : before + 1);
  return last.substr(0, 3) != "cpu";
}

}  // namespace

std::optional<CpuTicks> parse_cpu_line(std::string_view line) {
  if (line.substr(0, 3) != "cpu") return std::nullopt;
  const char* at = line.data() + 3;
  const char* const end = line.data() + line.size();
  CpuTicks ticks;
  if (at != end && *at != ' ') {
    const auto [after, code] = std::from_chars(at, end, ticks.cpu);
    if (code != std::errc{} || ticks.cpu < 0) return std::nullopt;
    at = after;
  }
  enum { kUser, kNice, kSystem, kIdle, kIowait, kIrq, kSoftirq, kSteal, kFields };
  std::array<std::uint64_t, kFields> field{};
  int count = 0;
  while (count < kFields) {
    while (at != end && *at == ' ') ++at;
    const auto [after, code] = std::from_chars(at, end, field[static_cast<std::size_t>(count)]);
    if (code != std::errc{}) break;
    at = after;
    ++count;
  }
  if (count <= kIdle) return std::nullopt;  // kernels before 2.6 had four fields; fewer is no CPU line
  ticks.busy = field[kUser] + field[kNice] + field[kSystem] + field[kIrq] + field[kSoftirq];
  ticks.total = ticks.busy + field[kIdle] + field[kIowait] + field[kSteal];
  return ticks;
}

ProcStat::ProcStat(std::string path) : path_(std::move(path)), buffer_(kFirstBuffer) {}
ProcStat::~ProcStat() { close(); }

void ProcStat::close() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

Result<> ProcStat::open() {
  if (fd_ >= 0) return {};
  fd_ = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd_ >= 0) return {};
  Error error = system_error("opening", path_, errno);
  error.hint = "mount /proc, or point CARBONTRACKER_HOST_ROOT at a directory that holds the host's proc and sys";
  return unexpected(std::move(error));
}

// The beginning of the file, at least as far as its CPU lines go.
Result<std::string_view> ProcStat::head() {
  if (auto opened = open(); !opened) return unexpected(opened.error());
  for (;;) {
    const ssize_t got = ::pread(fd_, buffer_.data(), buffer_.size(), 0);
    if (got < 0) {
      const Error error = system_error("reading", path_, errno);
      close();
      return unexpected(error);
    }
    const std::string_view text(buffer_.data(), static_cast<std::size_t>(got));
    if (text.size() < buffer_.size() || holds_all_cpu_lines(text) || buffer_.size() >= kLargestBuffer) return text;
    buffer_.resize(buffer_.size() * 2);
  }
}

Result<std::span<const CpuTicks>> ProcStat::read() {
  auto text = head();
  if (!text) return unexpected(text.error());
  cpus_.clear();
  bool whole_machine = false;
  for (std::string_view rest = *text; !rest.empty();) {
    const auto line = rest.substr(0, rest.find('\n'));
    const auto ticks = parse_cpu_line(line);
    if (!ticks) break;
    if (ticks->cpu < 0) all_ = *ticks, whole_machine = true;
    else cpus_.push_back(*ticks);
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
  }
  if (whole_machine) return std::span<const CpuTicks>(cpus_);
  close();  // a fresh descriptor next time: the file may have been replaced
  return unexpected(Errc::corrupt, "reading " + path_ + ": it does not begin with a line of CPU times");
}

}  // namespace carbontracker
