#include "cli/option_kinds.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <cctype>

#include "base/duration.h"
#include "base/iso_time.h"
#include "base/text.h"

namespace carbontracker::cli {
namespace {

template <class Value, class Parse>
CLI::Option* add_parsed(CLI::App& app, const std::string& names, std::optional<Value>& into, const std::string& help, Parse parse, const char* form) {
  return app.add_option_function<std::string>(names, [&into, parse, form, names](const std::string& text) {
    const std::optional<Value> value = parse(text);
    if (!value) throw CLI::ValidationError(names, "'" + text + "' is not " + form);
    into = value;
  }, help);
}

auto number_between(double low, double high, bool open) {
  return [=](const std::string& text) {
    const auto value = parse_double(text);
    const bool fits = value && (open ? *value > low : *value >= low) && *value <= high;
    return fits ? value : std::nullopt;
  };
}

// "7B" is 7 and "b".
std::pair<std::optional<double>, std::string> number_and_unit(const std::string& text) {
  const std::string_view whole = trim(text);
  auto letters = whole.size();
  while (letters > 0 && !std::isdigit(static_cast<unsigned char>(whole[letters - 1])) && whole[letters - 1] != '.') --letters;
  return {parse_double(whole.substr(0, letters)), lower(trim(whole.substr(letters)))};
}

constexpr double kMost = 1e300;  // what is reckoned from it stays a number

std::optional<double> above_zero(std::optional<double> value) { return value && *value > 0 && *value <= kMost ? value : std::nullopt; }

// Thousands, millions, billions, trillions, as models and their tokens are counted.
std::optional<double> large_number(const std::string& text) {
  constexpr std::array<std::pair<std::string_view, double>, 7> kFactors{{{"", 1}, {"k", 1e3}, {"m", 1e6}, {"b", 1e9}, {"g", 1e9}, {"t", 1e12}, {"p", 1e15}}};
  const auto [number, unit] = number_and_unit(text);
  for (const auto& [name, factor] : kFactors)
    if (number && unit == name) return above_zero(*number * factor);
  return std::nullopt;
}

std::optional<double> hours(const std::string& text) {
  if (const auto number = parse_double(text)) return above_zero(number);
  const auto time = parse_duration(text);
  return above_zero(time ? std::optional(time->count() / 3600) : std::nullopt);
}

std::optional<double> share(const std::string& text) {
  const auto [number, unit] = number_and_unit(text);
  if (!number || (!unit.empty() && unit != "%")) return std::nullopt;
  return above_zero(unit == "%" ? *number / 100 : *number);
}

// "24" of what? Days are as likely meant as seconds.
std::optional<Seconds> span(const std::string& text) { return parse_double(text) ? std::nullopt : parse_duration(text); }

}  // namespace

std::optional<double> parse_g_per_kwh(const std::string& text) {
  constexpr std::array<std::string_view, 7> kUnits{"", "g", "g/kwh", "gco2", "gco2/kwh", "gco2e", "gco2e/kwh"};
  const std::string whole = lower(trim(text));
  const auto size = std::min(whole.find('g'), whole.size());
  const auto number = parse_double(std::string_view(whole).substr(0, size));
  const bool known = std::find(kUnits.begin(), kUnits.end(), std::string_view(whole).substr(size)) != kUnits.end();
  return number && known && *number >= 0 && *number <= kMost ? number : std::nullopt;
}

CLI::Option* add_count(CLI::App& app, const std::string& names, std::optional<double>& into, const std::string& help) {
  return add_parsed(app, names, into, help, number_between(0, kMost, true), "a number above 0")->type_name("N");
}
CLI::Option* add_pue(CLI::App& app, const std::string& names, std::optional<double>& into, const std::string& help) {
  return add_parsed(app, names, into, help, number_between(1, 10, false), "a number from 1 to 10")->type_name("X");
}
CLI::Option* add_amount(CLI::App& app, const std::string& names, std::optional<double>& into, const std::string& help) {
  return add_parsed(app, names, into, help, number_between(0, kMost, false), "a number of 0 or more")->type_name("X");
}
CLI::Option* add_number(CLI::App& app, const std::string& names, std::optional<double>& into, const std::string& help) {
  return add_parsed(app, names, into, help, [](const std::string& text) { return parse_double(text); }, "a number")->type_name("X");
}
CLI::Option* add_duration(CLI::App& app, const std::string& names, std::optional<Seconds>& into, const std::string& help) {
  return add_parsed(app, names, into, help, [](const std::string& text) { return parse_duration(text); }, "a duration like 90s, 5m or 24h")->type_name("TIME");
}
CLI::Option* add_span(CLI::App& app, const std::string& names, std::optional<Seconds>& into, const std::string& help) {
  return add_parsed(app, names, into, help, span, "a duration with its unit: 90s, 5m, 24h or 7d")->type_name("TIME");
}
CLI::Option* add_hours(CLI::App& app, std::optional<double>& into, const std::string& help) {
  return add_parsed(app, "--hours", into, help, hours, "a number of hours above 0")->type_name("N");
}
CLI::Option* add_large(CLI::App& app, const std::string& names, std::optional<double>& into, const std::string& help) {
  return add_parsed(app, names, into, help, large_number, "a number above 0, as 7e9 or 7B")->type_name("N");
}
CLI::Option* add_share(CLI::App& app, const std::string& names, std::optional<double>& into, const std::string& help) {
  return add_parsed(app, names, into, help, share, "a share above 0, as 0.4 or 40%")->type_name("N");
}
CLI::Option* add_grams(CLI::App& app, const std::string& names, std::optional<double>& into, const std::string& help) {
  return add_parsed(app, names, into, help, parse_g_per_kwh, "an intensity in grams of CO2e a kWh, as 300g")->type_name("G_PER_KWH");
}
CLI::Option* add_moment(CLI::App& app, const std::string& names, std::optional<WallTime>& into, const std::string& help) {
  return add_parsed(app, names, into, help, [](const std::string& text) { return parse_iso_time(text); }, "a time like 2026-11-25T10:00Z")->type_name("TIME");
}
CLI::Option* add_price(CLI::App& app, std::string& into, const std::string& help) {
  return app.add_option("--price", into, "Price of one kWh: 0.30 or 0.30EUR; " + help)->type_name("PRICE");
}
CLI::Option* add_choice(CLI::App& app, const std::string& names, std::string& into, const std::string& help, const std::vector<std::string>& choices) {
  into = choices.front();
  return app.add_option(names, into, help)->type_name("WORD")->check(CLI::IsMember(choices));
}

}  // namespace carbontracker::cli
