#include "carbon/live_cache.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/files.h"
#include "net/http.h"

namespace carbontracker {
namespace {

namespace fs = std::filesystem;

struct CacheFile {
  fs::path path;
  fs::file_time_type written;
  std::uint64_t bytes = 0;
};

// "NESO-GB-0-1f.json", and "NESO-GB-0-1f.json.a1B2c3" that was being written.
bool is_ours(const std::string& name) { return name.find(".json") != std::string::npos; }

std::vector<CacheFile> files_in(const std::string& folder) {
  std::vector<CacheFile> out;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    std::error_code gone;
    if (!is_ours(entry->path().filename().string()) || !entry->is_regular_file(gone) || gone) continue;
    CacheFile file{entry->path(), entry->last_write_time(gone), 0};
    file.bytes = gone ? 0 : entry->file_size(gone);
    if (!gone) out.push_back(std::move(file));
  }
  return out;
}

}  // namespace

KeptAnswer read_kept(const std::string& path) {
  KeptAnswer out;
  const auto text = read_regular_file(path, 2 * kLongestAnswer);
  const auto json = text ? nlohmann::json::parse(*text, nullptr, false) : nlohmann::json();
  if (!json.is_object()) return out;
  const auto number = [&](const char* key) { return json.contains(key) && json[key].is_number_integer() ? json[key].get<std::int64_t>() : 0; };
  const auto word = [&](const char* key) { return json.contains(key) && json[key].is_string() ? json[key].get<std::string>() : std::string(); };
  const auto moment = [&](const char* key) { return WallTime(std::chrono::milliseconds(std::clamp<std::int64_t>(number(key), 0, 4102444800000))); };  // to 2100
  out.asked = moment("asked");
  out.not_before = moment("not_before");
  out.failures = static_cast<int>(std::clamp<std::int64_t>(number("failures"), 0, 1000));
  out.ahead = std::chrono::milliseconds(std::clamp<std::int64_t>(number("ahead"), -4102444800000, 4102444800000));
  out.etag = word("etag");
  out.body = word("body");
  return out;
}

Result<> write_kept(const std::string& path, const KeptAnswer& kept) {
  const auto milliseconds = [](WallTime when) { return when.time_since_epoch().count(); };
  const nlohmann::json json{{"asked", milliseconds(kept.asked)}, {"not_before", milliseconds(kept.not_before)}, {"failures", kept.failures},
                            {"ahead", kept.ahead.count()},       {"etag", kept.etag},                          {"body", kept.body}};
  return write_file_atomically(path, json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

void clean_cache(const std::string& folder, std::uint64_t most) {
  auto files = files_in(folder);
  std::sort(files.begin(), files.end(), [](const CacheFile& a, const CacheFile& b) { return a.written > b.written; });  // newest first
  const auto now = fs::file_time_type::clock::now();
  std::uint64_t bytes = 0;
  for (const CacheFile& file : files) {
    bytes += file.bytes;
    const bool half_written = file.path.extension() != ".json" && now - file.written > std::chrono::hours(1);
    std::error_code ignored;
    if (bytes > most || half_written || now - file.written > kKeptFor) fs::remove(file.path, ignored);
  }
}

ProviderLock::ProviderLock(const std::string& path, std::chrono::milliseconds limit) : fd_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (fd_ >= 0 && ::flock(fd_, LOCK_EX | LOCK_NB) != 0 && std::chrono::steady_clock::now() < end) std::this_thread::sleep_for(std::chrono::milliseconds(20));
}

ProviderLock::~ProviderLock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace carbontracker
