#pragma once
// The one HTTP client. libcurl is loaded when the first request is made, so that no command pays for it that asks nothing.

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "carbontracker/result.h"

namespace carbontracker {

struct HttpRequest {
  std::string url;                       // http or https; may hold a key: never printed, see `shown`
  std::string shown;                     // what errors and logs call it: the URL without keys
  std::vector<std::string> headers;      // "auth-token: KEY"; never printed
  std::string user_password;             // "user:password" of HTTP Basic, or empty
  std::string secret;                    // struck out of the answer's body, plain or URL-encoded: services echo keys in their errors
  bool follow = true;                    // redirects, three at most, never from https to http; false where a key is in the request: it would go along
  std::chrono::milliseconds limit{10000};  // from the first byte out to the last byte in
  std::string ca_file;                   // certificates of the authorities to trust instead of the system's; empty: the system's
};

struct HttpAnswer {
  int status = 0;
  std::string body;                      // at most kLongestAnswer
  std::map<std::string, std::string> headers;  // of the last answer, names in small letters
};

inline constexpr std::size_t kLongestAnswer = 8u << 20;

// GET. An answer of any status is an answer. Errc::unavailable with the cause: no libcurl, name not found, refused, time-out, TLS, too long.
// Proxies as libcurl takes them from the environment. Any thread.
[[nodiscard]] Result<HttpAnswer> http_get(const HttpRequest& request);

// Text as it may stand in a URL's query.
[[nodiscard]] std::string url_encoded(std::string_view text);

}  // namespace carbontracker
