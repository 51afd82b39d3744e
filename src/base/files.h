#pragma once
// Files: small reads, atomic writes, kept-open sensor files. Errors name the path, the cause and, where there is one, the remedy.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "carbontracker/result.h"

namespace carbontracker {

// The Error for a failed system call on `path`: `doing` is a participle ("reading"), `error_number` an errno value.
[[nodiscard]] Error system_error(std::string_view doing, const std::string& path, int error_number);

// Whole content of a file of at most `limit` bytes (a longer one is an error, not a truncation).
[[nodiscard]] Result<std::string> read_file(const std::string& path, std::size_t limit = 16u << 20);

// The same of a regular file alone, for what is found by its name and was not asked for by the user: a pipe or a device of that
// name would be waited for, or be read without end.
[[nodiscard]] Result<std::string> read_regular_file(const std::string& path, std::size_t limit = 16u << 20);

// Replaces `path` so that a reader sees the old or the new content, never a part: temporary file beside it, fsync, rename.
[[nodiscard]] Result<> write_file_atomically(const std::string& path, std::string_view content);

// Creates a directory and its parents (mode 0700 for what is created); fine when it is there already.
[[nodiscard]] Result<> make_directories(const std::string& path);

// Names in a directory, sorted, without "." and "..".
[[nodiscard]] Result<std::vector<std::string>> list_directory(const std::string& path);

// A small file read again and again through one descriptor (pread from 0): 2 us against 7 for open-read-close.
// A file that was removed or replaced is opened again by its path: at the next read when its value was moving until then, within
// 32 reads when it had stood still (asking costs a third of the read). One thread at a time.
class SensorFile {
 public:
  explicit SensorFile(std::string path) : path_(std::move(path)) {}
  ~SensorFile();
  SensorFile(SensorFile&& other) noexcept;
  SensorFile& operator=(SensorFile&&) = delete;
  SensorFile(const SensorFile&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }
  // Text of at most 255 bytes, untrimmed; the view is valid until the next call.
  [[nodiscard]] Result<std::string_view> read();
  // The text as an unsigned decimal number; anything else is Errc::corrupt.
  [[nodiscard]] Result<std::uint64_t> read_uint();

 private:
  [[nodiscard]] bool replaced() const;
  void close();

  std::string path_;
  int fd_ = -1;
  std::string last_;
  unsigned stood_still_ = 0;  // reads in a row that gave the same text
  char buffer_[256];
};

}  // namespace carbontracker
