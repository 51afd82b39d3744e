#include "prediction/accelerators.h"

#include <algorithm>

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

bool is_called(const TableRow& row, const std::string& wanted) {
  if (normal(row["name"]) == wanted) return true;
  const auto aliases = split(row["aliases"], ';');
  return std::any_of(aliases.begin(), aliases.end(), [&](auto alias) { return !alias.empty() && normal(alias) == wanted; });
}

std::string near(const std::string& wanted) {
  std::string found;
  for (const auto& name : accelerator_names()) {
    const std::string stem = wanted.substr(0, wanted.find('-'));
    if (stem.size() > 1 && name.find(stem) != std::string::npos) found += (found.empty() ? "" : ", ") + name;
  }
  return found;
}

}  // namespace

Result<Accelerator> find_accelerator(std::string_view name) {
  const std::string wanted = normal(name);
  std::optional<Accelerator> found;
  for_each_row("accelerators", [&](const TableRow& row) {
    if (!wanted.empty() && is_called(row, wanted)) found = from_row(row);
    return !found;
  });
  if (found) return *found;
  const std::string others = near(wanted);
  return unexpected(Errc::not_found, "no accelerator is called " + std::string(name),
                    others.empty() ? "give its power with --watts and its speed with --flops-per-second" : "there are " + others);
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
