#pragma once
// Answers of live providers as they were kept: one file a request, one more for the provider as a whole. No key, no token and no URL is in any of them.

#include <string>

#include "base/clock.h"
#include "carbontracker/result.h"

namespace carbontracker {

struct KeptAnswer {
  WallTime asked{};            // when the body was fetched or confirmed; the epoch: never
  std::string etag, body;
  WallTime not_before{};       // the provider asked to be left alone until then
  int failures = 0;            // in a row
  std::chrono::milliseconds ahead{0};  // of its clock before ours when it was asked, where that is more than kClockTolerance
};

// A missing or damaged file is an empty answer.
[[nodiscard]] KeptAnswer read_kept(const std::string& path);
[[nodiscard]] Result<> write_kept(const std::string& path, const KeptAnswer& kept);

inline constexpr std::chrono::hours kKeptFor{24 * 8};
inline constexpr std::uint64_t kMostKept = 64u << 20;  // bytes

// Removes what nobody will read again: files of the folder that were not written for kKeptFor, then the oldest ones until no more than
// `most` bytes are left, and what a process that died left half written. Nothing but our own files is touched. Errors are ignored.
void clean_cache(const std::string& folder, std::uint64_t most = kMostKept);

// One process at a time asks a provider; the others wait and find the answer kept. Gone with the object, or with the process.
class ProviderLock {
 public:
  // Waits for `limit` at most: whoever has it may hang; then both ask.
  ProviderLock(const std::string& path, std::chrono::milliseconds limit);
  ~ProviderLock();
  ProviderLock(const ProviderLock&) = delete;
  ProviderLock& operator=(const ProviderLock&) = delete;

 private:
  int fd_ = -1;
};

}  // namespace carbontracker
