#include "carbon/provider_entsoe.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/iso_time.h"
#include "base/printable.h"
#include "base/text.h"

namespace carbontracker {
namespace {

constexpr std::size_t kMostPoints = 5000;  // of a period: a week of quarter hours is 672

// g/kWh: IPCC AR5 annex III medians. Not in that table: oil 650, the usual choice; peat and oil shale as coal; waste as biomass; "other" 700, as CarbonCast has it.
std::optional<double> factor_of(std::string_view type) {
  static const std::map<std::string_view, double> kFactors{
      {"B01", 230}, {"B02", 820}, {"B03", 490}, {"B04", 490}, {"B05", 820}, {"B06", 650}, {"B07", 820}, {"B08", 820}, {"B09", 38}, {"B11", 24}, {"B12", 24},
      {"B13", 17},  {"B14", 12},  {"B15", 38},  {"B16", 48},  {"B17", 230}, {"B18", 12},  {"B19", 11},  {"B20", 700}};
  const auto found = kFactors.find(type);  // B10 pumped storage and B25 storage move energy, they make none
  return found == kFactors.end() ? std::nullopt : std::optional(found->second);
}

// The text of the first element of that name, empty where there is none. The platform writes plain elements: no attributes on these, no sections, no entities in figures.
std::string_view element(std::string_view xml, std::string_view name) {
  const std::string open = "<" + std::string(name) + ">", close = "</" + std::string(name) + ">";
  const auto begin = xml.find(open);
  const auto end = begin == std::string_view::npos ? begin : xml.find(close, begin);
  return end == std::string_view::npos ? std::string_view() : trim(xml.substr(begin + open.size(), end - begin - open.size()));
}

// Takes the first element of that name off the text.
std::optional<std::string_view> take(std::string_view& xml, std::string_view name) {
  const std::string open = "<" + std::string(name) + ">", close = "</" + std::string(name) + ">";
  const auto begin = xml.find(open);
  const auto end = begin == std::string_view::npos ? begin : xml.find(close, begin);
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view inside = xml.substr(begin + open.size(), end - begin - open.size());
  xml.remove_prefix(end + close.size());
  return inside;
}

struct Mix {
  double power = 0, emission = 0;
};
using Moments = std::map<WallTime, Mix>;  // by start of a quarter of an hour

std::optional<std::chrono::minutes> resolution_of(std::string_view text) {
  if (text == "PT15M") return std::chrono::minutes(15);
  if (text == "PT30M") return std::chrono::minutes(30);
  if (text == "PT60M" || text == "PT1H") return std::chrono::hours(1);
  return std::nullopt;
}

// Positions that are left out repeat the one before (curve type A03).
std::vector<double> values_of(std::string_view period, std::size_t count) {
  std::vector<double> values(count, -1);
  while (const auto point = take(period, "Point")) {
    const auto position = parse_uint(element(*point, "position"));
    const auto quantity = parse_double(element(*point, "quantity"));
    if (position && quantity && *position >= 1 && *position <= count) values[*position - 1] = *quantity;
  }
  for (std::size_t i = 1; i < count; ++i)
    if (values[i] < 0) values[i] = values[i - 1];
  return values;
}

void add_period(Moments& moments, std::string_view period, double factor) {
  const std::string_view interval = element(period, "timeInterval");
  const auto start = parse_iso_time(element(interval, "start")), end = parse_iso_time(element(interval, "end"));
  const auto step = resolution_of(element(period, "resolution"));
  if (!start || !end || !step || *end <= *start) return;
  const auto count = static_cast<std::size_t>((*end - *start) / *step);
  if (count == 0 || count > kMostPoints) return;
  const auto values = values_of(period, count);
  for (std::size_t i = 0; i < count; ++i) {
    if (values[i] < 0) continue;
    for (WallTime at = *start + *step * i; at < *start + *step * (i + 1); at += std::chrono::minutes(15)) {
      moments[at].power += values[i];
      moments[at].emission += values[i] * factor;
    }
  }
}

}  // namespace

std::string entsoe_zone(const Place& place, const Host& host) {
  if (const auto area = host.env("CARBONTRACKER_ENTSOE_AREA"); area && !area->empty()) return *area;
  static const std::map<std::string, std::string> kAreas{
      {"AT", "10YAT-APG------L"}, {"BE", "10YBE----------2"}, {"BG", "10YCA-BULGARIA-R"}, {"CH", "10YCH-SWISSGRIDZ"}, {"CZ", "10YCZ-CEPS-----N"},
      {"DE", "10Y1001A1001A82H"}, {"DK", "10Y1001A1001A65H"}, {"EE", "10Y1001A1001A39I"}, {"ES", "10YES-REE------0"}, {"FI", "10YFI-1--------U"},
      {"FR", "10YFR-RTE------C"}, {"GR", "10YGR-HTSO-----Y"}, {"HR", "10YHR-HEP------M"}, {"HU", "10YHU-MAVIR----U"}, {"IE", "10YIE-1001A00010"},
      {"IT", "10YIT-GRTN-----B"}, {"LT", "10YLT-1001A0008Q"}, {"LV", "10YLV-1001A00074"}, {"NL", "10YNL----------L"}, {"NO", "10YNO-0--------C"},
      {"PL", "10YPL-AREA-----S"}, {"PT", "10YPT-REN------W"}, {"RO", "10YRO-TEL------P"}, {"SE", "10YSE-1--------K"}, {"SI", "10YSI-ELES-----O"}, {"SK", "10YSK-SEPS-----K"}};
  const auto found = kAreas.find(place.country);
  return found == kAreas.end() ? "" : found->second;
}

std::vector<HttpRequest> entsoe_requests(const std::string& base, const std::string& key, const std::string& zone, WallTime at) {
  const auto stamp = [](WallTime when) {  // yyyyMMddHHmm
    std::string text = iso_time(when).substr(0, 16);
    std::erase_if(text, [](char c) { return c < '0' || c > '9'; });
    return text;
  };
  HttpRequest out;
  out.shown = base + "/api";
  out.url = fmt::format("{}/api?securityToken={}&documentType=A75&processType=A16&in_Domain={}&periodStart={}&periodEnd={}", base, url_encoded(key), url_encoded(zone),
                        stamp(at - std::chrono::hours(7 * 24)), stamp(at));
  return {out};
}

Result<std::vector<IntensityPoint>> entsoe_parse(std::string_view xml, WallTime at) {
  if (xml.find("<GL_MarketDocument") == std::string_view::npos) {
    const std::string_view reason = element(xml, "text");
    return unexpected(Errc::corrupt, "answer of ENTSO-E: " + (reason.empty() ? "no GL_MarketDocument: " + printable(xml.substr(0, 60)) : printable(reason.substr(0, 120))), "");
  }
  Moments moments;
  while (const auto series = take(xml, "TimeSeries")) {
    if (series->find("outBiddingZone_Domain") != std::string_view::npos) continue;  // taken from the grid: pumping
    const auto factor = factor_of(element(*series, "psrType"));
    std::string_view rest = *series;
    while (const auto period = factor ? take(rest, "Period") : std::nullopt) add_period(moments, *period, *factor);
  }
  std::vector<IntensityPoint> out;
  for (const auto& [start, mix] : moments) {
    if (start > at || mix.power <= 0) continue;
    const CarbonIntensity g(mix.emission / mix.power);
    out.push_back({start, g, g, g, false});
  }
  return out;
}

}  // namespace carbontracker
