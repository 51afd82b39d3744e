#pragma once
// The open file behind a journal: appended frames, and two slots that are written in turn.

#include <string>
#include <string_view>

#include "carbontracker/result.h"

namespace carbontracker {

// One thread. After a failure the file is as it was before the call as far as a reader is concerned, and the call may be tried again.
class JournalFile {
 public:
  // Makes the file (it must not exist), mode 0600, links not followed, and takes the writer's lock on it where there are locks.
  [[nodiscard]] static Result<JournalFile> create(const std::string& path);
  ~JournalFile();
  JournalFile(JournalFile&& other) noexcept;
  JournalFile& operator=(JournalFile&&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] bool locked() const { return locked_; }
  [[nodiscard]] Result<> append(std::string_view frames);
  // Writes the payload into the older of the two slots; makes larger slots first where it does not fit.
  [[nodiscard]] Result<> write_live(std::string_view payload);
  // Whether a payload of that size can be written without making the file longer.
  [[nodiscard]] bool fits(std::size_t payload) const;

 private:
  JournalFile(std::string path, int fd, bool locked) : path_(std::move(path)), fd_(fd), locked_(locked) {}
  [[nodiscard]] Result<> write_at(std::string_view bytes, std::uint64_t offset);
  [[nodiscard]] Result<> grow_slots(std::size_t payload);

  std::string path_;
  int fd_;
  bool locked_;
  std::uint64_t end_ = 0;        // of the frames that are whole
  std::uint64_t slots_ = 0;      // offset of the first slot; 0: none yet
  std::size_t capacity_ = 0;     // of each
  std::uint64_t sequence_ = 0;
};

}  // namespace carbontracker
