#pragma once
// One run with everything that is derived from it, as plain values. Renderings are in the other headers here.

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "advice/advise.h"
#include "carbon/beyond.h"
#include "carbon/footprint.h"
#include "storage/run_record.h"

namespace carbontracker {

struct ReportChannel {
  Channel channel;
  std::string node;
  std::optional<Energy> energy;         // empty: no data
  double coverage = 0;                  // 0 to 1
  bool headline = false;
  Joules by_power{};                    // the part that integrated power gave where the counter failed
  std::optional<Joules> cross_check;    // what integrated power gives for the same time
};

// Where a training that stops early is likely to: by `made.reason`, why that is not known.
struct ReportEnd {
  EndRecord made;
  Grams grams{};                        // until then, PUE included
};

struct ReportForecast {
  ForecastRecord made;
  Grams grams{};                        // of the whole run, PUE included
  std::optional<Joules> elapsed;        // spent when it was made; the rest of `made.joules` was still to come
  std::optional<ReportEnd> likely_end;  // where a metric and a rule are given
};

struct Report {
  RunRecord run;                        // segments' totals as kept
  WallTime started{};
  std::optional<WallTime> ended;
  Seconds duration{};
  std::optional<Energy> total;          // empty: nothing was measured
  double coverage = 0;
  std::optional<Energy> share;          // of the run's own process tree; empty: not known
  std::string share_method;
  std::optional<Joules> idle;           // what the machine would have taken idle, where idle was seen
  std::vector<ReportChannel> channels;
  std::vector<Gap> gaps;
  std::vector<RegionTotal> regions;     // of all segments, in order
  std::optional<Footprint> carbon;      // empty: no energy
  Place place;
  Facility site;
  GridFigure grid;
  std::optional<ReportForecast> forecast, first_forecast;
  std::string forecast_reason;          // why there is none
  std::vector<Equivalent> equivalents;
  std::vector<AdviceItem> advice;       // from the run alone; carbontracker advise knows its project too
  Beyond beyond;                        // embodied share, water, cost: beside the headline, never in it
};

// The forecasts that were not withdrawn: those after the last moment at which a total that was known turned out to be none.
[[nodiscard]] std::span<const ForecastRecord> standing_forecasts(const Segment& segment);

// Pure. `grid` holds the figure for the whole run, or a series that its minutes are joined with.
[[nodiscard]] Report make_report(RunRecord run, const Place& place, const Facility& site, const IntensitySeries& grid,
                                 const std::optional<Price>& price = std::nullopt);

}  // namespace carbontracker
