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

std::size_t edit_distance(std::string_view first, std::string_view second) {
  const std::string a = lower(first.substr(0, 64)), b = lower(second.substr(0, 64));
  std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) d[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) d[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i)
    for (std::size_t j = 1; j <= b.size(); ++j) {
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
    }
  return d[a.size()][b.size()];
}

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
