#include "cli/wait_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "base/iso_time.h"

namespace carbontracker::cli {
namespace {

constexpr std::chrono::hours kForgottenAfter{24};
constexpr std::size_t kMostBytes = 4096;

// FNV-1a, 64 bits (Fowler, Noll, Vo): tells requests apart by name, and is the same on every machine.
std::uint64_t hash_of(const std::vector<std::string>& words) {
  std::uint64_t hash = 0xcbf29ce484222325u;
  const auto add = [&](unsigned char byte) { hash = (hash ^ byte) * 0x100000001b3u; };
  for (const std::string& word : words) {
    for (const char c : word) add(static_cast<unsigned char>(c));
    add(0);
  }
  return hash;
}

std::string directory_of(const std::string& path) { return path.substr(0, path.rfind('/')); }

std::optional<WallTime> time_in(const nlohmann::json& json, const char* key) {
  if (!json.is_object() || !json.contains(key) || !json[key].is_string()) return std::nullopt;
  return parse_iso_time(json[key].get<std::string>());
}

}  // namespace

WaitFile::WaitFile(const std::string& home, const std::vector<std::string>& request) {
  if (!home.empty()) base_ = fmt::format("{}/waits/{:016x}", home, hash_of(request));
}

WaitFile::~WaitFile() { let_go(); }

std::string WaitFile::path_of(int number) const { return base_ + (number == 0 ? "" : "." + std::to_string(number)) + ".json"; }

std::optional<WaitMemory> WaitFile::take(WallTime now) {
  if (base_.empty()) return std::nullopt;
  if (auto made = make_directories(directory_of(base_)); !made) trouble_ = made.error();
  for (const bool make : {false, true})  // those that are there first
    for (int number = 0; number < kMostAlike; ++number) {
      if (!lock(path_of(number), make)) continue;
      const auto kept = memory(now);
      if (kept || make) return kept;
      let_go();
    }
  if (trouble_.what.empty()) trouble_ = {Errc::unavailable, fmt::format("{} waits alike go on already ({})", kMostAlike, path_of(0)), {}};
  return std::nullopt;
}

// A file that its holder has removed meanwhile is no longer the one of that name.
bool WaitFile::lock(const std::string& path, bool make) {
  fd_ = ::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | (make ? O_CREAT : 0), 0600);
  if (fd_ < 0) {
    if (make && trouble_.what.empty()) trouble_ = system_error("opening", path, errno);
    return false;
  }
  struct stat held {}, named {};
  const bool locked = ::flock(fd_, LOCK_EX | LOCK_NB) == 0 || (errno != EWOULDBLOCK && errno != EINTR);  // where a file system has no locks we go on without
  if (locked && ::fstat(fd_, &held) == 0 && S_ISREG(held.st_mode) && ::stat(path.c_str(), &named) == 0 && held.st_ino == named.st_ino && held.st_dev == named.st_dev) {
    path_ = path;
    return true;
  }
  let_go();
  return false;
}

void WaitFile::let_go() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
  path_.clear();
}

std::optional<WaitMemory> WaitFile::memory(WallTime now) const {
  const auto text = read_regular_file(path_, kMostBytes);
  if (!text) return std::nullopt;
  const auto json = nlohmann::json::parse(*text, nullptr, false);
  const auto since = time_in(json, "since"), deadline = time_in(json, "deadline");
  if (!since || !deadline || *since > now || *deadline + kForgottenAfter < now) return std::nullopt;
  return WaitMemory{*since, *deadline};
}

// In place, since the lock is the file's; a part of it, after a crash, is damaged and no memory.
Result<> WaitFile::write(const WaitMemory& memory) {
  if (base_.empty()) return {};
  if (fd_ < 0) return unexpected(trouble_);
  const nlohmann::ordered_json json{{"schema", 1}, {"since", iso_time(memory.since)}, {"deadline", iso_time(memory.deadline)}};
  const std::string text = json.dump() + "\n";
  if (::ftruncate(fd_, 0) != 0 || ::pwrite(fd_, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) return unexpected(system_error("writing", path_, errno));
  return {};
}

void WaitFile::remove() {
  if (fd_ >= 0) ::unlink(path_.c_str());
  let_go();
}

}  // namespace carbontracker::cli
