#include "carbon/series_columns.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "base/text.h"

namespace carbontracker {
namespace {

constexpr double kGramsPerPound = 453.59237;  // exact, by the international pound of 1959
constexpr std::array<std::string_view, 12> kTimeNames{"utc_start", "start", "datetime", "timestamp", "time", "from", "point_time", "date", "utc_time", "start_time", "utc_timestamp", "date_time"};
constexpr std::array<std::string_view, 10> kValueNames{"lifecycle_gco2eq_per_kwh", "avg_ci_lifecycle_g_per_kwh", "g_per_kwh", "avg_ci_g_per_kwh", "carbonintensity",
                                                       "carbon_intensity", "intensity", "value", "rating", "direct_gco2_per_kwh"};
constexpr std::array<std::string_view, 6> kZoneNames{"zone", "zone_id", "zone_key", "zone_name", "region", "location"};
constexpr std::array<std::string_view, 2> kKindNames{"emissionfactortype", "emission_factor_type"};

bool has(std::string_view name, std::string_view part) { return name.find(part) != std::string_view::npos; }

// As a word of its own: "kg" in kg_per_mwh, not in background.
bool has_word(std::string_view name, std::string_view word) {
  const auto parts = split(name, '_');
  return std::find(parts.begin(), parts.end(), word) != parts.end();
}
bool has_word_from(std::string_view name, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(), [&](std::string_view word) { return has_word(name, word); });
}

template <class Wanted>
std::optional<std::string> first_of(const std::vector<std::string>& there, const Wanted& wanted) {
  for (const std::string_view name : wanted)
    for (const std::string& one : there)
      if (plain_name(one) == name) return one;
  return std::nullopt;
}

// Names that say carbon intensity in more words: lifecycle first, direct last.
std::optional<std::string> by_its_words(const std::vector<std::string>& there) {
  const std::string* best = nullptr;
  const auto rank = [](const std::string& name) {
    const std::string basis = series_basis(name);
    return basis == "average, lifecycle" ? 0 : basis == "average, direct" ? 2 : basis == "marginal" ? 3 : 1;
  };
  for (const std::string& name : there)
    if (has(plain_name(name), "carbon_intensity") && (!best || rank(name) < rank(*best))) best = &name;
  return best ? std::optional(*best) : std::nullopt;
}

std::optional<std::string> named(const std::vector<std::string>& there, const std::string& wanted) {
  if (std::find(there.begin(), there.end(), wanted) != there.end()) return wanted;
  return first_of(there, std::array<std::string_view, 1>{plain_name(wanted)});
}

}  // namespace

std::string plain_name(std::string_view name) {
  std::string text = lower(trim(name)), out;
  for (const std::string_view zone : {"(utc)", "[utc]"})
    if (const auto at = text.find(zone); at != std::string::npos) text.erase(at, zone.size());
  for (std::size_t at; (at = text.find("\xE2\x82\x82")) != std::string::npos;) text.replace(at, 3, "2");  // a lowered two
  for (const char c : text) {
    if (std::isalnum(static_cast<unsigned char>(c))) out += c;
    else if (!out.empty() && out.back() != '_') out += '_';
  }
  if (!out.empty() && out.back() == '_') out.pop_back();
  return out;
}

Result<SeriesColumns> series_columns(const std::string& path, const std::vector<std::string>& names, const std::string& wanted) {
  const auto time = first_of(names, kTimeNames);
  if (!time) return unexpected(Errc::invalid_input, fmt::format("reading {}: no time column among: {}", path, fmt::join(names, ", ")), fmt::format("name it one of: {}", fmt::join(kTimeNames, ", ")));
  std::vector<std::string> others;
  std::copy_if(names.begin(), names.end(), std::back_inserter(others), [&](const std::string& name) { return name != *time && !trim(name).empty(); });
  SeriesColumns out{*time, "", first_of(others, kZoneNames), first_of(others, kKindNames)};
  std::optional<std::string> value = wanted.empty() ? first_of(others, kValueNames) : named(others, wanted);
  if (!value && wanted.empty()) value = by_its_words(others);
  if (!value && wanted.empty() && others.size() == 1) value = others.front();
  if (!value) return unexpected(Errc::invalid_input, wanted.empty() ? fmt::format("reading {}: several columns and no usual name among them", path) : fmt::format("reading {}: no column '{}'", path, wanted),
                                fmt::format("name the column of g/kWh with --column; there are: {}", fmt::join(others, ", ")));
  out.value = std::move(*value);
  return out;
}

std::optional<SeriesUnit> series_unit(std::string_view given) {
  const std::string name = plain_name(given);
  const bool mega = has(name, "mwh"), kilo = has(name, "kwh");
  if (has_word_from(name, {"price", "eur", "usd", "gbp", "dkk", "cost", "load", "demand", "mw", "gw", "temperature", "percent", "share"})) return std::nullopt;
  const auto mass = [&](std::initializer_list<std::string_view> words) {
    return std::any_of(words.begin(), words.end(), [&](std::string_view word) { return has_word(name, word) || has(name, std::string(word) + "co2"); });
  };
  if (mega && mass({"lb", "lbs"})) return SeriesUnit{kGramsPerPound / 1000, true, "lb/MWh"};
  if (kilo && mass({"lb", "lbs"})) return SeriesUnit{kGramsPerPound, true, "lb/kWh"};
  if (mega && mass({"kg"})) return SeriesUnit{1, true, "kg/MWh"};
  if (kilo && mass({"kg"})) return SeriesUnit{1000, true, "kg/kWh"};
  if (mega && mass({"t", "ton", "tons", "tonne", "tonnes"})) return SeriesUnit{1000, true, "t/MWh"};
  if (mega && mass({"g"})) return SeriesUnit{0.001, true, "g/MWh"};
  if (mega) return std::nullopt;  // an amount of energy
  return SeriesUnit{1, kilo && mass({"g"}), ""};
}

std::string series_basis(std::string_view given) {
  const std::string name = plain_name(given);
  for (const char* word : {"marginal", "moer"})
    if (has(name, word)) return "marginal";
  for (const char* word : {"lifecycle", "life_cycle", "lca"})
    if (has(name, word)) return "average, lifecycle";
  return has(name, "direct") ? "average, direct" : "average, as in the file";
}

}  // namespace carbontracker
