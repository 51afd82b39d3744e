#include "base/files.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>

#include "base/text.h"

namespace carbontracker {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() { if (fd_ >= 0) ::close(fd_); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return fd_; }
  // Closes now and says whether that worked: on a network file system a full disk shows only here.
  [[nodiscard]] bool close() { return ::close(std::exchange(fd_, -1)) == 0; }

 private:
  int fd_;
};

Errc code_of(int error_number) {
  switch (error_number) {
    case ENOENT: case ENOTDIR: case ENODEV: return Errc::not_found;
    case EACCES: case EPERM: case EROFS: return Errc::permission;
    case EAGAIN: case EBUSY: case ENODATA: return Errc::unavailable;
    default: return Errc::io;
  }
}

constexpr unsigned kLookEvery = 32;  // reads between two questions whether a value that stands still has lost its file

bool write_all(int fd, std::string_view content) {
  while (!content.empty()) {
    const ssize_t written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

Error system_error(std::string_view doing, const std::string& path, int error_number) {
  std::string what = std::string(doing) + " " + path + ": " + std::strerror(error_number);
  std::string hint;
  if (error_number == ENOSPC || error_number == EDQUOT) hint = "free some space, or choose another disk (runs: CARBONTRACKER_HOME=DIR)";
  if (error_number == EROFS) hint = "choose a writable directory (runs: CARBONTRACKER_HOME=DIR)";
  return {code_of(error_number), std::move(what), std::move(hint)};
}

namespace {

Result<std::string> read_all(const Descriptor& file, const std::string& path, std::size_t limit) {
  std::string content;
  char buffer[16384];
  for (;;) {
    const ssize_t got = ::read(file.get(), buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return unexpected(system_error("reading", path, errno));
    if (got == 0) return content;
    content.append(buffer, static_cast<std::size_t>(got));
    if (content.size() > limit) return unexpected(Errc::invalid_input, "reading " + path + ": larger than " + std::to_string(limit) + " bytes");
  }
}

}  // namespace

Result<std::string> read_file(const std::string& path, std::size_t limit) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return unexpected(system_error("opening", path, errno));
  return read_all(file, path, limit);
}

Result<std::string> read_regular_file(const std::string& path, std::size_t limit) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (file.get() < 0) return unexpected(system_error("opening", path, errno));
  struct stat status {};
  if (::fstat(file.get(), &status) == 0 && !S_ISREG(status.st_mode)) return unexpected(Errc::invalid_input, "reading " + path + ": not a regular file");
  return read_all(file, path, limit);
}

Result<> write_file_atomically(const std::string& path, std::string_view content) {
  std::string temporary = path + ".XXXXXX";
  Descriptor file(::mkostemp(temporary.data(), O_CLOEXEC));
  if (file.get() < 0) {
    Error error = system_error("writing", path, errno);
    if (error.code == Errc::not_found) error.hint = "make its directory first";
    return unexpected(std::move(error));
  }
  const bool written = ::fchmod(file.get(), 0644) == 0 && write_all(file.get(), content) && ::fsync(file.get()) == 0;
  if (written && file.close() && ::rename(temporary.c_str(), path.c_str()) == 0) return {};
  const int error_number = errno;
  ::unlink(temporary.c_str());
  return unexpected(system_error("writing", path, error_number));
}

Result<> make_directories(const std::string& path) {
  for (std::size_t at = path.find('/', 1);; at = path.find('/', at + 1)) {
    const std::string part = path.substr(0, at);
    if (!part.empty() && ::mkdir(part.c_str(), 0700) != 0 && errno != EEXIST) {
      const int error_number = errno;
      struct stat status {};
      if (::stat(part.c_str(), &status) != 0) return unexpected(system_error("creating directory", part, error_number));
    }
    if (at == std::string::npos) break;
  }
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0 && !S_ISDIR(status.st_mode)) return unexpected(system_error("creating directory", path, ENOTDIR));
  return {};
}

Result<std::vector<std::string>> list_directory(const std::string& path) {
  DIR* directory = ::opendir(path.c_str());
  if (!directory) return unexpected(system_error("listing", path, errno));
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(directory)) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  ::closedir(directory);
  std::sort(names.begin(), names.end());
  return names;
}

SensorFile::~SensorFile() { close(); }

SensorFile::SensorFile(SensorFile&& other) noexcept
    : path_(std::move(other.path_)), fd_(std::exchange(other.fd_, -1)), last_(std::move(other.last_)), stood_still_(other.stood_still_) {}

void SensorFile::close() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

// A descriptor outlives its file: after a removal or a rename over it, it would answer the last value for ever.
bool SensorFile::replaced() const {
  struct stat opened {};
  return ::fstat(fd_, &opened) != 0 || opened.st_nlink == 0;
}

Result<std::string_view> SensorFile::read() {
  for (int attempt = 0;; ++attempt) {
    const bool fresh = fd_ < 0;
    if (fresh) fd_ = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd_ < 0) return unexpected(system_error("opening", path_, errno));
    const ssize_t got = ::pread(fd_, buffer_, sizeof buffer_ - 1, 0);
    const int error_number = errno;
    const std::string_view text(buffer_, got > 0 ? static_cast<std::size_t>(got) : 0);
    stood_still_ = text == last_ ? stood_still_ + 1 : 0;
    // The question costs a system call: it is put where the read failed or the value stands still, and then ever more rarely.
    const bool suspicious = got < 0 || (stood_still_ > 0 && (std::has_single_bit(stood_still_) || stood_still_ % kLookEvery == 0));
    if (!fresh && attempt == 0 && suspicious && replaced()) {
      close();
      continue;
    }
    if (got < 0) {
      close();
      return unexpected(system_error("reading", path_, error_number));
    }
    if (stood_still_ == 0) last_ = text;
    return text;
  }
}

Result<std::uint64_t> SensorFile::read_uint() {
  const auto text = read();
  if (!text) return unexpected(text.error());
  if (const auto value = parse_uint(*text)) return *value;
  return unexpected(Errc::corrupt, "reading " + path_ + ": not a number: '" + std::string(trim(*text).substr(0, 40)) + "'");
}

}  // namespace carbontracker
