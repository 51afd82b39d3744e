#pragma once
// Options of a kind that CLI11 has no check for: numbers with a range, durations, moments. A value that does not fit is named.

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace carbontracker::cli {

// "300", "300g", "300 gCO2e/kWh": 0 or more.
[[nodiscard]] std::optional<double> parse_g_per_kwh(const std::string& text);

CLI::Option* add_count(CLI::App& app, const std::string& names, std::optional<double>& into, const std::string& help);  // above 0
CLI::Option* add_pue(CLI::App& app, const std::string& names, std::optional<double>& into, const std::string& help);    // 1 to 10
CLI::Option* add_amount(CLI::App& app, const std::string& names, std::optional<double>& into, const std::string& help); // 0 or more
CLI::Option* add_number(CLI::App& app, const std::string& names, std::optional<double>& into, const std::string& help); // any
CLI::Option* add_duration(CLI::App& app, const std::string& names, std::optional<Seconds>& into, const std::string& help);
CLI::Option* add_span(CLI::App& app, const std::string& names, std::optional<Seconds>& into, const std::string& help);    // a duration, its unit not left out
CLI::Option* add_hours(CLI::App& app, std::optional<double>& into, const std::string& help);                              // --hours: "6", "6h", "90m"
CLI::Option* add_large(CLI::App& app, const std::string& names, std::optional<double>& into, const std::string& help);    // "7e9", "7B", "2T"
CLI::Option* add_share(CLI::App& app, const std::string& names, std::optional<double>& into, const std::string& help);    // "0.4", "40%"
CLI::Option* add_grams(CLI::App& app, const std::string& names, std::optional<double>& into, const std::string& help);    // as parse_g_per_kwh
CLI::Option* add_moment(CLI::App& app, const std::string& names, std::optional<WallTime>& into, const std::string& help);
CLI::Option* add_price(CLI::App& app, std::string& into, const std::string& help);                                      // --price, for chosen_price (cli/grid_choice.h)
// The first of `formats` is the default.
CLI::Option* add_choice(CLI::App& app, const std::string& names, std::string& into, const std::string& help, const std::vector<std::string>& choices);

}  // namespace carbontracker::cli
