#include "storage/writer_identity.h"

#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include "base/files.h"
#include "base/text.h"

namespace carbontracker {
namespace {

constexpr Seconds kSilence{60};

// The 22nd field, counted after the last ')' because a program's name may hold spaces and brackets; empty when there is no such process.
std::string process_start(std::int64_t pid) {
  const auto text = read_file("/proc/" + std::to_string(pid) + "/stat", 4096);
  if (!text) return {};
  const auto bracket = text->rfind(')');
  if (bracket == std::string::npos) return {};
  const auto fields = split(trim(std::string_view(*text).substr(bracket + 1)), ' ');
  if (fields.size() < 20 || fields[0] == "Z" || fields[0] == "X") return {};
  return std::string(fields[19]);
}

std::string pid_namespace() {
  char target[PATH_MAX];
  const ssize_t length = ::readlink("/proc/self/ns/pid", target, sizeof target);
  return length > 0 ? std::string(target, static_cast<std::size_t>(length)) : std::string();
}

std::string boot_id() {
  const auto text = read_file("/proc/sys/kernel/random/boot_id", 4096);
  return text ? std::string(trim(*text)) : std::string();
}

struct flock whole_file(short type) {
  struct flock lock {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  return lock;
}

}  // namespace

void encode(Encoder& out, const WriterIdentity& writer) {
  out.i64(writer.pid);
  out.text(writer.process_start);
  out.text(writer.pid_namespace);
  out.text(writer.boot_id);
  out.boolean(writer.locked);
}

WriterIdentity decode_writer(Decoder& in) {
  WriterIdentity out;
  out.pid = in.i64();
  out.process_start = in.text();
  out.pid_namespace = in.text();
  out.boot_id = in.text();
  out.locked = in.boolean();
  return out;
}

WriterIdentity this_writer() {
  return {::getpid(), process_start(::getpid()), pid_namespace(), boot_id(), false};
}

bool lock_journal(int fd) {
  struct flock lock = whole_file(F_WRLCK);
  return ::fcntl(fd, F_OFD_SETLK, &lock) == 0;
}

Lock probe_lock(int fd) {
  struct flock lock = whole_file(F_WRLCK);
  if (::fcntl(fd, F_OFD_GETLK, &lock) != 0) return Lock::unknown;
  return lock.l_type == F_UNLCK ? Lock::free : Lock::held;
}

bool writer_lives(const WriterIdentity& writer, Lock lock, WallTime last_seen, WallTime now) {
  if (lock == Lock::held) return true;
  const WriterIdentity here = this_writer();
  const bool same_kernel = !writer.boot_id.empty() && writer.boot_id == here.boot_id;
  // On one kernel the lock is the truth; from another a file system may not pass it on.
  if (same_kernel && writer.locked && lock == Lock::free) return false;
  if (same_kernel && !writer.pid_namespace.empty() && writer.pid_namespace == here.pid_namespace) {
    return !writer.process_start.empty() && process_start(writer.pid) == writer.process_start;
  }
  return now - last_seen <= kSilence;
}

}  // namespace carbontracker
