#include "metering/region_book.h"

#include <algorithm>

namespace carbontracker {

bool Edge::open() const {
  return std::any_of(points.begin(), points.end(), [](const auto& point) { return !point; });
}

std::shared_ptr<Edge> RegionBook::open_edge(Instant at, std::size_t channels) {
  auto edge = std::make_shared<Edge>();
  edge->at = at;
  edge->points.resize(channels);
  if (channels > 0) open_.push_back(edge);
  return edge;
}

RegionId RegionBook::begin(std::string name, std::string parent, std::shared_ptr<Edge> edge) {
  regions_.push_back({std::move(name), std::move(parent), std::move(edge), nullptr});
  return regions_.size() - 1;
}

void RegionBook::end(RegionId region, std::shared_ptr<Edge> edge) {
  if (region < regions_.size() && !regions_[region].end) regions_[region].end = std::move(edge);
}

void RegionBook::begins_where_it_ended(RegionId region) {
  if (region < regions_.size() && regions_[region].end) regions_[region].begin = std::move(regions_[region].end);
}

void RegionBook::drop_settled() {
  std::erase_if(open_, [](const auto& edge) { return !edge->open(); });
}

}  // namespace carbontracker
