#pragma once
// Marks that trackers inside the wrapped program sent.

#include <vector>

#include "launch/mark_socket.h"
#include "progress/mark.h"

namespace carbontracker {

// All that waits (at most `most`, so that the caller's loop goes on). With 1, a question that came behind a mark is answered in the next
// call, when the caller has taken the mark. A stamp from the future or from more than an hour ago
// (another time name space) is replaced by `now`.
[[nodiscard]] std::vector<Mark> receive_marks(MarkReceiver& receiver, Instant now, std::size_t most = 1000);
[[nodiscard]] WireMark to_wire(const Mark& mark);

}  // namespace carbontracker
