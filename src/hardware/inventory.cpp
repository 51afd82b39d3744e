#include "hardware/inventory.h"

#include <algorithm>
#include <utility>

namespace carbontracker {
namespace {

using Sources = std::vector<std::unique_ptr<EnergySource>>;

bool summed(const Channel& channel) { return is_headline(channel.domain) && channel.contained_in.empty(); }

bool gives(const EnergySource& source, Domain domain) {
  const auto channels = source.channels();
  return std::any_of(channels.begin(), channels.end(), [&](const Channel& c) { return c.domain == domain && summed(c); });
}
bool give(const Sources& sources, Domain domain) {
  return std::any_of(sources.begin(), sources.end(), [&](const auto& source) { return gives(*source, domain); });
}

// Grace's socket power includes its memory (hwmon_cpu.cpp).
bool includes_memory(const Sources& sources) {
  return give(sources, Domain::soc) || std::any_of(sources.begin(), sources.end(), [](const auto& source) {
    return source->name() == "hwmon-power_meter" && gives(*source, Domain::package);
  });
}

class Composer {
 public:
  Composer(const Host& host, const Clock& clock) : host_(host), clock_(clock) {}

  // Nothing when refused: then the refusal is kept.
  Sources open(const Backend& backend) {
    std::vector<Error> notes;
    auto opened = backend.open(host_, clock_, notes);
    for (Error& note : notes) made.notes.push_back({std::string(backend.name), std::move(note)});
    if (opened) return std::move(*opened);
    made.refusals.push_back({std::string(backend.name), opened.error()});
    return {};
  }
  void keep(Sources sources) { std::move(sources.begin(), sources.end(), std::back_inserter(made.sources)); }
  void not_needed(const Backend& backend, std::string why) {
    made.refusals.push_back({std::string(backend.name), {Errc::unsupported, std::move(why), ""}, true});
  }

  void open_processors(std::span<const Backend* const> counters);
  void open_hwmon(const Backend& hwmon);
  void open_models(const Families& families);

  Inventory made;

 private:
  const Host& host_;
  const Clock& clock_;
};

void Composer::open_processors(std::span<const Backend* const> counters) {
  const Backend* taken = nullptr;
  for (const Backend* backend : counters) {
    if (taken) {
      not_needed(*backend, "not opened: " + std::string(taken->name) + " gives the same counters");
      continue;
    }
    Sources sources = open(*backend);
    if (!give(sources, Domain::package)) {  // a cross-check alone is none
      // One reason is enough where the second way to the same counters is not there either.
      if (made.refusals.size() > 1) made.refusals.back().superseded = made.refusals.back().error.code == Errc::not_found;
      continue;
    }
    for (Refusal& refusal : made.refusals) refusal.superseded = true;
    keep(std::move(sources));
    taken = backend;
  }
}

void Composer::open_hwmon(const Backend& hwmon) {
  const bool have_packages = give(made.sources, Domain::package);
  const std::size_t before = made.refusals.size();
  Sources kept;
  for (auto& source : open(hwmon)) {
    if (have_packages && gives(*source, Domain::package))
      made.notes.push_back({std::string(source->name()), {Errc::unsupported, "not used: the processor's own counters are", ""}, true});
    else kept.push_back(std::move(source));
  }
  // Most machines have no such sensor, and miss nothing by it.
  for (std::size_t i = before; i < made.refusals.size(); ++i) made.refusals[i].superseded = made.refusals[i].error.code == Errc::not_found;
  if (!have_packages && (give(kept, Domain::package) || give(kept, Domain::soc)))
    for (std::size_t i = 0; i < before; ++i) made.refusals[i].superseded = true;
  keep(std::move(kept));
}

void Composer::open_models(const Families& families) {
  const bool have_processor = give(made.sources, Domain::package) || give(made.sources, Domain::soc);
  const bool have_memory = give(made.sources, Domain::dram) || includes_memory(made.sources);
  if (have_processor) not_needed(*families.cpu_model, "not opened: the processor is measured");
  else keep(open(*families.cpu_model));
  if (have_memory) not_needed(*families.memory_model, "not opened: the memory is measured");
  else keep(open(*families.memory_model));
}

}  // namespace

bool is_synthetic(const Host& host) { return !host.env("CARBONTRACKER_SYNTHETIC").value_or("").empty(); }

Inventory open_inventory(const Host& host, const Clock& clock, const Families& families) {
  Composer composer(host, clock);
  if (is_synthetic(host)) {
    composer.keep(composer.open(*families.synthetic));
    return std::move(composer.made);
  }
  composer.open_processors(families.processors);
  composer.open_hwmon(*families.hwmon);
  composer.open_models(families);
  return std::move(composer.made);
}

std::span<const Backend* const> vendor_backends(const Host& host, const Inventory& inventory, const Families& families) {
  if (is_synthetic(host) || give(inventory.sources, Domain::soc)) return {};
  return families.vendors;
}

}  // namespace carbontracker
