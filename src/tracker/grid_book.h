#pragma once
// What is told of the grid while a run lasts: gathered for its record, and joined for whoever looks ahead. Pure.

#include <map>
#include <optional>

#include "carbon/intensity.h"
#include "storage/run_record.h"

namespace carbontracker {

// One answer as it came.
struct GridTold {
  WallTime asked{};
  IntensitySeries told;    // readings as the source has them, measured or its estimates; points from `asked` on are left to `ahead`
  IntensitySeries ahead;   // the time to come, hour by hour; `about` is that of `told`
};

// Both in one: what was told up to the present, and behind it what is to come.
[[nodiscard]] IntensitySeries joined_grid(const GridTold& answer);

class GridBook {
 public:
  explicit GridBook(WallTime began) : began_(began) {}

  // Readings of the run's time (from an hour before its start) that are new or have changed become an answer of the record. An answer of another
  // provider, zone or basis than the first is only noted: bases are never mixed within a run.
  void take(const GridTold& answer);
  // Nobody answered; noted once for each reason.
  void failed(const Error& error, WallTime asked);

  [[nodiscard]] const std::vector<GridAnswer>& answers() const { return answers_; }
  [[nodiscard]] const GridAnswer& ahead() const { return ahead_; }

 private:
  void note(std::string reason, WallTime asked);

  WallTime began_;
  std::map<WallTime, GridReading> known_;
  std::vector<GridAnswer> answers_;
  GridAnswer ahead_;
};

// What the record of a run was told, measured before forecast and later before earlier, and what is to come behind it. Nothing where no figure was told.
// `about`: the mean of the run's time, 5th to 95th percentile, which stands where nothing was told; its note says for how much of the run that is.
[[nodiscard]] std::optional<IntensitySeries> recorded_grid(const RunRecord& record);
// Why a run that was to be told of the grid was not; empty where it was, or nobody asked.
[[nodiscard]] std::string untold_reason(const RunRecord& record);

}  // namespace carbontracker
