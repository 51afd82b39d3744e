#include "cli/wait_file.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdint>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "base/iso_time.h"

namespace carbontracker::cli {
namespace {

constexpr std::chrono::hours kForgottenAfter{24};

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
  if (!home.empty()) path_ = fmt::format("{}/waits/{:016x}.json", home, hash_of(request));
}

std::optional<WaitMemory> WaitFile::read(WallTime now) const {
  if (path_.empty()) return std::nullopt;
  const auto text = read_regular_file(path_, 4096);
  if (!text) return std::nullopt;
  const auto json = nlohmann::json::parse(*text, nullptr, false);
  const auto since = time_in(json, "since"), deadline = time_in(json, "deadline");
  if (!since || !deadline || *since > now || *deadline + kForgottenAfter < now) return std::nullopt;
  return WaitMemory{*since, *deadline};
}

Result<> WaitFile::write(const WaitMemory& memory) const {
  if (path_.empty()) return {};
  if (const auto made = make_directories(directory_of(path_)); !made) return unexpected(made.error());
  const nlohmann::ordered_json json{{"schema", 1}, {"since", iso_time(memory.since)}, {"deadline", iso_time(memory.deadline)}};
  return write_file_atomically(path_, json.dump() + "\n");
}

void WaitFile::remove() const {
  if (!path_.empty()) ::unlink(path_.c_str());
}

}  // namespace carbontracker::cli
