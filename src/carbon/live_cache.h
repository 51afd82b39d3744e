#pragma once
// Answers of a live provider as they were kept: one file a request.

#include <functional>
#include <string>

#include "base/clock.h"
#include "carbontracker/result.h"
#include "net/http.h"

namespace carbontracker {

struct KeptAnswer {
  WallTime asked{};            // when the body was fetched or confirmed; the epoch: never
  std::string etag, body;
  WallTime not_before{};       // the provider asked to be left alone until then
  int failures = 0;            // in a row
};

// A missing or damaged file is an empty answer.
[[nodiscard]] KeptAnswer read_kept(const std::string& path);
[[nodiscard]] Result<> write_kept(const std::string& path, const KeptAnswer& kept);

// The body for `request`: kept, confirmed or fetched (see live.h); `old` says whether it is one that could not be renewed.
struct Body {
  std::string text;
  WallTime asked{};
  bool old = false;
};
// `good`: whether a body says anything; only such a one is kept, so that an error page never replaces what was known.
[[nodiscard]] Result<Body> body_for(HttpRequest request, const std::string& path, WallTime now, const std::function<bool(std::string_view)>& good);

}  // namespace carbontracker
