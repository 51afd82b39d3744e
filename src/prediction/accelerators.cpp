#include "prediction/accelerators.h"

#include <algorithm>
#include <utility>

#include "base/edit_distance.h"
#include "base/text.h"
#include "data/tables.h"

namespace carbontracker {
namespace {

constexpr double kTera = 1e12;

std::string normal(std::string_view text) {
  std::string out;
  for (const char c : lower(trim(text))) out += c == ' ' || c == '_' ? '-' : c;
  for (const std::string_view maker : {"nvidia-", "amd-", "google-", "intel-", "tesla-", "geforce-", "instinct-"}) {
    if (out.compare(0, maker.size(), maker) == 0) out.erase(0, maker.size());
  }
  return out;
}

std::string squeezed(std::string_view text) {
  std::string out = normal(text);
  std::erase(out, '-');
  return out;
}

std::optional<double> tera(std::string_view field) {
  const auto value = parse_double(field);
  return value ? std::optional<double>(*value * kTera) : std::nullopt;
}

Accelerator from_row(const TableRow& row) {
  Accelerator a;
  a.name = row["name"];
  a.tdp = Watts(parse_double(row["tdp_w"]).value_or(0)), a.idle = Watts(parse_double(row["idle_w"]).value_or(0));
  a.typical_load = parse_double(row["typical_load"]).value_or(0);
  a.fp32 = tera(row["peak_fp32_tflops"]), a.tf32 = tera(row["peak_tf32_tflops"]);
  a.bf16 = tera(row["peak_bf16_tflops"]), a.fp8 = tera(row["peak_fp8_tflops"]);
  a.memory_gb = parse_double(row["memory_gb"]).value_or(0);
  a.year = static_cast<int>(parse_double(row["year"]).value_or(0));
  a.load_source = row["load_source"], a.source = row["source"];
  return a;
}

// The name and the aliases of a row, without what may stand between their parts: "rtx4090", "h100-sxm" and "H-100 SXM" are the same.
std::vector<std::string> names_of(const TableRow& row) {
  std::vector<std::string> names{squeezed(row["name"])};
  for (const std::string_view alias : split(row["aliases"], ';'))
    if (!alias.empty()) names.push_back(squeezed(alias));
  return names;
}

// Names that hold the same family ("a100", "rtx"), else the three that are written most alike.
std::string near(const std::string& wanted) {
  const std::string given = squeezed(wanted), stem = wanted.substr(0, wanted.find('-'));
  std::vector<std::pair<std::size_t, std::string>> all;
  for_each_row("accelerators", [&](const TableRow& row) {
    std::size_t distance = std::string::npos;
    for (const std::string& name : names_of(row)) distance = std::min(distance, edit_distance(name, given));
    const bool family = stem.size() > 2 && row["name"].find(stem) != std::string_view::npos;
    all.emplace_back(family ? 0 : distance, row["name"]);
    return true;
  });
  std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::string found;
  for (std::size_t i = 0; i < all.size() && (i < 3 || all[i].first == 0); ++i) found += (found.empty() ? "" : ", ") + all[i].second;
  return found;
}

}  // namespace

Result<Accelerator> find_accelerator(std::string_view name) {
  const std::string wanted = normal(name), given = squeezed(name);
  std::optional<Accelerator> found;
  for_each_row("accelerators", [&](const TableRow& row) {
    const auto names = names_of(row);
    if (!given.empty() && std::find(names.begin(), names.end(), given) != names.end()) found = from_row(row);
    return !found;
  });
  if (found) return *found;
  return unexpected(Errc::not_found, "no accelerator is called " + std::string(name),
                    "there are " + near(wanted) + "; of any other give the power with --watts and the speed with --flops-per-second");
}

std::vector<std::string> accelerator_names() {
  std::vector<std::string> names;
  for_each_row("accelerators", [&](const TableRow& row) {
    names.emplace_back(row["name"]);
    return true;
  });
  return names;
}

}  // namespace carbontracker
