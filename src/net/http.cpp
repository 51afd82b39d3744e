#include "net/http.h"

#include <curl/curl.h>

#include <algorithm>

#include "base/duration.h"
#include "base/dynamic_library.h"
#include "base/text.h"
#include "carbontracker/version.h"

#undef curl_easy_setopt
#undef curl_easy_getinfo

namespace carbontracker {
namespace {

struct Curl {
  decltype(&::curl_global_init) global_init = nullptr;
  decltype(&::curl_easy_init) easy_init = nullptr;
  decltype(&::curl_easy_setopt) setopt = nullptr;
  decltype(&::curl_easy_perform) perform = nullptr;
  decltype(&::curl_easy_getinfo) getinfo = nullptr;
  decltype(&::curl_easy_cleanup) cleanup = nullptr;
  decltype(&::curl_easy_strerror) strerror = nullptr;
  decltype(&::curl_slist_append) append = nullptr;
  decltype(&::curl_slist_free_all) free_all = nullptr;

  [[nodiscard]] bool complete() const { return global_init && easy_init && setopt && perform && getinfo && cleanup && strerror && append && free_all; }
};

Result<Curl> load() {
  for (const char* name : {"libcurl.so.4", "libcurl-gnutls.so.4"}) {
    const auto library = DynamicLibrary::open(name);
    if (!library) continue;
    const auto find = [&](auto& into, const char* symbol) { into = library->find<std::remove_pointer_t<std::remove_reference_t<decltype(into)>>>(symbol); };
    Curl curl;
    find(curl.global_init, "curl_global_init");
    find(curl.easy_init, "curl_easy_init");
    find(curl.setopt, "curl_easy_setopt");
    find(curl.perform, "curl_easy_perform");
    find(curl.getinfo, "curl_easy_getinfo");
    find(curl.cleanup, "curl_easy_cleanup");
    find(curl.strerror, "curl_easy_strerror");
    find(curl.append, "curl_slist_append");
    find(curl.free_all, "curl_slist_free_all");
    if (curl.complete() && curl.global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK) return curl;
  }
  return unexpected(Errc::unavailable, "asking the network: there is no libcurl on this machine", "install it (apt-get install libcurl4), or give a file with --history");
}

const Result<Curl>& curl_library() {
  static const Result<Curl> loaded = load();
  return loaded;
}

std::size_t take_body(char* data, std::size_t size, std::size_t count, void* into) {
  auto& body = static_cast<HttpAnswer*>(into)->body;
  if (body.size() + size * count > kLongestAnswer) return 0;  // libcurl ends the transfer
  body.append(data, size * count);
  return size * count;
}

std::size_t take_header(char* data, std::size_t size, std::size_t count, void* into) {
  const std::string_view line(data, size * count);
  auto& headers = static_cast<HttpAnswer*>(into)->headers;
  if (line.starts_with("HTTP/")) headers.clear();
  if (const auto colon = line.find(':'); colon != std::string_view::npos && headers.size() < 200)
    headers[lower(trim(line.substr(0, colon)))] = std::string(trim(line.substr(colon + 1)));
  return size * count;
}

class Handle {
 public:
  explicit Handle(const Curl& curl) : curl_(curl), handle_(curl.easy_init()) {}
  ~Handle() {
    if (handle_) curl_.cleanup(handle_);
    if (headers_) curl_.free_all(headers_);
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

  [[nodiscard]] bool good() const { return handle_ != nullptr; }

  void prepare(const HttpRequest& request, HttpAnswer& answer) {
    const std::string agent = std::string("carbontracker/") + kVersion;
    set(CURLOPT_URL, request.url.c_str());
    set(CURLOPT_USERAGENT, agent.c_str());
    set(CURLOPT_NOSIGNAL, 1L);  // of a process whose signals are its user's
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(request.limit.count()));
    allow_protocols(request.url);
    if (!request.ca_file.empty()) set(CURLOPT_CAINFO, request.ca_file.c_str());
    set(CURLOPT_ACCEPT_ENCODING, "");
    set(CURLOPT_WRITEFUNCTION, &take_body);
    set(CURLOPT_WRITEDATA, &answer);
    set(CURLOPT_HEADERFUNCTION, &take_header);
    set(CURLOPT_HEADERDATA, &answer);
    if (request.follow) {
      set(CURLOPT_FOLLOWLOCATION, 1L);
      set(CURLOPT_MAXREDIRS, 3L);
    }
    for (const std::string& header : request.headers) headers_ = curl_.append(headers_, header.c_str());
    if (headers_) set(CURLOPT_HTTPHEADER, headers_);
    if (!request.user_password.empty()) set(CURLOPT_USERPWD, request.user_password.c_str());
  }
  CURLcode perform() { return curl_.perform(handle_); }
  [[nodiscard]] int status() const {
    long status = 0;
    curl_.getinfo(handle_, CURLINFO_RESPONSE_CODE, &status);
    return static_cast<int>(status);
  }

 private:
  template <class Value>
  bool set(CURLoption option, Value value) {
    return curl_.setopt(handle_, option, value) == CURLE_OK;
  }
  // What was asked for by https is never fetched by http.
  void allow_protocols(std::string_view url) {
    const bool secure = starts_with_no_case(url, "https:");
#if LIBCURL_VERSION_NUM >= 0x075500
    if (set(CURLOPT_PROTOCOLS_STR, "http,https") && set(CURLOPT_REDIR_PROTOCOLS_STR, secure ? "https" : "http,https")) return;
#endif
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"  // the libcurl of an older distribution knows these alone
    set(CURLOPT_PROTOCOLS, static_cast<long>(CURLPROTO_HTTP | CURLPROTO_HTTPS));
    set(CURLOPT_REDIR_PROTOCOLS, static_cast<long>(secure ? CURLPROTO_HTTPS : CURLPROTO_HTTP | CURLPROTO_HTTPS));
#pragma GCC diagnostic pop
  }
  const Curl& curl_;
  CURL* handle_;
  curl_slist* headers_ = nullptr;
};

void strike_out(std::string& text, const std::string& secret) {
  if (secret.size() < 4) return;
  for (auto at = text.find(secret); at != std::string::npos; at = text.find(secret, at)) text.replace(at, secret.size(), "***");
}

}  // namespace

Result<HttpAnswer> http_get(const HttpRequest& request) {
  const auto& curl = curl_library();
  if (!curl) return unexpected(curl.error());
  const std::string shown = request.shown.empty() ? request.url : request.shown;
  Handle handle(*curl);
  if (!handle.good()) return unexpected(Errc::unavailable, "asking " + shown + ": libcurl has no memory", "");
  HttpAnswer answer;
  handle.prepare(request, answer);
  const CURLcode code = handle.perform();
  if (code == CURLE_WRITE_ERROR) return unexpected(Errc::unavailable, "asking " + shown + ": the answer is longer than 8 MiB", "");
  if (code == CURLE_OPERATION_TIMEDOUT) return unexpected(Errc::unavailable, "asking " + shown + ": no answer within " + show_duration(Seconds(request.limit)), "");
  if (code != CURLE_OK) return unexpected(Errc::unavailable, "asking " + shown + ": " + curl->strerror(code), "");
  answer.status = handle.status();
  strike_out(answer.body, request.secret);
  strike_out(answer.body, url_encoded(request.secret));
  return answer;
}

std::string url_encoded(std::string_view text) {
  constexpr const char* kHex = "0123456789ABCDEF";
  std::string out;
  for (const unsigned char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
    if (plain) out += static_cast<char>(c);
    else out += {'%', kHex[c >> 4], kHex[c & 15]};
  }
  return out;
}

}  // namespace carbontracker
