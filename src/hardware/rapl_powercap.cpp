// RAPL counters through /sys/class/powercap.
//
// Gives: package-<P>[-die-<D>] and dram-<P>[-die-<D>] (headline, summed), core-, uncore- (inside the package), psys (never added).
// Ticks are microjoules as the kernel prints them; the count wraps at max_energy_range_uj plus one hardware unit. The unit is not in
// sysfs, so one tick stands for it: at most 61 uJ a wrap too little (1 J for psys on Sapphire Rapids).
//
// The hardware updates every 1 ms (Khan et al., RAPL in Action, ACM TOMPECS 3(2), 2018). The gain errors are in
// docs/method/hardware-rapl-hwmon.md with their sources.

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/files.h"
#include "base/text.h"
#include "hardware/backend.h"
#include "hardware/cpu_kind.h"
#include "hardware/mirror.h"
#include "hardware/rapl.h"
#include "hardware/rapl_zone.h"

namespace carbontracker {
namespace {

constexpr Joules kMicrojoule{1e-6};
constexpr double kZoneCap = 2000;  // W: no zone takes more
constexpr std::uint64_t kCoarse = 4'000'000'000'000'000;  // a range of 2^32 units of 1 J: psys of Sapphire Rapids
constexpr Seconds kGuestRefresh{5};  // Scaphandre's qemu exporter writes every 5 s

class PowercapSource final : public EnergySource {
 public:
  PowercapSource(std::vector<Channel> channels, std::vector<SensorFile> files) : channels_(std::move(channels)), files_(std::move(files)) {}
  std::string_view name() const override { return kPowercapBackend.name; }
  std::span<const Channel> channels() const override { return channels_; }
  void read(std::span<Reading> out) override {
    for (std::size_t i = 0; i < files_.size(); ++i) {
      if (auto ticks = files_[i].read_uint()) out[i].emplace<std::uint64_t>(*ticks);
      else out[i].emplace<Error>(ticks.error());
    }
  }

 private:
  std::vector<Channel> channels_;  // constant after construction
  std::vector<SensorFile> files_;  // one a channel
};

// What a zone came to when it was looked at.
struct Candidate {
  const Zone* zone = nullptr;
  Channel channel;
  SensorFile file;
  Result<std::uint64_t> first;  // its count now
  std::string elsewhere;        // the zone that shows the same once more
};

std::optional<std::uint64_t> optional_number(const Zone& zone, const char* file) {
  const auto text = read_file(zone.path + "/" + file, 4096);
  return text ? parse_uint(*text) : std::nullopt;
}

// Twice the largest limit that the firmware states: a zone may run above its long-term limit for seconds (a laptop of 15 W at 60).
Watts power_cap(const Zone& zone) {
  double watts = 0;
  for (const char* file : {"constraint_0_max_power_uw", "constraint_1_max_power_uw", "constraint_0_power_limit_uw", "constraint_1_power_limit_uw"}) {
    const double stated = 1e-6 * static_cast<double>(optional_number(zone, file).value_or(0));
    if (2 * stated <= kZoneCap) watts = std::max(watts, 2 * stated);
  }
  return Watts(watts > 0 ? watts : kZoneCap);
}

Channel describe(const Zone& zone, Domain domain, const ZoneName& place, const CpuKind& cpu) {
  const std::uint64_t max = optional_number(zone, "max_energy_range_uj").value_or(0);
  Channel channel;
  channel.name = channel_name(domain, place);
  channel.domain = domain;
  channel.device = place.socket.empty() ? "machine" : "socket " + place.socket;
  if (domain == Domain::package) channel.label = cpu.name;
  channel.kind = Counter{kMicrojoule, max == 0 ? 0 : max + 1};
  channel.origin = Origin::counter;
  channel.refresh = kRaplRefresh;
  channel.gain_error = rapl_gain_error(cpu.amd);
  channel.max_power = power_cap(zone);
  if (domain == Domain::core || domain == Domain::uncore) channel.contained_in = channel_name(Domain::package, place);
  if (max >= kCoarse) channel.note = "counts in steps of 1 J: coarse over less than a minute";
  if (zone.guest) {
    channel.refresh = kGuestRefresh;
    channel.gain_error = rapl_gain_error(true);  // a share by CPU time, no measurement of its own
    channel.note = "this guest's share of the host's processor, as Scaphandre on the host divides it";
  }
  return channel;
}

// The place of a zone: its own for a package, its parent's for what lives in one.
ZoneName place_of(const Zone& zone, const ZoneName& own, const std::vector<Zone>& zones) {
  if (own.domain == Domain::package) return own;
  for (const Zone& parent : zones)
    if (parent.id == zone.parent)
      if (const auto name = parse_zone_name(parent.name)) return *name;
  return own;
}

std::vector<Candidate> look_at(const ZoneTree& tree, const CpuKind& cpu, std::vector<Error>& notes) {
  std::vector<Candidate> found;
  for (const Zone& zone : tree.zones) {
    SensorFile file(zone.path + "/energy_uj");
    auto first = file.read_uint();
    if (!first && first.error().code == Errc::not_found) continue;  // a zone of limits only
    const auto name = parse_zone_name(zone.name);
    if (!name) {
      notes.push_back({Errc::unsupported, zone.path + ": a zone called '" + zone.name + "' is not known and is left out", ""});
      continue;
    }
    found.push_back({&zone, describe(zone, name->domain, place_of(zone, *name, tree.zones), cpu), std::move(file), std::move(first), ""});
  }
  return found;
}

// One candidate a channel: the first that can be read (MSR views come before MMIO views).
std::vector<Candidate> without_doubles(std::vector<Candidate> all) {
  std::vector<Candidate> kept;
  std::map<std::string, std::size_t> places;
  for (Candidate& candidate : all) {
    const auto [place, fresh] = places.emplace(candidate.channel.name, kept.size());
    if (fresh) {
      kept.push_back(std::move(candidate));
      continue;
    }
    Candidate& other = kept[place->second];
    if (!other.first && candidate.first) {
      std::destroy_at(&other);
      std::construct_at(&other, std::move(candidate));
    } else if (other.first) {
      other.elsewhere = candidate.zone->id;
    }
  }
  return kept;
}

// Kernels list domains that the part lacks, and a hypervisor may answer 0 for all: a count of 0 is "not supported", not 0 W.
// (Where even the package stands at 0 on bare metal, counting has only just begun.)
bool reads_nothing(Candidate& candidate, bool counting_elsewhere, bool virtual_machine) {
  if (!candidate.first || *candidate.first != 0 || !(counting_elsewhere || virtual_machine)) return false;
  const auto again = candidate.file.read_uint();
  return again && *again == 0;
}

void mark_mirrors(std::vector<Candidate>& candidates) {
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    Channel& mirror = candidates[i].channel;
    for (std::size_t j = 0; j < i; ++j) {
      const Channel& first = candidates[j].channel;
      const bool dies_of_one = is_headline(mirror.domain) && mirror.domain == first.domain && mirror.device == first.device;
      if (!dies_of_one || !first.contained_in.empty()) continue;
      Candidate* pair[] = {&candidates[j], &candidates[i]};
      if (!is_one_counter([&](int which) { return double(pair[which]->file.read_uint().value_or(0)) * kMicrojoule; })) continue;
      mirror.contained_in = first.name;
      mirror.note = "shows the same count as " + first.name + " and is not added to it";
      break;
    }
  }
}

Error permission_note(const std::vector<std::string>& files) {
  std::string what = files.front();
  if (files.size() > 1) what += " and " + std::to_string(files.size() - 1) + " more";
  return {Errc::permission, "reading " + what + ": only root may (since Linux 5.10, because of CVE-2020-8694)", std::string(kPowercapPermissionFix)};
}

Error no_zones(const Host& host, const ZoneTree& tree) {
  if (!tree.dangling.empty())
    return {Errc::not_found,
            tree.dangling.front() + ": RAPL is listed but not mounted here: the link's target below /sys/devices/virtual/powercap is missing (a container hides it)",
            "give the container the device tree too: docker run -v /sys:/host/sys:ro -v /proc:/host/proc:ro -e CARBONTRACKER_HOST_ROOT=/host ... "
            "(or -v /sys/devices/virtual/powercap beside -v /sys/class/powercap)"};
  const std::string where = host.path("/sys/class/powercap") + (tree.directory ? " has no RAPL zone" : " does not exist");
  const CpuKind cpu = cpu_kind(host);
  if (cpu.virtual_machine) return {Errc::not_found, where + ": this is a virtual machine and its hypervisor passes no energy counters on", ""};
  if (cpu.intel || cpu.amd) return {Errc::not_found, where + ": the RAPL driver is not loaded", "sudo modprobe intel_rapl_msr"};
  return {Errc::not_found, where + ": this processor has no RAPL", ""};
}

// Splits off what cannot be used, saying why; one message for all that permission keeps closed.
std::vector<Candidate> usable(std::vector<Candidate> all, bool virtual_machine, std::vector<Error>& notes) {
  const bool counting = std::any_of(all.begin(), all.end(), [](const Candidate& c) { return c.first && *c.first != 0; });
  std::vector<Candidate> kept;
  std::vector<std::string> forbidden;
  for (Candidate& candidate : all) {
    const bool forbids = !candidate.first && candidate.first.error().code == Errc::permission;
    if (forbids) forbidden.push_back(candidate.file.path());
    else if (!candidate.first) notes.push_back(candidate.first.error());
    else if (reads_nothing(candidate, counting, virtual_machine))
      notes.push_back({Errc::unsupported, candidate.channel.name + ": " + candidate.file.path() + " reads 0 and stays there: not supported by this machine", ""});
    else kept.push_back(std::move(candidate));
  }
  if (!forbidden.empty()) notes.push_back(permission_note(forbidden));
  return kept;
}

Result<std::vector<std::unique_ptr<EnergySource>>> open_powercap(const Host& host, const Clock&, std::vector<Error>& notes) {
  const ZoneTree tree = find_zones(host);
  if (tree.zones.empty()) return unexpected(no_zones(host, tree));
  const CpuKind cpu = cpu_kind(host);
  std::vector<Error> found;
  auto candidates = usable(without_doubles(look_at(tree, cpu, found)), cpu.virtual_machine, found);
  const bool any = std::any_of(candidates.begin(), candidates.end(), [](const Candidate& c) { return is_headline(c.channel.domain); });
  if (!any) return unexpected(found.empty() ? no_zones(host, tree) : found.back());
  notes.insert(notes.end(), found.begin(), found.end());
  mark_mirrors(candidates);
  std::vector<Channel> channels;
  std::vector<SensorFile> files;
  for (Candidate& candidate : candidates) {
    if (!candidate.elsewhere.empty() && candidate.channel.note.empty())
      candidate.channel.note = "read from " + candidate.zone->id + "; " + candidate.elsewhere + " shows the same energy and is not added";
    channels.push_back(std::move(candidate.channel));
    files.push_back(std::move(candidate.file));
  }
  std::vector<std::unique_ptr<EnergySource>> sources;
  sources.push_back(std::make_unique<PowercapSource>(std::move(channels), std::move(files)));
  return sources;
}

}  // namespace

const Backend kPowercapBackend{"rapl-powercap", false, open_powercap};

}  // namespace carbontracker
