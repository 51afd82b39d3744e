// ENTSO-E's transparency platform: actual generation by type (document A75) in quarters, halves or hours, times fuel factors.
// Source of the shapes: transparency.entsoe.eu, web API guide.

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/iso_time.h"
#include "base/printable.h"
#include "base/text.h"
#include "carbon/generation_mix.h"
#include "carbon/provider_list.h"
#include "carbon/provider_tools.h"

namespace carbontracker {
namespace {

constexpr const char* kName = "ENTSO-E";
constexpr std::size_t kMostPoints = 5000;  // of a period: a week of quarter hours is 672
constexpr double kMostMegawatts = 1e6;     // of an area and a type: all of Europe has about 5e5
constexpr std::chrono::minutes kStep{15};

// g/kWh: IPCC AR5 annex III medians. Not in that table: oil 650, the usual choice; peat and oil shale as coal; waste as biomass; "other" 700, as CarbonCast has it.
const FuelFactors& factors() {
  static const FuelFactors kFactors{{"B01", 230}, {"B02", 820}, {"B03", 490}, {"B04", 490}, {"B05", 820}, {"B06", 650}, {"B07", 820}, {"B08", 820}, {"B09", 38}, {"B11", 24},
                                    {"B12", 24},  {"B13", 17},  {"B14", 12},  {"B15", 38},  {"B16", 48},  {"B17", 230}, {"B18", 12},  {"B19", 11},  {"B20", 700}};
  return kFactors;
}

bool is_storage(std::string_view type) { return type == "B10" || type == "B25"; }

// The text of the first element of that name, empty where there is none. The platform writes plain elements: no sections, no entities in figures.
std::string_view element(std::string_view xml, std::string_view name) {
  const std::string open = "<" + std::string(name), close = "</" + std::string(name) + ">";
  for (auto begin = xml.find(open); begin != std::string_view::npos; begin = xml.find(open, begin + 1)) {
    const auto inside = xml.find('>', begin);
    if (inside == std::string_view::npos) return {};
    if (const char next = xml[begin + open.size()]; next != '>' && next != ' ') continue;  // a longer name
    const auto end = xml.find(close, inside);
    return end == std::string_view::npos ? std::string_view() : trim(xml.substr(inside + 1, end - inside - 1));
  }
  return {};
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

std::optional<std::chrono::minutes> resolution_of(std::string_view text) {
  if (text == "PT15M") return std::chrono::minutes(15);
  if (text == "PT30M") return std::chrono::minutes(30);
  if (text == "PT60M" || text == "PT1H") return std::chrono::hours(1);
  return std::nullopt;
}

// Positions that are left out repeat the one before, except in curves of type A01, where they are not reported.
std::vector<double> values_of(std::string_view period, std::size_t count, bool repeated) {
  std::vector<double> values(count, -1);
  while (const auto point = take(period, "Point")) {
    const auto position = parse_uint(element(*point, "position"));
    const auto quantity = parse_double(element(*point, "quantity"));
    if (position && quantity && *position >= 1 && *position <= count && *quantity <= kMostMegawatts) values[*position - 1] = *quantity;
  }
  for (std::size_t i = 1; repeated && i < count; ++i)
    if (values[i] < 0) values[i] = values[i - 1];
  return values;
}

void add_period(GenerationMix& mix, std::string_view period, const std::string& type, bool repeated) {
  const std::string_view interval = element(period, "timeInterval");
  const auto start = parse_iso_time(element(interval, "start")), end = parse_iso_time(element(interval, "end"));
  const auto step = resolution_of(element(period, "resolution"));
  if (!start || !end || !step || *end <= *start) return;
  const auto count = static_cast<std::size_t>((*end - *start) / *step);
  if (count == 0 || count > kMostPoints) return;
  const auto values = values_of(period, count, repeated);
  for (std::size_t i = 0; i < count; ++i) {
    if (values[i] < 0) continue;
    for (WallTime at = *start + *step * i; at < *start + *step * (i + 1); at += kStep) mix[at][type] += values[i];
  }
}

Result<> check(std::string_view series, const std::string& zone) {
  const std::string_view area = element(series, "inBiddingZone_Domain.mRID"), unit = element(series, "quantity_Measure_Unit.name");
  if (!area.empty() && area != zone) return unexpected(other_zone(kName, std::string(area), zone));
  if (!unit.empty() && unit != "MAW") return unexpected(unlike(kName, "unit " + printable(unit, 40) + ", MAW is known"));
  return {};
}

Result<std::string> zone(const Place& place, const std::string& configured) {
  if (!configured.empty()) return configured;
  static const std::map<std::string, std::string> kAreas{
      {"AT", "10YAT-APG------L"}, {"BE", "10YBE----------2"}, {"BG", "10YCA-BULGARIA-R"}, {"CH", "10YCH-SWISSGRIDZ"}, {"CZ", "10YCZ-CEPS-----N"},
      {"DE", "10Y1001A1001A82H"}, {"DK", "10Y1001A1001A65H"}, {"EE", "10Y1001A1001A39I"}, {"ES", "10YES-REE------0"}, {"FI", "10YFI-1--------U"},
      {"FR", "10YFR-RTE------C"}, {"GR", "10YGR-HTSO-----Y"}, {"HR", "10YHR-HEP------M"}, {"HU", "10YHU-MAVIR----U"}, {"IE", "10YIE-1001A00010"},
      {"IT", "10YIT-GRTN-----B"}, {"LT", "10YLT-1001A0008Q"}, {"LV", "10YLV-1001A00074"}, {"NL", "10YNL----------L"}, {"NO", "10YNO-0--------C"},
      {"PL", "10YPL-AREA-----S"}, {"PT", "10YPT-REN------W"}, {"RO", "10YRO-TEL------P"}, {"SE", "10YSE-1--------K"}, {"SI", "10YSI-ELES-----O"}, {"SK", "10YSK-SEPS-----K"}};
  const auto found = kAreas.find(place.country);
  return found == kAreas.end() ? "" : found->second;
}

std::vector<HttpRequest> requests(const ProviderQuery& query) {
  const auto stamp = [](WallTime when) {  // yyyyMMddHHmm
    std::string text = iso_time(when).substr(0, 16);
    std::erase_if(text, [](char c) { return c < '0' || c > '9'; });
    return text;
  };
  HttpRequest out = plain_request(fmt::format("{}/api?securityToken={}&documentType=A75&processType=A16&in_Domain={}&periodStart={}&periodEnd={}", query.base, url_encoded(query.key),
                                              url_encoded(query.zone), stamp(query.at - 7 * kDay), stamp(query.at)));
  out.follow = false;  // the key is in the URL, and a redirect may repeat it to another host
  return {out};
}

// Why there is no document: the platform says it in an acknowledgement, with status 200 too.
Error refusal(std::string_view xml) {
  if (xml.starts_with("PK")) return unlike(kName, "a ZIP archive, XML is known");
  const std::string_view reason = element(xml, "text");
  return unlike(kName, reason.empty() ? "no GL_MarketDocument: " + printable(xml.substr(0, 60)) : printable(reason.substr(0, 120)));
}

Result<ProviderAnswer> parse(std::string_view xml, const ProviderQuery& query) {
  if (xml.find("<GL_MarketDocument") == std::string_view::npos) return unexpected(refusal(xml));
  GenerationMix mix;
  while (const auto series = take(xml, "TimeSeries")) {
    if (series->find("outBiddingZone_Domain") != std::string_view::npos) continue;  // taken from the grid: pumping
    if (const auto fine = check(*series, query.zone); !fine) return unexpected(fine.error());
    const std::string type(element(*series, "psrType"));
    const bool repeated = element(*series, "curveType") != "A01";
    std::string_view rest = *series;
    while (const auto period = type.empty() || is_storage(type) ? std::nullopt : take(rest, "Period")) add_period(mix, *period, type, repeated);
  }
  return ProviderAnswer{intensity_of_mix(mix, factors(), kStep, query.at), "", ""};
}

}  // namespace

Provider entsoe_provider() {
  return {"ENTSOE", "ENTSO-E with IPCC AR5 factors", "https://web-api.tp.entsoe.eu", true, "average, lifecycle", 1500, kStep, "AREA", zone, requests, parse};
}

}  // namespace carbontracker
