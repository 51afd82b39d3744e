#include "cli/provider_settings.h"

#include <sys/stat.h>
#include <unistd.h>

#include <map>
#include <memory>
#include <mutex>

#include "base/text.h"
#include "carbon/provider.h"
#include "cli/settings.h"
#include "cli/style.h"

namespace carbontracker::cli {
namespace {

constexpr std::string_view kPrefix = "CARBONTRACKER_";

const std::map<std::string, ProviderSetting, std::less<>>& known() {
  static const auto kKnown = [] {
    std::map<std::string, ProviderSetting, std::less<>> all;
    for (const Provider& provider : providers()) {
      const std::string id = lower(provider.id);
      all[id + "_url"] = ProviderSetting::secret;
      if (provider.keyed) all[id + "_key"] = ProviderSetting::secret;
      if (provider.zone_setting) all[id + "_" + lower(provider.zone_setting)] = ProviderSetting::zone;
    }
    return all;
  }();
  return kKnown;
}

void warn_of_open_file(const Setting& setting, const Host& host) {
  struct stat status {};
  if (::stat(setting.from.c_str(), &status) != 0 || (status.st_mode & 077) == 0) return;
  print_message(style_of(STDERR_FILENO, host), setting.from + " holds a key and others may read it", "chmod 600 " + setting.from);
}

// The variable under another spelling of the provider's id; none: there is none.
std::optional<std::string> spelled_otherwise(std::string_view name, const Host& host) {
  for (const auto& [id, other] : provider_spellings()) {
    const std::string prefix = std::string(kPrefix) + std::string(id) + "_";
    if (!name.starts_with(prefix)) continue;
    if (auto value = host.env(std::string(kPrefix) + std::string(other) + "_" + std::string(name.substr(prefix.size())))) return value;
  }
  return std::nullopt;
}

// The file's settings, read once.
class FileSettings {
 public:
  std::optional<std::string> find(const std::string& key, const Host& host) {
    const std::scoped_lock lock(mutex_);
    if (!read_) settings_ = load_settings(host);
    read_ = true;
    const Setting* setting = settings_.find(key);
    if (!setting) return std::nullopt;
    if (!warned_ && key.ends_with("_key")) warn_of_open_file(*setting, host), warned_ = true;
    return setting->value;
  }

 private:
  std::mutex mutex_;
  Settings settings_;
  bool read_ = false, warned_ = false;
};

}  // namespace

ProviderSetting provider_setting(std::string_view key) {
  const auto found = known().find(key);
  return found == known().end() ? ProviderSetting::none : found->second;
}

Host with_provider_settings(Host host) {
  const auto file = std::make_shared<FileSettings>();
  Host out = host;
  out.environment = [file, host](std::string_view name) -> std::optional<std::string> {
    auto value = host.env(name);
    if (!value && name.starts_with(kPrefix)) value = spelled_otherwise(name, host);
    if (value || !name.starts_with(kPrefix)) return value;
    const std::string key = lower(name.substr(kPrefix.size()));
    return provider_setting(key) == ProviderSetting::none ? std::nullopt : file->find(key, host);
  };
  return out;
}

}  // namespace carbontracker::cli
