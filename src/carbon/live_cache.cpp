#include "carbon/live_cache.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "base/text.h"

namespace carbontracker {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::minutes kFresh = 15min, kUsable = 24h;
constexpr std::chrono::seconds kFirstRest = 60s, kLongestRest = 3600s;

std::int64_t milliseconds(WallTime when) { return when.time_since_epoch().count(); }

// Retry-After in seconds; its form as a date is answered with the usual rest.
std::chrono::seconds rest_after(const HttpAnswer& answer, int failures) {
  const auto header = answer.headers.find("retry-after");
  const auto told = header == answer.headers.end() ? std::nullopt : parse_uint(header->second);
  if (told) return std::chrono::seconds(std::min<std::uint64_t>(*told, 24 * 3600));
  return std::min<std::chrono::seconds>(kFirstRest * (1 << std::min(failures, 6)), kLongestRest);
}

Error refused(const std::string& shown, int status) {
  if (status == 401 || status == 403) return {Errc::permission, fmt::format("asking {}: {}, the key or the account is not accepted for this zone", shown, status), "check the key and what the account may see"};
  return {Errc::unavailable, fmt::format("asking {}: status {}", shown, status), ""};
}

// After any failure the provider is left alone for a while.
void rest(KeptAnswer& kept, const std::string& path, WallTime now, const HttpAnswer& answer) {
  kept.not_before = now + rest_after(answer, kept.failures++);
  static_cast<void>(write_kept(path, kept));
}

// What was kept, where it is not too old to stand; else the error.
Result<Body> fall_back(const KeptAnswer& kept, WallTime now, Error error) {
  if (!kept.body.empty() && now - kept.asked < kUsable) return Body{kept.body, kept.asked, true};
  return unexpected(std::move(error));
}

}  // namespace

KeptAnswer read_kept(const std::string& path) {
  KeptAnswer out;
  const auto text = read_regular_file(path, 2 * kLongestAnswer);
  const auto json = text ? nlohmann::json::parse(*text, nullptr, false) : nlohmann::json();
  if (!json.is_object()) return out;
  const auto number = [&](const char* key) { return json.contains(key) && json[key].is_number_integer() ? json[key].get<std::int64_t>() : 0; };
  const auto word = [&](const char* key) { return json.contains(key) && json[key].is_string() ? json[key].get<std::string>() : std::string(); };
  out.asked = WallTime(std::chrono::milliseconds(number("asked")));
  out.not_before = WallTime(std::chrono::milliseconds(number("not_before")));
  out.failures = static_cast<int>(std::clamp<std::int64_t>(number("failures"), 0, 1000));
  out.etag = word("etag");
  out.body = word("body");
  return out;
}

Result<> write_kept(const std::string& path, const KeptAnswer& kept) {
  const nlohmann::json json{{"asked", milliseconds(kept.asked)}, {"not_before", milliseconds(kept.not_before)}, {"failures", kept.failures}, {"etag", kept.etag}, {"body", kept.body}};
  return write_file_atomically(path, json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

Result<Body> body_for(HttpRequest request, const std::string& path, WallTime now, const std::function<bool(std::string_view)>& good) {
  KeptAnswer kept = read_kept(path);
  if (kept.asked > now + 1min) kept = {};  // a clock that was set back: what was kept has no age
  if (!kept.body.empty() && now - kept.asked < kFresh) return Body{kept.body, kept.asked, false};
  if (now < kept.not_before && kept.not_before - now <= kUsable)
    return fall_back(kept, now, {Errc::unavailable, "asking " + request.shown + ": it asked to be left alone for another " + std::to_string((kept.not_before - now) / 1s + 1) + " s", ""});
  if (!kept.etag.empty() && !kept.body.empty()) request.headers.push_back("If-None-Match: " + kept.etag);
  const auto answer = http_get(request);
  if (!answer) {
    rest(kept, path, now, {});
    return fall_back(kept, now, answer.error());
  }
  if (answer->status == 304 && !kept.body.empty()) {
    kept.asked = now;
    kept.failures = 0;
    static_cast<void>(write_kept(path, kept));  // a cache that cannot be written costs one more request
    return Body{kept.body, now, false};
  }
  if (answer->status == 200 && !good(answer->body)) {
    rest(kept, path, now, *answer);
    const auto old = fall_back(kept, now, {});
    return old ? *old : Body{answer->body, now, false};  // what is wrong with it the parser says
  }
  if (answer->status == 200) {
    const auto etag = answer->headers.find("etag");
    static_cast<void>(write_kept(path, {now, etag == answer->headers.end() ? "" : etag->second, answer->body, {}, 0}));
    return Body{answer->body, now, false};
  }
  rest(kept, path, now, *answer);
  return fall_back(kept, now, refused(request.shown, answer->status));
}

}  // namespace carbontracker
