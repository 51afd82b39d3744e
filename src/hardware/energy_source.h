#pragma once
// What a sensor family offers: channels described once, raw readings again and again. No arithmetic here:
// ticks are subtracted and watts are integrated in metering/, and nowhere else.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "carbontracker/result.h"
#include "carbontracker/units.h"

namespace carbontracker {

// What a channel measures. The headline sums package, dram, gpu and soc; platform, psys, module, core and uncore
// overlap those and are cross-checks (their `contained_in`/`contains` says so).
enum class Domain { package, dram, gpu, soc, platform, psys, module, core, uncore, other };
[[nodiscard]] std::string_view to_string(Domain domain);
[[nodiscard]] std::optional<Domain> domain_from(std::string_view name);
// Whether a channel of this domain may count towards the headline total at all.
[[nodiscard]] bool is_headline(Domain domain);

enum class Origin { counter, power, model, synthetic };
[[nodiscard]] std::string_view to_string(Origin origin);
[[nodiscard]] std::optional<Origin> origin_from(std::string_view name);

// A cumulative count. `wrap` is the modulus: the number of distinct values (max + one unit); 0: cannot wrap, a step back is a reset.
struct Counter {
  Joules per_tick{};
  std::uint64_t wrap = 0;
};
// Watts at (or averaged up to) the moment of reading.
struct Gauge {};

struct Channel {
  std::string name;    // "package-0", "dram-1", "gpu0": unique within a source's node, stable between runs on one machine
  Domain domain = Domain::other;
  std::string device;  // stable identity: PCI address, UUID, "socket 0"
  std::string label;   // for people: "NVIDIA H100 80GB HBM3"; may be empty
  std::variant<Counter, Gauge> kind = Gauge{};
  Origin origin = Origin::power;
  Seconds refresh{};   // how often the hardware updates the value (0: unknown, treated as continuous)
  Seconds window{};    // what a gauge averages over (0: instantaneous)
  double gain_error = 0;                 // 95 %, relative: systematic error of this kind of sensor (0.05: +-5 %)
  std::string contained_in;              // a channel, of any source, that already counts this energy: then this one is not summed
  std::string stands_in_for;             // a counter channel of this or another source of the same backend whose place this gauge takes while that one fails
  std::optional<Watts> max_power;        // what it cannot exceed: bounds gaps and tells a wrap from a reset
  std::string note;                      // what a reader of the figure should know ("whole module: GPU + CPU"); may be empty
  bool whole_module = false;             // a superchip's figure: it already counts the packages and memory of its module, which are then not summed
};

using Reading = std::variant<std::uint64_t, Watts, Error>;  // by kind: Counter ticks, Gauge watts, or why there is none

// What a device does beside taking energy, as far as its driver tells.
struct Activity {
  std::optional<double> busy;                       // share of the last moments in which it worked, 0 to 1
  std::optional<double> memory_used, memory_total;  // bytes
  std::optional<Watts> limit, limit_default, limit_least, limit_most;  // power limit: in force, the maker's, and what may be set
};

// One thread at a time calls it; a source may block only if its backend says so (own_thread).
class EnergySource {
 public:
  virtual ~EnergySource() = default;
  [[nodiscard]] virtual std::string_view name() const = 0;               // of its backend: "rapl-powercap"
  [[nodiscard]] virtual std::span<const Channel> channels() const = 0;   // constant after opening
  // Fills out[i] for channels()[i]; out.size() == channels().size(). Never throws.
  virtual void read(std::span<Reading> out) = 0;

  // Which channels concern a run, and how much of each. Called about once a second, by the thread that reads.
  // `pids` is the run's process tree as this process sees it.

  // Widens the scope to the devices that these processes turn out to use. A scope never shrinks.
  virtual void refresh_scope(std::span<const int> /*pids*/) {}
  // Whether the channel counts for this run. A channel out of scope is not read: its Reading is Errc::unavailable.
  [[nodiscard]] virtual bool in_scope(std::size_t /*channel*/) const { return true; }
  // The share, 0 to 1, of the channel's use that is theirs; nothing where the source cannot tell.
  [[nodiscard]] virtual std::optional<double> process_share(std::size_t /*channel*/, std::span<const int> /*pids*/) { return std::nullopt; }
  // Asked every few seconds, for advice alone; nothing where the source cannot tell, or the channel stands in for another.
  [[nodiscard]] virtual std::optional<Activity> activity(std::size_t /*channel*/) { return std::nullopt; }
};

}  // namespace carbontracker
