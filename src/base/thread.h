#pragma once
// Threads of ours: no signal is delivered to them (signals belong to the main thread), and one that cannot be had is an error.

#include <functional>
#include <string_view>
#include <thread>

#include "carbontracker/result.h"

namespace carbontracker {

// Errc::unavailable where the system gives no thread (ulimit -u, ulimit -v, pids.max): the caller goes on without it and says so.
[[nodiscard]] Result<std::thread> start_thread(std::string_view what, std::function<void()> body);

}  // namespace carbontracker
