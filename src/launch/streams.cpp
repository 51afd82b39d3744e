#include "launch/streams.h"

#include <fcntl.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>

#include <algorithm>
#include <cerrno>
#include <string>

#include "base/files.h"

namespace carbontracker {
namespace {

constexpr int kPipeBytes = 256 * 1024;

StreamKind kind_of(int fd, struct stat& status) {
  if (::fstat(fd, &status) != 0) return StreamKind::untouched;
  if (S_ISREG(status.st_mode)) return StreamKind::file;
  if (S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode)) return StreamKind::pipe;
  return ::isatty(fd) ? StreamKind::terminal : StreamKind::untouched;
}

std::string path_of(int fd) { return "/proc/self/fd/" + std::to_string(fd); }

// Two streams must not wait for each other; one alone may block, which is faster. The flags of a descriptor belong to the open
// file that we share with others, so non-blocking needs an open file of our own (a socket cannot be had so, and blocks).
int own_output(int inherited, bool alone) {
  const int reopened = alone ? -1 : ::open(path_of(inherited).c_str(), O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  return reopened >= 0 ? reopened : ::fcntl(inherited, F_DUPFD_CLOEXEC, 3);
}

// Bytes pass as they are written: the outer terminal does the output processing, as it would without us.
void copy_terminal(int outer, int master, int slave) {
  termios settings{};
  if (::tcgetattr(outer, &settings) == 0) {
    settings.c_oflag &= ~static_cast<tcflag_t>(OPOST);
    ::tcsetattr(slave, TCSANOW, &settings);
  }
  winsize size{};
  if (::ioctl(outer, TIOCGWINSZ, &size) == 0) ::ioctl(master, TIOCSWINSZ, &size);
}

Result<RelayedStream> open_terminal(int inherited, bool alone) {
  int master = -1, slave = -1;
  if (::openpty(&master, &slave, nullptr, nullptr, nullptr) != 0) return unexpected(system_error("opening", "a pseudo-terminal", errno));
  ::fcntl(master, F_SETFD, FD_CLOEXEC);
  ::fcntl(slave, F_SETFD, FD_CLOEXEC);
  ::fcntl(master, F_SETFL, O_RDWR | O_NONBLOCK);
  copy_terminal(inherited, master, slave);
  return RelayedStream{Descriptor(slave), Descriptor(master), Descriptor(own_output(inherited, alone)), true};
}

}  // namespace

StreamPlan plan_streams(ProgressMode mode) {
  if (mode == ProgressMode::off) return {};
  struct stat out {}, err {};
  StreamPlan plan;
  plan.out = kind_of(STDOUT_FILENO, out);
  plan.err = kind_of(STDERR_FILENO, err);
  plan.joined = plan.out != StreamKind::untouched && plan.out == plan.err && out.st_dev == err.st_dev && out.st_ino == err.st_ino;
  return plan;
}

Result<RelayedStream> open_relayed(StreamKind kind, int inherited, bool alone) {
  if (kind == StreamKind::terminal) return open_terminal(inherited, alone);
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return unexpected(system_error("opening", "a pipe", errno));
  ::fcntl(ends[1], F_SETPIPE_SZ, kPipeBytes);  // may be refused by the user's quota: then 64 KiB serve
  return RelayedStream{Descriptor(ends[1]), Descriptor(ends[0]), Descriptor(own_output(inherited, alone)), false};
}

FileFollower FileFollower::open(int inherited) {
  FileFollower follower;
  follower.file_ = Descriptor(::open(path_of(inherited).c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (!follower.valid()) return follower;
  struct stat status {};
  const bool appends = (::fcntl(inherited, F_GETFL) & O_APPEND) != 0;
  if (::fstat(inherited, &status) == 0 && appends) follower.position_ = status.st_size;
  else follower.position_ = std::max<std::int64_t>(0, ::lseek(inherited, 0, SEEK_CUR));
  return follower;
}

std::size_t FileFollower::read(char* buffer, std::size_t size, bool& skipped) {
  struct stat status {};
  if (!valid() || ::fstat(file_.get(), &status) != 0) return 0;
  if (status.st_size < position_) {
    position_ = 0;  // truncated: what is there now is new
    skipped = true;
  }
  const auto room = static_cast<std::int64_t>(size);
  if (status.st_size - position_ > room) {
    position_ = status.st_size - room;
    skipped = true;
  }
  const ssize_t got = ::pread(file_.get(), buffer, size, position_);
  if (got <= 0) return 0;
  position_ += got;
  return static_cast<std::size_t>(got);
}

}  // namespace carbontracker
