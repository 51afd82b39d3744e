#include "hardware/cpu_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <optional>
#include <vector>

#include "base/text.h"
#include "data/tables.h"

namespace carbontracker {
namespace {

// Bands: docs/method/hardware-model.md, "How far off".
constexpr double kModelBand = 0.40;
constexpr double kMicroarchitectureBand = 0.60;
constexpr double kGenericBand = 0.75;
constexpr double kGenericTdpPerThread = 3.0;

void replace_all(std::string& text, std::string_view what, std::string_view with) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size())) text.replace(at, what.size(), with);
}

void drop_parentheses(std::string& text) {
  for (auto open = text.find('('); open != std::string::npos; open = text.find('(')) {
    const auto close = text.find(')', open);
    text.replace(open, close == std::string::npos ? std::string::npos : close - open + 1, " ");
  }
}

bool is_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool ends_with(std::string_view text, std::string_view end) { return text.size() >= end.size() && text.substr(text.size() - end.size()) == end; }

bool is_filler(std::string_view word) {
  static constexpr std::array<std::string_view, 12> kFiller{"cpu", "processor", "apu", "intel", "amd", "genuine", "mobile", "desktop", "x-series", "gen", "generation", "0"};
  if (word.empty() || std::find(kFiller.begin(), kFiller.end(), word) != kFiller.end()) return true;
  if (ends_with(word, "-core") || ends_with(word, "-cores") || ends_with(word, "-coretm")) return true;
  const auto ordinal = word.size() > 2 ? word.substr(word.size() - 2) : std::string_view{};
  return (ordinal == "th" || ordinal == "st" || ordinal == "nd" || ordinal == "rd") && is_digits(word.substr(0, word.size() - 2));
}

// "core i7 920" is listed as "core i7-920", "xeon e5-2690v4" as "xeon e5-2690 v4".
void unify_spelling(std::string& key) {
  if (key.size() > 7 && key.starts_with("core i") && std::isdigit(static_cast<unsigned char>(key[6])) && key[7] == ' ') key[7] = '-';
  const auto version = key.size() - 2;
  if (key.starts_with("xeon e") && key.size() > 8 && key[version] == 'v' && is_digits(key.substr(version + 1)) && key[version - 1] != ' ')
    key.insert(version, " ");
}

// "64-Core" in AMD's names: the chip's cores, true in a guest too.
int cores_in_name(std::string_view name) {
  const std::string text = lower(name);
  const auto at = text.find("-core");
  if (at == std::string::npos) return 0;
  auto begin = at;
  while (begin > 0 && std::isdigit(static_cast<unsigned char>(text[begin - 1]))) --begin;
  return begin < at && at - begin < 5 ? std::stoi(text.substr(begin, at - begin)) : 0;
}

struct Range {
  int low = -1;
  int high = -1;
  [[nodiscard]] bool holds(int value) const { return value >= low && value <= high; }
};

int table_number(std::string_view text) {
  const bool hex = text.substr(0, 2) == "0x";
  int value = -2;
  std::from_chars(text.data() + (hex ? 2 : 0), text.data() + text.size(), value, hex ? 16 : 10);
  return value;
}

Range table_range(std::string_view text) {
  const auto dots = text.find("..");
  return {table_number(text.substr(0, dots)), table_number(dots == std::string_view::npos ? text : text.substr(dots + 2))};
}

// "intel-6-85s5..9", "amd-25-16..31", "arm-0x41-0xd0c"
bool id_matches(std::string_view id, const CpuIdentity& cpu) {
  const auto parts = split(id, '-');
  if (parts.size() != 3 || parts[0] != cpu.vendor) return false;
  if (cpu.vendor == "arm") return table_number(parts[1]) == cpu.implementer && table_number(parts[2]) == cpu.part;
  const auto s = parts[2].find('s');
  if (table_number(parts[1]) != cpu.family || !table_range(parts[2].substr(0, s)).holds(cpu.model)) return false;
  return s == std::string_view::npos || cpu.stepping < 0 || table_range(parts[2].substr(s + 1)).holds(cpu.stepping);
}

// A hypervisor's own CPU models say the generation: "Intel Xeon Processor (Cascadelake)", "AMD EPYC-Milan Processor".
bool name_says(std::string_view words, const std::string& squeezed_name) {
  for (const auto word : split(words, ' '))
    if (!word.empty() && squeezed_name.find(word) != std::string::npos) return true;
  return false;
}

struct Architecture {
  std::string name;
  double tdp_w_per_thread = 0;
};

template <class Matches>
std::optional<Architecture> find_architecture(Matches matches) {
  std::optional<Architecture> found;
  for_each_row("cpu_microarchitectures", [&](const TableRow& row) {
    const auto watts = row.number("tdp_w_per_thread");
    if (watts && *watts > 0 && matches(row)) found = Architecture{std::string(row["microarchitecture"]), *watts};
    return !found;
  });
  return found;
}

std::optional<Architecture> architecture_of(const CpuIdentity& cpu, std::string_view from_model) {
  if (!from_model.empty())
    if (auto found = find_architecture([&](const TableRow& row) { return row["microarchitecture"] == from_model; })) return found;
  std::string squeezed = lower(cpu.name);
  squeezed.erase(std::remove(squeezed.begin(), squeezed.end(), ' '), squeezed.end());
  if (auto found = find_architecture([&](const TableRow& row) { return name_says(row["words"], squeezed); })) return found;
  return find_architecture([&](const TableRow& row) {
    const auto ids = split(row["ids"], ' ');
    return std::any_of(ids.begin(), ids.end(), [&](std::string_view id) { return id_matches(id, cpu); });
  });
}

// Logical CPUs of one chip: counted where the machine is real, from the table or the name in a guest. 0: unknown.
double threads_of_chip(const CpuIdentity& cpu, const std::optional<TableRow>& row) {
  if (!cpu.virtual_machine && !cpu.sockets.empty()) return static_cast<double>(cpu.cpu_count()) / static_cast<double>(cpu.sockets.size());
  if (row)
    if (const auto threads = row->number("threads"); threads && *threads > 0) return *threads;
  return 2.0 * cores_in_name(cpu.name);
}

CpuPower by_model(double tdp, double threads) {
  CpuPower power{CpuMatch::model, tdp, tdp / threads, kModelBand, {}, {}, {}};
  power.basis = fmt::format("TDP {:g} W over {:g} threads", tdp, threads);
  return power;
}

CpuPower by_architecture(const Architecture& architecture) {
  CpuPower power{CpuMatch::microarchitecture, 0, architecture.tdp_w_per_thread, kMicroarchitectureBand, {}, {}, {}};
  power.basis = fmt::format("{} parts, {:.3g} W of TDP a thread", architecture.name, architecture.tdp_w_per_thread);
  return power;
}

CpuPower generic() {
  CpuPower power{CpuMatch::generic, 0, kGenericTdpPerThread, kGenericBand, {}, {}, {}};
  power.basis = fmt::format("unknown CPU, {:g} W of TDP a thread assumed", kGenericTdpPerThread);
  return power;
}

}  // namespace

std::string normalised_cpu_name(std::string_view name) {
  std::string text = lower(name);
  for (const std::string_view mark : {"(r)", "(tm)", "\u00ae", "\u2122"}) replace_all(text, mark, " ");
  drop_parentheses(text);
  for (const std::string_view end : {"@", " with ", " w/", ","}) text.resize(std::min(text.size(), text.find(end)));
  std::replace(text.begin(), text.end(), '\t', ' ');
  std::string key;
  for (const auto word : split(text, ' '))
    if (!is_filler(word)) key += (key.empty() ? "" : " ") + std::string(word);
  unify_spelling(key);
  return key;
}

CpuPower cpu_power(const CpuIdentity& cpu) {
  const auto row = find_row("cpu_models", normalised_cpu_name(cpu.name));
  const auto architecture = architecture_of(cpu, row ? (*row)["microarchitecture"] : std::string_view{});
  const double tdp = row ? row->number("tdp_w").value_or(0) : 0;
  const double threads = threads_of_chip(cpu, row);
  CpuPower power = tdp > 0 && threads > 0 ? by_model(tdp, threads) : architecture ? by_architecture(*architecture) : generic();
  if (architecture) power.microarchitecture = architecture->name;
  power.label = !cpu.name.empty() ? cpu.name : architecture ? architecture->name : "unknown CPU";
  return power;
}

double share_of_tdp(double load) {
  static constexpr std::array<std::array<double, 2>, 4> kCurve{{{0, 0.12}, {0.10, 0.32}, {0.50, 0.75}, {1, 1.02}}};
  load = std::clamp(load, 0.0, 1.0);
  for (std::size_t i = 1; i < kCurve.size(); ++i)
    if (load <= kCurve[i][0]) {
      const double along = (load - kCurve[i - 1][0]) / (kCurve[i][0] - kCurve[i - 1][0]);
      return kCurve[i - 1][1] + along * (kCurve[i][1] - kCurve[i - 1][1]);
    }
  return kCurve.back()[1];
}

}  // namespace carbontracker
