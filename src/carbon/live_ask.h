#pragma once
// One request of a live provider: kept, confirmed or fetched. Everything that keeps the provider from being asked more often than it should is here.

#include <functional>
#include <string>

#include "base/host.h"
#include "carbon/live_cache.h"
#include "net/http.h"

namespace carbontracker {

inline constexpr std::chrono::minutes kClockTolerance{5};  // a clock that is less off than that is right: answers come through caches

inline constexpr std::chrono::seconds kLeastRest{10};      // between a failure and the next request, whatever the provider says

// A machine's own share of the time over which machines spread their requests, 0 to 1: by its name, the same at each call. 0 where it has none.
[[nodiscard]] double host_jitter(const Host& host);

struct Question {
  std::string path;                    // of the kept answer
  std::string provider_path;           // of what is known of the provider as a whole: how long it wants to be left alone, how far its clock is off
  std::string shown;                   // its host, for messages
  WallTime now{};                      // by our clock
  std::chrono::minutes step{60};       // of its data
  std::chrono::hours usable{24};       // for so long a kept answer stands while no new one is to be had
  // The request as of `now` by the provider's clock. Called only when one is really due: it may have to log in. Its error counts as a failure.
  std::function<Result<HttpRequest>(WallTime now)> request;
  double jitter = 0;                   // of this machine, 0 to 1 (host_jitter): a thousand of them do not ask in the same second
  // Whether an answer says anything; only such a one is kept, so that an error page never replaces what was known. `now` by the provider's clock.
  std::function<bool(std::string_view body, WallTime now)> good;
  // After status 401: makes the next request() log in anew. False: that would change nothing.
  std::function<bool()> renew;
};

struct Body {
  std::string text;
  WallTime asked{};                    // by our clock
  bool old = false;                    // it could not be renewed
  std::chrono::milliseconds ahead{0};  // of the provider's clock before ours; 0 within kClockTolerance
};

// Until when an answer that was fetched at `asked` holds: the provider has nothing new before the next step of its data, and a minute for it to be written.
// Steps up to a quarter of an hour are waited out as they are; longer ones hold until the next hour (half hour, …) is due, 15 minutes at least. What is due at one moment
// everywhere is asked for up to a twelfth of the step later, by the machine's jitter.
[[nodiscard]] WallTime fresh_until(WallTime asked, std::chrono::minutes step, double jitter = 0);

// After a failure the request is left alone for Retry-After (seconds or a date) and up to a quarter of it (two minutes at most) by jitter, else for a minute, doubling to an
// hour, and up to half of it by jitter; in any case for kLeastRest. After 429, 5xx, no answer and a login that fails the provider as a whole is. Meanwhile what was kept stands, up to `usable`. Errc::unavailable, or Errc::permission where the key is not accepted.
[[nodiscard]] Result<Body> ask(const Question& question);

}  // namespace carbontracker
