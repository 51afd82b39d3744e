#include "progress/socket_marks.h"

namespace carbontracker {
namespace {

constexpr std::chrono::hours kOldest{1};

Instant believable(std::int64_t monotonic_ns, Instant now) {
  const Instant stamp{std::chrono::nanoseconds(monotonic_ns)};
  return stamp > now || now - stamp > kOldest ? now : stamp;
}

}  // namespace

// The kinds of both are the same, in the same order.
static_assert(static_cast<int>(MarkKind::metric) == static_cast<int>(WireMark::Kind::metric));
static_assert(static_cast<int>(MarkKind::region_begin) == static_cast<int>(WireMark::Kind::region_begin));
static_assert(static_cast<int>(MarkKind::epoch_end) == static_cast<int>(WireMark::Kind::epoch_end));

std::vector<Mark> receive_marks(MarkReceiver& receiver, Instant now, std::size_t most) {
  std::vector<Mark> marks;
  while (marks.size() < most) {
    auto wire = receiver.next();
    if (!wire) break;
    marks.push_back({static_cast<MarkKind>(wire->kind), believable(wire->monotonic_ns, now), std::move(wire->name), wire->done, wire->of, std::move(wire->unit), false, wire->value});
  }
  return marks;
}

WireMark to_wire(const Mark& mark) {
  return {static_cast<WireMark::Kind>(mark.kind), mark.at.time_since_epoch().count(), mark.done, mark.of, mark.unit, mark.name, mark.value};
}

}  // namespace carbontracker
