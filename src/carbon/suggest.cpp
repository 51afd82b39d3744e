#include "carbon/suggest.h"

#include <algorithm>

#include "base/text.h"
#include "data/tables.h"

namespace carbontracker {
namespace {

struct Candidate {
  std::size_t distance;
  std::string code;
};

void add(std::vector<Candidate>& candidates, std::string_view text, std::string_view alias, std::string_view code) {
  if (!alias.empty()) candidates.push_back({edit_distance(text, alias), std::string(code)});
}

std::vector<Candidate> all_candidates(std::string_view text) {
  std::vector<Candidate> all;
  for_each_row("grid_countries", [&](const TableRow& row) {
    for (const char* column : {"alpha2", "alpha3", "name"}) add(all, text, row[column], row["alpha2"]);
    return true;
  });
  for (const char* table : {"grid_us_states", "grid_canada"})
    for_each_row(table, [&](const TableRow& row) {
      for (const char* column : {"code", "name"}) add(all, text, row[column], row["code"]);
      return true;
    });
  for_each_row("cloud_regions", [&](const TableRow& row) {
    add(all, text, row["id"], row["id"]);
    add(all, text, row["id"].substr(row["id"].find(':') + 1), row["id"]);
    return true;
  });
  return all;
}

}  // namespace

std::vector<std::string> nearest_places(std::string_view text) {
  std::vector<Candidate> all = all_candidates(text);
  std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.distance < b.distance; });
  std::vector<std::string> nearest;
  for (const Candidate& candidate : all) {
    if (std::find(nearest.begin(), nearest.end(), candidate.code) == nearest.end()) nearest.push_back(candidate.code);
    if (nearest.size() == 3) break;
  }
  return nearest;
}

}  // namespace carbontracker
