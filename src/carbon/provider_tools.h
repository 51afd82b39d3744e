#pragma once
// What the providers' files share: answers in JSON read without a check at every step, requests, points.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "carbon/provider.h"

namespace carbontracker {

// A value within a JsonAnswer, which must outlive it. What is absent, null or of another kind is nothing, at any depth.
class JsonValue {
 public:
  JsonValue() = default;
  explicit JsonValue(const void* node) : node_(node) {}
  [[nodiscard]] bool present() const;                       // there, and not null
  [[nodiscard]] JsonValue operator[](const char* key) const;
  [[nodiscard]] bool is_list() const;
  [[nodiscard]] std::vector<JsonValue> items() const;       // of a list
  [[nodiscard]] std::optional<double> number() const;       // a finite number, or a text that is one
  [[nodiscard]] std::optional<std::string> text() const;
  [[nodiscard]] bool is_true() const;
  [[nodiscard]] std::optional<WallTime> time() const;       // ISO 8601; without an offset UTC. Years 1970 to 2100
  [[nodiscard]] std::optional<WallTime> unix_seconds() const;  // of the same years
  [[nodiscard]] std::string shown() const;                  // for a message

 private:
  const void* node_ = nullptr;
};

class JsonAnswer {
 public:
  // Errc::corrupt names the provider and shows the beginning of what is no JSON: an error page says there what it is.
  [[nodiscard]] static Result<JsonAnswer> parse(std::string_view body, const char* provider);
  [[nodiscard]] JsonValue root() const;
  // The list under `key`, or the answer itself where it is one. Errc::corrupt: there is none.
  [[nodiscard]] Result<std::vector<JsonValue>> list(const char* key) const;

 private:
  std::shared_ptr<const void> document_;
  const char* provider_ = "";
};

// Errc::corrupt: "answer of NESO: what".
[[nodiscard]] Error unlike(const char* provider, const std::string& what);
// Errc::corrupt where the answer is of another zone than the one that was asked for.
[[nodiscard]] Error other_zone(const char* provider, const std::string& told, const std::string& asked);
[[nodiscard]] IntensityPoint exact(WallTime start, double g_per_kwh, bool forecast);

// "2026-11-25T10:00Z"
[[nodiscard]] std::string to_minute(WallTime when);
// Messages call it by its host alone.
[[nodiscard]] HttpRequest plain_request(const std::string& url);
// With a header that holds a key: never followed to another address.
[[nodiscard]] HttpRequest keyed_request(const std::string& url, const std::string& header);

inline constexpr std::chrono::hours kDay{24};

}  // namespace carbontracker
