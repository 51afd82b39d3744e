#include "carbon/beyond.h"

#include <algorithm>
#include <cctype>
#include <cmath>

#include <fmt/format.h>

#include "base/printable.h"
#include "base/text.h"
#include "data/tables.h"

namespace carbontracker {
namespace {

constexpr double kSecondsPerYear = 365.25 * 86400;
constexpr std::size_t kMostNamed = 4;

// Runs of letters and digits, in small letters: "NVIDIA A100-SXM4-40GB" -> nvidia a100 sxm4 40gb.
std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words(1);
  for (const char c : text) {
    if (std::isalnum(static_cast<unsigned char>(c))) words.back() += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    else if (!words.back().empty()) words.emplace_back();
  }
  if (words.back().empty()) words.pop_back();
  return words;
}

bool all_in(const std::vector<std::string>& wanted, const std::vector<std::string>& words) {
  return !wanted.empty() && std::all_of(wanted.begin(), wanted.end(), [&](const std::string& word) { return std::find(words.begin(), words.end(), word) != words.end(); });
}

int year_of(const TableRow& row) { return static_cast<int>(parse_uint(row["year"]).value_or(0)); }

std::optional<EmbodiedDevice> made(const DeviceUse& use) {
  const std::vector<std::string> words = words_of(use.label);
  std::optional<EmbodiedDevice> found;
  for_each_row("embodied", [&](const TableRow& row) {
    if (row["kind"] != use.kind || !all_in(words_of(row["words"]), words)) return true;
    found = EmbodiedDevice{use, {row.number("kg").value_or(0), row.number("low_kg").value_or(0), row.number("high_kg").value_or(0)}, {}, year_of(row), std::string(row["source"])};
    return false;
  });
  return found;
}

// The shortest life with the dearest making is the high end. A device that is used for longer than its life was has lived longer: it is never made twice.
Range share_of(const Range& kg, Seconds reserved) {
  const double years = std::isfinite(reserved.count()) ? std::max(0.0, reserved.count()) / kSecondsPerYear : 0;
  const auto grams = [&](double made, double life) { return 1000 * made * std::min(1.0, years / life); };
  return {grams(kg.value, kLifetimeYears.value), grams(kg.low, kLifetimeYears.high), grams(kg.high, kLifetimeYears.low)};
}

std::optional<Water> water(const std::string& id, Joules energy) {
  const auto row = find_row("water", id);
  if (!row || !row->number("l_per_kwh")) return std::nullopt;
  const double kwh = in_kilowatt_hours(energy);
  const Range factor{*row->number("l_per_kwh"), row->number("low_l_per_kwh").value_or(0), row->number("high_l_per_kwh").value_or(0)};
  return Water{{kwh * factor.value, kwh * factor.low, kwh * factor.high}, factor, id, year_of(*row), std::string((*row)["source"])};
}

// Which site stands behind a PUE that was found rather than given: its source is kept with the run.
std::string site_of(const Facility& site, const Place& place) {
  if (!place.provider.empty()) return place.provider;
  if (site.from.starts_with("1.0: ")) return "none";
  std::string found;
  for_each_row("pue", [&](const TableRow& row) {
    const std::string_view id = row["id"];
    if (id != "workstation" && !row["source"].empty() && site.from.starts_with(row["source"])) found = id;
    return found.empty();
  });
  return found;
}

}  // namespace

Embodied embodied(const std::vector<DeviceUse>& devices) {
  Embodied all;
  for (const DeviceUse& use : devices) {
    auto one = made(use);
    if (!one) {
      all.unknown.push_back(use);
      continue;
    }
    one->grams = share_of(one->kg, use.reserved);
    all.grams.value += one->grams.value;
    all.grams.low += one->grams.low;
    all.grams.high += one->grams.high;
    all.devices.push_back(std::move(*one));
  }
  return all;
}

std::string embodied_reason(const Embodied& embodied) {
  if (embodied.devices.empty() && embodied.unknown.empty()) return "no processor and no GPU was told of";
  std::string text;
  std::size_t named = 0;
  for (const DeviceUse& use : embodied.unknown) {
    if (named++ == kMostNamed) return text + fmt::format("; and {} more", embodied.unknown.size() - kMostNamed);
    const std::string label = printable(use.label, 60);
    text += (text.empty() ? "" : "; ") + printable(use.channel, 30) + ": " + (label.empty() ? "its name is not known" : label + " is in no table");
  }
  return text;
}

std::optional<Water> water_on_site(Joules it, const Facility& site, const Place& place) {
  const std::string of = site_of(site, place);
  return of.empty() ? std::nullopt : water("site:" + of, it);
}

std::optional<Water> water_off_site(Joules facility, const Place& place) {
  auto own = place.country.empty() ? std::nullopt : water("grid:" + place.country, facility);
  return own ? own : water("grid:WORLD", facility);
}

Result<Price> parse_price(std::string_view text, std::string_view from) {
  const std::string_view whole = trim(text);
  const auto letters = std::find_if(whole.begin(), whole.end(), [](unsigned char c) { return std::isalpha(c) || c >= 0x80; });
  const auto number = parse_double(std::string_view(whole.begin(), letters));
  const std::string_view unit(letters, whole.end());
  const bool sane = std::all_of(unit.begin(), unit.end(), [](unsigned char c) { return std::isalpha(c) || c >= 0x80; }) && unit.size() <= 8;
  if (!number || *number < 0 || *number > 1e9 || !sane)
    return unexpected(Errc::invalid_input, fmt::format("{}: '{}' is no price of one kWh", from, whole.substr(0, 40)), "--price 0.30EUR");
  return Price{*number, std::string(unit), std::string(from)};
}

Market market_based(const Energy& it, const Facility& site, CarbonIntensity factor) {
  const auto grams = [&](Joules energy) { return (energy * site.pue * factor).value(); };
  return {{grams(it.joules), grams(it.low), it.high ? grams(*it.high) : grams(it.joules)}, factor, it.high.has_value()};
}

Cost cost(const Energy& it, const Facility& site, const Price& price) {
  const double per_joule = site.pue * price.per_kwh / kJoulesPerKilowattHour;
  const double value = it.joules.value() * per_joule;
  return {{value, it.low.value() * per_joule, it.high ? it.high->value() * per_joule : value}, price, it.high.has_value()};
}

}  // namespace carbontracker
