#pragma once
// The grid of a place from a live provider, through a cache on disk that all processes of a user share. Never on a measuring path: it may take
// some ten seconds. `run` has a process of its own call it (cli/grid_feed.h).

#include "base/host.h"
#include "carbon/intensity.h"

namespace carbontracker {

struct LiveRequest {
  Place place;
  WallTime at{};               // the present
  std::string cache;           // folder; made where it is missing
  std::string provider;        // its id in any case; empty: the first that covers the place and has its key
};

// Measured points up to `at`, and the provider's forecast (forecast = true) where it has one. `about` says provider, zone, basis, and in `note` how old the answer is where
// it is not fresh. Figures of one provider alone: bases are never mixed.
// An answer is kept until the provider can have a newer one (carbon/live_ask.h: 5 minutes for data of 5 minutes, until the next hour is due for hourly data); then it is
// asked for with its ETag, by one process at a time, and a login is made only then. After any failure the provider is left alone for Retry-After (else a minute, doubling to
// an hour); meanwhile, and while it does not answer, what was kept up to a day ago stands.
// Where the provider's clock and this machine's differ, the points are told by this machine's, which stamps the joules; `note` says so.
// Errc::unavailable: no provider covers the place, no key, or it fails and nothing is kept; what and hint say which. Keys never appear in either.
[[nodiscard]] Result<IntensitySeries> live_intensity(const LiveRequest& request, const Host& host);

// The part of such a figure's note that tells of an outage: "NESO (UK) does not answer: as it said at 2026-11-25T10:00Z". Empty where the provider answers.
[[nodiscard]] std::string outage_of(const std::string& note);

}  // namespace carbontracker
