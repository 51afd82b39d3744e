#include "cli/limit_note.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/files.h"
#include "storage/journal.h"
#include "tracker/identity.h"

namespace carbontracker::cli {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMostBytes = 65536;

std::string path_in(const Host& host) {
  const std::string home = data_home(host);
  return home.empty() ? home : home + "/power-limits.json";
}

// The limits by card, of this boot.
std::map<std::string, Watts> noted(const std::string& path) {
  std::map<std::string, Watts> out;
  const auto text = read_regular_file(path, kMostBytes);
  const Json json = text ? Json::parse(*text, nullptr, false) : Json();
  if (!json.is_object() || !json.contains("boot") || json["boot"] != boot_id() || !json.contains("watts") || !json["watts"].is_object()) return out;
  for (const auto& [device, watts] : json["watts"].items())
    if (watts.is_number()) out[device] = Watts(watts.get<double>());
  return out;
}

[[noreturn]] void put_back(const std::map<std::string, Watts>& limits, const Host& host) {
  auto opened = PowerLimits::open(host);
  if (opened) opened->take_as_before(limits);
  ::_exit(opened && opened->put_back() ? 0 : 1);
}

}  // namespace

LimitNote LimitNote::write(const PowerLimits& limits, const Host& host) {
  LimitNote out;
  const std::string path = path_in(host);
  if (path.empty() || !make_directories(path.substr(0, path.rfind('/')))) return out;
  out.file_ = Descriptor(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!out.file_.open() || ::flock(out.file_.get(), LOCK_EX | LOCK_NB) != 0) return out;
  Json json{{"schema", 1}, {"boot", boot_id()}, {"watts", Json::object()}};
  for (const LimitedGpu& gpu : limits.gpus()) json["watts"][gpu.device] = gpu.before.value();
  const std::string text = json.dump() + "\n";
  const bool written = ::ftruncate(out.file_.get(), 0) == 0 && ::pwrite(out.file_.get(), text.data(), text.size(), 0) == static_cast<ssize_t>(text.size());
  if (written) out.path_ = path;
  return out;
}

void LimitNote::remove() {
  if (!path_.empty()) ::unlink(path_.c_str());
  path_.clear();
  file_.close();
}

std::string put_back_what_was_left(const Host& host) {
  const std::string path = path_in(host);
  const Descriptor file(path.empty() ? -1 : ::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
  if (!file.open() || ::flock(file.get(), LOCK_EX | LOCK_NB) != 0) return {};  // none, or a sweep that goes on
  const auto limits = noted(path);
  if (limits.empty()) {
    ::unlink(path.c_str());
    return {};
  }
  const pid_t pid = ::fork();  // NVML is not to be opened here: the guardian is forked from this process
  if (pid == 0) put_back(limits, host);
  int status = 1;
  while (pid > 0 && ::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (pid < 0 || status != 0) return "a sweep that was killed has left power limits behind, and they could not be put back (" + path + " has them)";
  ::unlink(path.c_str());
  return "a sweep that was killed had left power limits behind: they are put back";
}

}  // namespace carbontracker::cli
