#pragma once
// Who writes a journal, and whether it still lives: a run whose writer is gone was interrupted.

#include <string>

#include "base/clock.h"
#include "storage/codec.h"

namespace carbontracker {

struct WriterIdentity {
  std::int64_t pid = 0;
  std::string process_start;  // field 22 of /proc/PID/stat, clock ticks after boot: tells a reused pid
  std::string pid_namespace;  // "pid:[4026531836]": a pid means something only within it
  std::string boot_id;        // of the running kernel
  bool locked = false;        // it holds an open-file-description lock on the journal for as long as it lives
};
void encode(Encoder& out, const WriterIdentity& writer);
[[nodiscard]] WriterIdentity decode_writer(Decoder& in);

// This process; reads the real /proc whatever the host root is. Not locked.
[[nodiscard]] WriterIdentity this_writer();

// Takes the writer's lock on an open journal; false where the file system has no locks or another holds it.
// It ends with the last descriptor of that opening, so a process that dies in any way leaves none behind.
[[nodiscard]] bool lock_journal(int fd);

enum class Lock { held, free, unknown };
// Whether another opening of the file holds the lock; asking takes nothing.
[[nodiscard]] Lock probe_lock(int fd);

// Decides from the lock where it can, then from the pid on the same kernel, then from the age of the last flush:
// a writer on another machine that was silent for over a minute (12 flushes) is taken for dead.
[[nodiscard]] bool writer_lives(const WriterIdentity& writer, Lock lock, WallTime last_seen, WallTime now);

}  // namespace carbontracker
