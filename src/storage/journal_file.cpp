#include "storage/journal_file.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/files.h"
#include "storage/frames.h"
#include "storage/writer_identity.h"

namespace carbontracker {
namespace {

constexpr std::size_t kLeastCapacity = 1024;

// Beyond RLIMIT_FSIZE a write does not only fail, it raises SIGXFSZ, which would end the process that is measured with us.
bool beyond_limit(std::uint64_t end) {
  struct rlimit limit {};
  return ::getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY && end > limit.rlim_cur;
}

Error with_hint(Error error) {
  if (error.hint.empty()) error.hint = "set CARBONTRACKER_HOME to a directory that can be written";
  return error;
}

}  // namespace

Result<JournalFile> JournalFile::create(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0 && errno == EEXIST) {
    return unexpected(Errc::unavailable, "creating " + path + ": it exists; another tracker of this run wrote it",
                      "give this part of the run another attempt number");
  }
  if (fd < 0) return unexpected(with_hint(system_error("creating", path, errno)));
  return JournalFile(path, fd, lock_journal(fd));
}

JournalFile::~JournalFile() {
  if (fd_ >= 0) ::close(fd_);
}

JournalFile::JournalFile(JournalFile&& other) noexcept
    : path_(std::move(other.path_)), fd_(std::exchange(other.fd_, -1)), locked_(other.locked_),
      end_(other.end_), slots_(other.slots_), capacity_(other.capacity_), sequence_(other.sequence_) {}

Result<> JournalFile::write_at(std::string_view bytes, std::uint64_t offset) {
  if (beyond_limit(offset + bytes.size())) {
    Error error = system_error("writing", path_, EFBIG);
    error.hint = "raise the limit on file sizes (ulimit -f)";
    return unexpected(std::move(error));
  }
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return unexpected(with_hint(system_error("writing", path_, written < 0 ? errno : ENOSPC)));
    bytes.remove_prefix(static_cast<std::size_t>(written));
    offset += static_cast<std::uint64_t>(written);
  }
  return {};
}

Result<> JournalFile::append(std::string_view frames) {
  const auto written = write_at(frames, end_);
  if (written) end_ += frames.size();
  return written;
}

bool JournalFile::fits(std::size_t payload) const { return slots_ != 0 && payload + kSlotHead <= capacity_; }

Result<> JournalFile::grow_slots(std::size_t payload) {
  const std::size_t capacity = std::max(kLeastCapacity, (payload + kSlotHead) * 3 / 2);
  const std::uint64_t at = end_ + kFrameHead;
  if (const auto appended = append(live_frame(capacity)); !appended) return appended;
  slots_ = at;
  capacity_ = capacity;
  return {};
}

Result<> JournalFile::write_live(std::string_view payload) {
  if (!fits(payload.size())) {
    if (const auto grown = grow_slots(payload.size()); !grown) return grown;
  }
  const std::uint64_t next = sequence_ + 1;
  const auto written = write_at(slot(next, end_, payload), slots_ + (next % 2) * capacity_);
  if (written) sequence_ = next;
  return written;
}

}  // namespace carbontracker
