#include "carbon/provider_tools.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/iso_time.h"
#include "base/printable.h"
#include "base/text.h"

namespace carbontracker {
namespace {

using Json = nlohmann::json;

constexpr std::int64_t kYear2100 = 4102444800;  // seconds

const Json& json(const void* node) { return *static_cast<const Json*>(node); }

// Moments beyond these years cannot be meant, and would overflow where they are added to.
std::optional<WallTime> believable(std::optional<WallTime> when) {
  if (when && (when->time_since_epoch().count() < 0 || *when > WallTime(std::chrono::seconds(kYear2100)))) return std::nullopt;
  return when;
}

}  // namespace

bool JsonValue::present() const { return node_ && !json(node_).is_null(); }

JsonValue JsonValue::operator[](const char* key) const {
  if (!node_ || !json(node_).is_object()) return {};
  const auto found = json(node_).find(key);
  return found == json(node_).end() ? JsonValue() : JsonValue(&*found);
}

bool JsonValue::is_list() const { return node_ && json(node_).is_array(); }

std::vector<JsonValue> JsonValue::items() const {
  std::vector<JsonValue> out;
  if (!is_list()) return out;
  out.reserve(json(node_).size());
  for (const Json& item : json(node_)) out.emplace_back(&item);
  return out;
}

std::optional<double> JsonValue::number() const {
  if (!node_) return std::nullopt;
  const Json& value = json(node_);
  if (value.is_string()) return parse_double(value.get_ref<const std::string&>());
  if (!value.is_number()) return std::nullopt;
  const double number = value.get<double>();
  return std::isfinite(number) ? std::optional(number) : std::nullopt;
}

std::optional<std::string> JsonValue::text() const {
  return node_ && json(node_).is_string() ? std::optional(json(node_).get<std::string>()) : std::nullopt;
}

bool JsonValue::is_true() const { return node_ && json(node_).is_boolean() && json(node_).get<bool>(); }

std::optional<WallTime> JsonValue::time() const {
  return node_ && json(node_).is_string() ? believable(parse_iso_time(json(node_).get_ref<const std::string&>())) : std::nullopt;
}

std::optional<WallTime> JsonValue::unix_seconds() const {
  if (!node_ || !json(node_).is_number_integer()) return std::nullopt;
  const auto seconds = json(node_).is_number_unsigned() && json(node_).get<std::uint64_t>() > static_cast<std::uint64_t>(kYear2100) ? -1 : json(node_).get<std::int64_t>();
  return seconds < 0 || seconds > kYear2100 ? std::nullopt : std::optional(WallTime(std::chrono::seconds(seconds)));
}

std::string JsonValue::shown() const { return node_ ? printable(json(node_).dump(-1, ' ', false, Json::error_handler_t::replace).substr(0, 60)) : "nothing"; }

Result<JsonAnswer> JsonAnswer::parse(std::string_view body, const char* provider) {
  auto document = std::make_shared<const Json>(Json::parse(body, nullptr, false));
  if (document->is_discarded()) return unexpected(unlike(provider, "no JSON: " + printable(body.substr(0, 60))));
  JsonAnswer out;
  out.document_ = std::move(document);
  out.provider_ = provider;
  return out;
}

JsonValue JsonAnswer::root() const { return JsonValue(document_.get()); }

Result<std::vector<JsonValue>> JsonAnswer::list(const char* key) const {
  const JsonValue list = root().is_list() ? root() : root()[key];
  if (list.is_list()) return list.items();
  return unexpected(unlike(provider_, "no list '" + std::string(key) + "' in it"));
}

Error unlike(const char* provider, const std::string& what) { return {Errc::corrupt, "answer of " + std::string(provider) + ": " + what, ""}; }

Error other_zone(const char* provider, const std::string& told, const std::string& asked) {
  return unlike(provider, "it is of zone '" + printable(told.substr(0, 60)) + "', '" + printable(asked) + "' was asked for");
}

IntensityPoint exact(WallTime start, double g, bool forecast) { return {start, CarbonIntensity(g), CarbonIntensity(g), CarbonIntensity(g), forecast}; }

std::string to_minute(WallTime when) { return iso_time(when).substr(0, 16) + "Z"; }

HttpRequest plain_request(const std::string& url) {
  HttpRequest out;
  out.url = url;
  out.shown = url.substr(0, url.find('/', 8));
  if (const auto login = out.shown.rfind('@'), host = out.shown.find("//"); login != std::string::npos && host < login) out.shown.erase(host + 2, login - host - 1);
  return out;
}

HttpRequest keyed_request(const std::string& url, const std::string& header) {
  HttpRequest out = plain_request(url);
  out.headers = {header};
  out.follow = false;
  return out;
}

}  // namespace carbontracker
