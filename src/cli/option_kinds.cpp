#include "cli/option_kinds.h"

#include <CLI/CLI.hpp>

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

}  // namespace

CLI::Option* add_count(CLI::App& app, const std::string& names, std::optional<double>& into, const std::string& help) {
  return add_parsed(app, names, into, help, number_between(0, 1e300, true), "a number above 0 and below 1e300")->type_name("N");
}
CLI::Option* add_pue(CLI::App& app, const std::string& names, std::optional<double>& into, const std::string& help) {
  return add_parsed(app, names, into, help, number_between(1, 10, false), "a number from 1 to 10")->type_name("X");
}
CLI::Option* add_amount(CLI::App& app, const std::string& names, std::optional<double>& into, const std::string& help) {
  return add_parsed(app, names, into, help, number_between(0, 1e300, false), "a number of 0 or more, below 1e300")->type_name("X");
}
CLI::Option* add_number(CLI::App& app, const std::string& names, std::optional<double>& into, const std::string& help) {
  return add_parsed(app, names, into, help, [](const std::string& text) { return parse_double(text); }, "a number")->type_name("X");
}
CLI::Option* add_duration(CLI::App& app, const std::string& names, std::optional<Seconds>& into, const std::string& help) {
  return add_parsed(app, names, into, help, [](const std::string& text) { return parse_duration(text); }, "a duration like 90s, 5m or 24h")->type_name("TIME");
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
