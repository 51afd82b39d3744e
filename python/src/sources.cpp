#include "sources.h"

#include <nanobind/stl/string.h>

#include <condition_variable>
#include <mutex>
#include <thread>

#include "gil.h"
#include "hardware/inventory.h"
#include "tracker/figures.h"
#include "values.h"

namespace nb = nanobind;

namespace carbontracker::python {
namespace {

using Opened = Result<std::vector<std::unique_ptr<EnergySource>>>;

struct Family {
  std::string backend;
  std::vector<Channel> channels;
  std::optional<Error> refused;
};

void add(std::vector<Family>& list, const std::string& backend, const std::vector<std::unique_ptr<EnergySource>>& found) {
  for (const auto& source : found) {
    const auto channels = source->channels();
    list.push_back({backend.empty() ? std::string(source->name()) : backend, {channels.begin(), channels.end()}, std::nullopt});
  }
}

struct Answer {
  std::mutex mutex;
  std::condition_variable ready;
  std::optional<Opened> opened;
};

// On a thread of its own, which is left behind if the driver does not answer.
void add_vendor(std::vector<Family>& list, const Backend& backend, const Host& host) {
  auto answer = std::make_shared<Answer>();
  std::thread([answer, &backend, host] {
    std::vector<Error> notes;
    auto opened = backend.open(host, system_clock(), notes);
    const std::lock_guard lock(answer->mutex);
    answer->opened.emplace(std::move(opened));
    answer->ready.notify_all();
  }).detach();
  std::unique_lock lock(answer->mutex);
  answer->ready.wait_for(lock, std::chrono::seconds(10), [&] { return answer->opened.has_value(); });
  const std::string name(backend.name);
  if (!answer->opened) list.push_back({name, {}, Error{Errc::timeout, "does not answer", "look at the driver: nvidia-smi"}});
  else if (*answer->opened) add(list, name, **answer->opened);
  else list.push_back({name, {}, answer->opened->error()});
}

std::vector<Family> look() {
  const Host host = this_host();
  std::vector<Family> list;
  const Inventory inventory = open_inventory(host, system_clock());
  add(list, "", inventory.sources);
  for (const Backend* vendor : vendor_backends(host, inventory)) add_vendor(list, *vendor, host);
  for (const auto* refusals : {&inventory.refusals, &inventory.notes})
    for (const Refusal& refusal : *refusals) list.push_back({refusal.backend, {}, refusal.error});
  return list;
}

nb::dict dict_of(const Family& family) {
  nb::dict out;
  nb::list channels;
  for (const Channel& channel : family.channels) channels.append(from_json(channel_json(channel)));
  out["backend"] = text(family.backend);
  out["open"] = !family.refused;
  out["channels"] = channels;
  out["reason"] = family.refused ? text_or_none(family.refused->what) : nb::none();
  out["remedy"] = family.refused ? text_or_none(family.refused->hint) : nb::none();
  return out;
}

}  // namespace

nb::list sources() {
  std::vector<Family> found;
  {
    const Released released;
    found = look();
  }
  nb::list out;
  for (const Family& family : found) out.append(dict_of(family));
  return out;
}

}  // namespace carbontracker::python
