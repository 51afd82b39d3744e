#include "carbon/suggest.h"

#include <algorithm>

#include "base/text.h"
#include "data/tables.h"

namespace carbontracker {
namespace {

constexpr std::size_t kMostSlips = 2, kMostNamed = 3;

struct Candidate {
  std::size_t distance;
  std::string code, shown;
};

class Candidates {
 public:
  explicit Candidates(std::string_view text) : text_(text) {}

  // What is no slip or two away is another place altogether.
  void add(std::string_view alias, std::string_view code, std::string_view name) {
    if (alias.empty()) return;
    const std::size_t distance = edit_distance(text_, alias);
    if (distance > std::max(kMostSlips, text_.size() / 4) || distance >= text_.size()) return;
    all_.push_back({distance, std::string(code), std::string(code) + (name.empty() ? "" : " (" + std::string(name) + ")")});
  }

  // An exact one stands alone.
  [[nodiscard]] std::vector<std::string> nearest() {
    std::stable_sort(all_.begin(), all_.end(), [](const auto& a, const auto& b) { return a.distance < b.distance; });
    std::vector<std::string> codes, shown;
    for (const Candidate& candidate : all_) {
      if (shown.size() == kMostNamed || (candidate.distance > 0 && all_.front().distance == 0)) break;
      if (std::find(codes.begin(), codes.end(), candidate.code) != codes.end()) continue;
      codes.push_back(candidate.code);
      shown.push_back(candidate.shown);
    }
    return shown;
  }

 private:
  std::string_view text_;
  std::vector<Candidate> all_;
};

}  // namespace

std::vector<std::string> nearest_places(std::string_view text) {
  Candidates all(text);
  for_each_row("grid_countries", [&](const TableRow& row) {
    for (const char* column : {"alpha2", "alpha3", "name"}) all.add(row[column], row["alpha2"], row["name"]);
    return true;
  });
  for (const char* table : {"grid_us_states", "grid_canada"})
    for_each_row(table, [&](const TableRow& row) {
      for (const char* column : {"code", "name"}) all.add(row[column], row["code"], row["name"]);
      return true;
    });
  for_each_row("cloud_regions", [&](const TableRow& row) {
    all.add(row["id"], row["id"], "");
    all.add(row["id"].substr(row["id"].find(':') + 1), row["id"], "");
    return true;
  });
  return all.nearest();
}

}  // namespace carbontracker
