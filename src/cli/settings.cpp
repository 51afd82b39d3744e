#include "cli/settings.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <sstream>

#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

#include "base/duration.h"
#include "base/files.h"
#include "base/text.h"
#include "cli/provider_settings.h"

extern char** environ;

namespace carbontracker::cli {
namespace {

constexpr std::array<std::string_view, 10> kKeys{"place", "pue", "project", "name", "interval", "progress", "epochs", "price", "live", "offline"};
// Variables of the same prefix that are no settings of `run`.
constexpr std::array<std::string_view, 9> kOtherVariables{"LIVE_LIMIT", "HOST_ROOT", "SYNTHETIC", "HOME", "SOCKET", "RUN_ID", "DEBUG", "SWEEP", "RESUME"};

template <class List>
bool contains(const List& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

std::string known_keys() {
  std::string text;
  for (const auto key : kKeys) text += (text.empty() ? "" : ", ") + std::string(key);
  return text;
}

std::optional<std::string> scalar(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* flag = node.as_boolean()) return flag->get() ? "true" : "false";
  std::ostringstream out;
  out.imbue(std::locale::classic());
  if (const auto* whole = node.as_integer()) out << whole->get();
  else if (const auto* number = node.as_floating_point()) out << number->get();
  else return std::nullopt;
  return out.str();
}

// Whether the file may say this: not what it does not know, and a file that came with a project neither keys nor the addresses that they are sent to.
std::string objection(const std::string& name, const std::optional<std::string>& value, bool own) {
  const ProviderSetting provider = provider_setting(name);
  if (!contains(kKeys, name) && provider == ProviderSetting::none) return "unknown key '" + name + "' (known: " + known_keys() + ", and keys, URLs and zones of live providers)";
  if (provider == ProviderSetting::secret && !own) return "'" + name + "' is taken from your own ~/.config/carbontracker/config.toml alone";
  return value ? "" : "'" + name + "' must be a text or a number";
}

void read_toml(const std::string& path, Settings& into, bool own) {
  if (::access(path.c_str(), F_OK) != 0) return;
  const auto text = read_regular_file(path, 1 << 20);
  if (!text) {
    into.warnings.push_back(text.error().what + "; going on without it");
    return;
  }
  const toml::parse_result parsed = toml::parse(*text, path);
  if (!parsed) {
    const auto& error = parsed.error();
    // What is wrong may quote the line, and the line may be a key.
    const std::string what = text->find("_key") == std::string::npos ? std::string(error.description()) : "not as TOML is written";
    into.warnings.push_back(path + ", line " + std::to_string(error.source().begin.line) + ": " + what + "; going on without the file");
    return;
  }
  for (const auto& [key, node] : parsed.table()) {
    const std::string name(key.str());
    const auto value = scalar(node);
    if (const std::string wrong = objection(name, value, own); !wrong.empty()) into.warnings.push_back(path + ": " + wrong);
    else into.values[name] = {*value, path};
  }
}

void read_environment(const Host& host, Settings& into) {
  constexpr std::string_view prefix = "CARBONTRACKER_";
  for (const auto key : kKeys) {
    std::string name(prefix);
    for (const char c : key) name += static_cast<char>(c - 'a' + 'A');
    if (const auto value = host.env(name); value && !value->empty()) into.values[std::string(key)] = {*value, name};
  }
  for (char** variable = environ; variable && *variable; ++variable) {
    const std::string_view entry(*variable);
    if (!entry.starts_with(prefix)) continue;
    const std::string_view name = entry.substr(0, entry.find('='));
    const std::string key = lower(name.substr(prefix.size()));
    if (contains(kKeys, key) || contains(kOtherVariables, name.substr(prefix.size())) || provider_setting(key) != ProviderSetting::none) continue;
    into.warnings.push_back("unknown variable " + std::string(name));
  }
}

Error bad(const std::string& key, const Setting& setting, const std::string& form) {
  return {Errc::invalid_input, key + " = '" + setting.value + "' (from " + setting.from + ") is not " + form, "correct it in " + setting.from};
}

}  // namespace

const Setting* Settings::find(const std::string& key) const {
  const auto found = values.find(key);
  return found == values.end() ? nullptr : &found->second;
}

Settings load_settings(const Host& host) {
  Settings settings;
  const auto config = host.env("XDG_CONFIG_HOME");
  const auto home = host.env("HOME");
  if (config && !config->empty()) read_toml(*config + "/carbontracker/config.toml", settings, true);
  else if (home && !home->empty()) read_toml(*home + "/.config/carbontracker/config.toml", settings, true);
  read_toml("./.carbontracker.toml", settings, false);
  read_environment(host, settings);
  return settings;
}

Result<> fill_from_settings(RunArguments& run, const Settings& settings, std::string& place_from, std::string& pue_from) {
  if (!run.place.empty()) place_from = "--place";
  else if (const Setting* s = settings.find("place")) run.place = s->value, place_from = s->from;
  if (run.pue) pue_from = "--pue";
  else if (const Setting* s = settings.find("pue")) {
    run.pue = parse_double(s->value);
    if (!run.pue || *run.pue < 1 || *run.pue > 10) return unexpected(bad("pue", *s, "a number from 1 to 10"));
    pue_from = s->from;
  }
  if (const Setting* s = settings.find("project"); s && run.project.empty()) run.project = s->value;
  if (const Setting* s = settings.find("name"); s && run.name.empty()) run.name = s->value;
  if (const Setting* s = settings.find("epochs"); s && !run.epochs) {
    run.epochs = parse_double(s->value);
    if (!run.epochs || *run.epochs <= 0) return unexpected(bad("epochs", *s, "a number above 0"));
  }
  if (const Setting* s = settings.find("interval"); s && !run.interval) {
    run.interval = parse_duration(s->value);
    if (!run.interval) return unexpected(bad("interval", *s, "a duration like 90s, 5m or 24h"));
  }
  if (const Setting* s = settings.find("progress"); s && run.progress == "auto") {
    if (s->value != "auto" && s->value != "off") return unexpected(bad("progress", *s, "auto or off"));
    run.progress = s->value;
  }
  return {};
}

}  // namespace carbontracker::cli
