#pragma once
// What a tracker tells of its run while it goes on, as JSON objects: the same for one that measures and for one that is told by
// `carbontracker run` (docs/formats/mark-socket.md). Energy in joules with a 95 % interval; what is not known is null.

#include <string>
#include <vector>

#include "carbon/footprint.h"
#include "launch/mark_wire.h"
#include "metering/snapshot.h"
#include "prediction/forecast.h"
#include "tracker/session.h"

namespace carbontracker {

// With the carbon of the total by the grid's figure (Session::grid()).
[[nodiscard]] std::string snapshot_json(const Snapshot& seen, const GridFigure& grid, const Place& place, const Facility& site);
// {forecast, reason}: one of them null. Where a rule is followed the forecast has `likely_end`, as a report's.
[[nodiscard]] std::string forecast_json(const Result<Forecast>& made, const std::optional<EndRecord>& end, const GridFigure& grid, const Facility& site);
[[nodiscard]] std::string channel_json(const Channel& channel);
[[nodiscard]] std::string grid_json(const GridFigure& figure);
[[nodiscard]] std::string footprint_json(const Footprint& made);
[[nodiscard]] std::string equivalents_json(const std::vector<Equivalent>& equivalents);

// What was asked for, but for `channels`; the report and its summary are of the run up to now. `ended`: the run's record once it has ended.
[[nodiscard]] std::string figures_of(const Session& session, AskFor what, const RunRecord* ended = nullptr);

}  // namespace carbontracker
