#pragma once
// A small process that puts power limits back when this one ends, in whatever way: returned, thrown, killed.

#include <sys/types.h>

#include "base/host.h"
#include "carbontracker/result.h"
#include "launch/descriptor.h"

namespace carbontracker::cli {

// Started before any thread and before NVML is opened here. It reads the limits in force, finds out whether they may be set, and waits in a
// session of its own with all signals blocked. It puts the limits back when release() is called or this process is gone (noticed
// within 0.1 s), and ends.
class LimitGuardian {
 public:
  // Errc::permission, not_found, unsupported: why there can be no sweep. Nothing is changed then.
  [[nodiscard]] static Result<LimitGuardian> start(const Host& host);
  LimitGuardian(LimitGuardian&&) = default;
  LimitGuardian& operator=(LimitGuardian&&) = delete;
  ~LimitGuardian();
  // Puts them back now, and waits until it is done. Errc::io: it was not (its reason). Once.
  Result<> release();

 private:
  LimitGuardian() = default;
  Descriptor line_;   // a socket to it
};

}  // namespace carbontracker::cli
