#include "carbon/live_account.h"

#include <fmt/format.h>

#include <map>
#include <mutex>

#include "base/clock.h"
#include "base/duration.h"
#include "carbon/provider_tools.h"

namespace carbontracker {
namespace {

constexpr std::chrono::minutes kTokenHolds{25};

struct Token {
  std::string text;
  Instant got{};
  bool used = false;  // for a request before the present one
};

struct Tokens {
  std::mutex mutex;
  std::map<std::string, Token> by_account;
};
Tokens& tokens() {
  static Tokens all;
  return all;
}

std::string name_of(const Account& account) { return account.base + "\n" + account.key; }

std::optional<std::string> known_token(const Account& account) {
  const std::scoped_lock lock(tokens().mutex);
  const auto found = tokens().by_account.find(name_of(account));
  if (found == tokens().by_account.end() || system_clock().now() - found->second.got > kTokenHolds) return std::nullopt;
  found->second.used = true;
  return found->second.text;
}

}  // namespace

HttpRequest prepared(HttpRequest request, const std::string& secret, const Host& host) {
  request.secret = secret;
  if (const auto limit = parse_duration(host.env("CARBONTRACKER_LIVE_LIMIT").value_or(""))) request.limit = std::chrono::duration_cast<std::chrono::milliseconds>(*limit);
  for (const char* name : {"CURL_CA_BUNDLE", "SSL_CERT_FILE"})
    if (const auto file = host.env(name); file && !file->empty() && request.ca_file.empty()) request.ca_file = *file;
  return request;
}

Result<std::string> token_of(const Account& account, const Host& host) {
  if (!account.provider->login) return account.key;
  if (auto known = known_token(account)) return *std::move(known);
  const auto answer = http_get(prepared(account.provider->login(account.base, account.key), account.key, host));
  if (!answer) return unexpected(answer.error());
  const auto json = JsonAnswer::parse(answer->body, account.provider->name);
  const auto text = answer->status == 200 && json ? json->root()["token"].text() : std::nullopt;
  if (!text || text->empty())
    return unexpected(answer->status == 429 || answer->status >= 500 ? Errc::unavailable : Errc::permission, fmt::format("logging in at {}: status {}, no token", account.provider->name, answer->status),
                      fmt::format("CARBONTRACKER_{}_KEY is user:password", account.provider->id));
  const std::scoped_lock lock(tokens().mutex);
  tokens().by_account[name_of(account)] = {*text, system_clock().now(), false};
  return *text;
}

bool forget_token(const Account& account) {
  const std::scoped_lock lock(tokens().mutex);
  const auto found = tokens().by_account.find(name_of(account));
  const bool used = found != tokens().by_account.end() && found->second.used;
  if (found != tokens().by_account.end()) tokens().by_account.erase(found);
  return used;
}

}  // namespace carbontracker
