#pragma once
// Regions and their edges: an edge is a moment at which every channel's energy is wanted, and stays open until each has
// a tick on its far side.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "metering/channel_curve.h"

namespace carbontracker {

using RegionId = std::size_t;

struct Edge {
  Instant at{};
  std::vector<std::optional<CurvePoint>> points;  // by channel; a channel attached later had used nothing by then

  [[nodiscard]] bool open() const;
  [[nodiscard]] CurvePoint point(std::size_t channel) const {
    return channel < points.size() && points[channel] ? *points[channel] : CurvePoint{};
  }
};

struct Region {
  std::string name, parent;
  std::shared_ptr<Edge> begin, end;  // end is null while it runs
};

// Not locked: the ledger owns it.
class RegionBook {
 public:
  std::shared_ptr<Edge> open_edge(Instant at, std::size_t channels);
  RegionId begin(std::string name, std::string parent, std::shared_ptr<Edge> edge);
  void end(RegionId region, std::shared_ptr<Edge> edge);
  // What was taken for its end is where it began: it runs again.
  void begins_where_it_ended(RegionId region);

  [[nodiscard]] const std::vector<Region>& regions() const { return regions_; }
  [[nodiscard]] std::vector<std::shared_ptr<Edge>>& open_edges() { return open_; }
  [[nodiscard]] const std::vector<std::shared_ptr<Edge>>& open_edges() const { return open_; }
  void drop_settled();

 private:
  std::vector<Region> regions_;
  std::vector<std::shared_ptr<Edge>> open_;
};

}  // namespace carbontracker
