#include "carbon/live_ask.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/files.h"
#include "base/text.h"
#include "net/http_date.h"

namespace carbontracker {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::seconds kFirstRest = 60s, kLongestRest = 3600s, kMostSpread = 120s, kLongestTold = 24h;

std::string header(const HttpAnswer& answer, const char* name) {
  const auto found = answer.headers.find(name);
  return found == answer.headers.end() ? "" : found->second;
}

// The provider's clock as the answer tells it; what comes from a cache on the way says how old it is.
std::optional<WallTime> clock_of(const HttpAnswer& answer) {
  const auto date = parse_http_date(header(answer, "date"));
  if (!date) return std::nullopt;
  return *date + std::chrono::seconds(std::min<std::uint64_t>(parse_uint(header(answer, "age")).value_or(0), 24 * 3600));
}

// How far the provider's clock is ahead of this machine's, not of the moment that the question is about.
std::chrono::milliseconds ahead_of_ours(const HttpAnswer& answer, std::chrono::milliseconds known) {
  const auto clock = clock_of(answer);
  if (!clock) return known;
  const auto ahead = *clock - system_clock().wall();
  return std::chrono::abs(ahead) > kClockTolerance ? std::chrono::milliseconds(std::chrono::round<std::chrono::minutes>(ahead)) : 0ms;
}

std::optional<std::chrono::milliseconds> told_rest(const HttpAnswer& answer, WallTime now) {
  const std::string told = header(answer, "retry-after");
  if (const auto seconds = parse_uint(told)) return std::chrono::seconds(std::min<std::uint64_t>(*seconds, kLongestTold.count()));
  if (const auto until = parse_http_date(told)) return std::clamp<std::chrono::milliseconds>(*until - clock_of(answer).value_or(now), 0ms, kLongestTold);
  return std::nullopt;
}

std::chrono::milliseconds share(double jitter, std::chrono::milliseconds of) { return std::chrono::milliseconds(std::llround(jitter * static_cast<double>(of.count()))); }

std::chrono::milliseconds rest_after(const HttpAnswer& answer, WallTime now, int failures, double jitter) {
  if (const auto told = told_rest(answer, now)) {
    const std::chrono::milliseconds least = std::max<std::chrono::milliseconds>(*told, kLeastRest);
    return std::min<std::chrono::milliseconds>(least + share(jitter, std::min<std::chrono::milliseconds>(least / 4, kMostSpread)), kLongestTold);
  }
  const std::chrono::milliseconds ours = std::min<std::chrono::seconds>(kFirstRest * (1 << std::min(failures, 6)), kLongestRest);
  return ours + share(jitter, ours / 2);
}

// What was kept, where it is not too old to stand; else the error.
Result<Body> fall_back(const Question& q, const KeptAnswer& kept, Error error) {
  if (!kept.body.empty() && q.now - kept.asked < q.usable) return Body{kept.body, kept.asked, true, kept.ahead};
  return unexpected(std::move(error));
}

Result<Body> rest(const Question& q, const KeptAnswer& kept, const HttpAnswer& answer, bool whole_provider, Error error) {
  const std::string& path = whole_provider ? q.provider_path : q.path;
  KeptAnswer noted = whole_provider ? read_kept(path) : kept;
  noted.not_before = q.now + rest_after(answer, q.now, noted.failures++, q.jitter);
  static_cast<void>(write_kept(path, noted));  // where nothing can be written it is asked again sooner
  return fall_back(q, kept, std::move(error));
}

Error refused(const std::string& shown, int status) {
  if (status == 401 || status == 403) return {Errc::permission, fmt::format("asking {}: {}, the key or the account is not accepted for this zone", shown, status), "check the key and what the account may see"};
  if (status == 429) return {Errc::unavailable, fmt::format("asking {}: status 429, it was asked too often", shown), "it is left alone for a while"};
  if (status >= 500) return {Errc::unavailable, fmt::format("asking {}: status {}, a fault on its side", shown, status), "it is left alone for a while"};
  return {Errc::unavailable, fmt::format("asking {}: status {}", shown, status), status == 404 ? "is the address right, and the zone?" : ""};
}

bool left_alone(const KeptAnswer& noted, WallTime now) { return now < noted.not_before && noted.not_before - now <= kLongestTold; }

std::optional<Result<Body>> without_asking(const Question& q, const KeptAnswer& kept) {
  if (!kept.body.empty() && q.now < fresh_until(kept.asked, q.step, q.jitter)) return Body{kept.body, kept.asked, false, kept.ahead};
  const KeptAnswer provider = read_kept(q.provider_path);
  const WallTime until = std::max(left_alone(kept, q.now) ? kept.not_before : q.now, left_alone(provider, q.now) ? provider.not_before : q.now);
  if (until == q.now) return std::nullopt;
  return fall_back(q, kept, {Errc::unavailable, fmt::format("asking {}: it is to be left alone for another {} s", q.shown, std::chrono::ceil<std::chrono::seconds>(until - q.now).count()), ""});
}

// Remembers how far its clock is off, and that it answers again.
void note_provider(const Question& q, std::chrono::milliseconds ahead) {
  const KeptAnswer before = read_kept(q.provider_path);
  if (before.failures == 0 && before.ahead == ahead) return;
  KeptAnswer after;
  after.ahead = ahead;
  static_cast<void>(write_kept(q.provider_path, after));
}

Result<Body> keep(const Question& q, KeptAnswer kept) {
  kept.asked = q.now;
  kept.failures = 0;
  kept.not_before = {};
  static_cast<void>(write_kept(q.path, kept));  // a cache that cannot be written costs one more request
  clean_cache(q.path.substr(0, q.path.rfind('/')));
  return Body{kept.body, kept.asked, false, kept.ahead};
}

struct Exchange {
  HttpAnswer answer;
  std::chrono::milliseconds ahead{0};
};

// Asks once more where the first answer shows that the clocks differ, or that a token has ended.
Result<Exchange> exchange(const Question& q, const KeptAnswer& kept) {
  Exchange out;
  out.ahead = read_kept(q.provider_path).ahead;
  for (int asked = 1;; ++asked) {
    auto request = q.request(q.now + out.ahead);
    if (!request) return unexpected(request.error());
    if (!kept.etag.empty() && !kept.body.empty() && kept.ahead == out.ahead) request->headers.push_back("If-None-Match: " + kept.etag);
    auto answer = http_get(*request);
    if (!answer) return unexpected(answer.error());
    const auto ahead = ahead_of_ours(*answer, out.ahead);
    const bool clock_moved = std::chrono::abs(ahead - out.ahead) > kClockTolerance;
    out.answer = *std::move(answer);
    out.ahead = clock_moved ? ahead : out.ahead;
    const bool token_ended = out.answer.status == 401 && q.renew && q.renew();
    if (asked > 1 || (!clock_moved && !token_ended)) return out;
  }
}

Result<Body> judged(const Question& q, KeptAnswer kept, const Exchange& exchange) {
  const HttpAnswer& answer = exchange.answer;
  if (answer.status == 304 && !kept.body.empty()) return keep(q, std::move(kept));
  if (answer.status != 200) return rest(q, kept, answer, answer.status == 429 || answer.status >= 500, refused(q.shown, answer.status));
  if (q.good(answer.body, q.now + exchange.ahead)) {
    kept.etag = header(answer, "etag");
    kept.body = answer.body;
    kept.ahead = exchange.ahead;
    return keep(q, std::move(kept));
  }
  auto old = rest(q, kept, answer, false, {});
  return old ? std::move(old) : Body{answer.body, q.now, false, exchange.ahead};  // what is wrong with it the parser says
}

}  // namespace

double host_jitter(const Host& host) {
  const auto name = read_file(host.path("/proc/sys/kernel/hostname"), 4096);
  if (!name || trim(*name).empty()) return 0;
  std::uint64_t hash = 0xcbf29ce484222325;  // FNV-1a, and the last bits mixed into the first: names that differ in a digit lie far apart
  for (const char ch : trim(*name)) hash = (hash ^ static_cast<unsigned char>(ch)) * 0x100000001b3;
  hash ^= hash >> 33;
  hash *= 0xff51afd7ed558ccd;  // the finaliser of MurmurHash3, in the public domain
  return static_cast<double>(hash >> 11) * 0x1p-53;
}

WallTime fresh_until(WallTime asked, std::chrono::minutes step, double jitter) {
  if (step <= 15min) return asked + step;
  const auto since = asked.time_since_epoch();
  const WallTime due(since - since % step + step + 1min);
  return std::max(due, asked + 15min) + share(jitter, std::chrono::milliseconds(step) / 12);
}

Result<Body> ask(const Question& q) {
  const auto known = [&] {
    KeptAnswer kept = read_kept(q.path);
    return kept.asked > q.now + 1min ? KeptAnswer{} : kept;  // a clock that was set back: what was kept has no age
  };
  if (auto body = without_asking(q, known())) return *std::move(body);
  const ProviderLock lock(q.provider_path + ".lock", 15s);
  const KeptAnswer kept = known();
  if (auto body = without_asking(q, kept)) return *std::move(body);  // another process has asked meanwhile
  const auto answer = exchange(q, kept);
  if (!answer) return rest(q, kept, {}, true, answer.error());
  if (answer->answer.status == 200 || answer->answer.status == 304) note_provider(q, answer->ahead);
  return judged(q, kept, *answer);
}

}  // namespace carbontracker
