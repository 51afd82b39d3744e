#include "cli/grid_outlook.h"

#include <algorithm>
#include <iterator>

#include "carbon/corrected_forecast.h"
#include "carbon/grid_forecast.h"
#include "carbon/grid_profile.h"
#include "carbon/hourly_log.h"
#include "carbon/live.h"
#include "carbon/series_file.h"
#include "cli/settings.h"
#include "storage/journal.h"

namespace carbontracker::cli {
namespace {

// The yearly mean for every hour.
IntensitySeries constant_grid(const GridFigure& about, WallTime at, int hours) {
  IntensitySeries out{.about = about, .points = {}, .step = std::chrono::hours(1)};
  for (int h = 0; h < hours; ++h)
    out.points.push_back({start_of_hour(hour_of(at) + h), out.about.g_per_kwh, out.about.low, out.about.high, true});
  return out;
}

void take_table(Outlook& out, const OutlookRequest& request, int hours) {
  out.yearly = request.lifecycle ? on_lifecycle(table_intensity(request.place)) : table_intensity(request.place);
  if (auto usual = usual_hours(request.place, out.yearly, out.at, hours)) {
    out.series = std::move(*usual);
    out.hours = HoursOf::profile;
    return;
  } else {
    out.no_profile = request.place.code.empty() ? "no monthly profile for an unknown place: tell it with --place DK" : usual.error().what;
  }
  out.series = constant_grid(out.yearly, out.at, hours);
  out.constant = true;
}

const IntensityPoint* last_before(const IntensitySeries& history, WallTime hour) {
  const auto after = std::lower_bound(history.points.begin(), history.points.end(), hour, [](const IntensityPoint& p, WallTime t) { return p.start < t; });
  return after == history.points.begin() ? nullptr : &*std::prev(after);
}

// The part of a live series that a forecast of ours can be made from, or the provider's own.
IntensitySeries part_of(const IntensitySeries& live, bool forecast) {
  IntensitySeries out = live;
  out.points.clear();
  std::copy_if(live.points.begin(), live.points.end(), std::back_inserter(out.points), [&](const IntensityPoint& p) { return p.forecast == forecast; });
  return out;
}

// A provider's forecast without an interval of its own, where nothing of ours gives it one: as uncertain as the series is wide.
void widen(IntensitySeries& told) {
  const GridFigure& about = told.about;
  if (!(about.g_per_kwh.value() > 0)) return;
  for (IntensityPoint& p : told.points) {
    if (p.low < p.high) continue;
    p.low = CarbonIntensity(p.g_per_kwh.value() * about.low.value() / about.g_per_kwh.value());
    p.high = CarbonIntensity(p.g_per_kwh.value() * about.high.value() / about.g_per_kwh.value());
  }
}

// Measured hours, then what is to come: the provider's forecast corrected and averaged with ours, or whichever there is.
Result<IntensitySeries> joined(const IntensitySeries& live, WallTime at, int hours) {
  const IntensitySeries measured = part_of(live, false), told = part_of(live, true);
  auto ours = forecast_grid(measured, at, hours);
  IntensitySeries out = told.points.empty() ? IntensitySeries{} : corrected_forecast(told, measured, at);
  if (out.points.empty() && !ours) return unexpected(ours.error());
  if (ours && !out.points.empty()) {
    out = averaged_forecast(out, *ours);
    const WallTime end = out.points.back().start + std::chrono::duration_cast<WallTime::duration>(live.step);
    for (const IntensityPoint& p : ours->points)
      if (p.start >= end) out.points.push_back(p);
  } else if (ours) {
    out = std::move(*ours);
  }
  widen(out);
  const std::string how = told.points.empty() ? "forecast by Carbontracker from the hours before"
                          : ours              ? "the provider's forecast, corrected by its last errors and averaged with Carbontracker's"
                                              : "the provider's forecast";
  out.about = live.about;
  out.about.note = live.about.note.empty() ? how : live.about.note + "; " + how;
  return out;
}

// The first hour that is not known yet: providers estimate the present one too.
WallTime first_unknown(const IntensitySeries& measured, WallTime at) {
  const bool known = !measured.points.empty() && hour_of(measured.points.back().start) == hour_of(at);
  return known ? start_of_hour(hour_of(at) + 1) : at;
}

Result<Outlook> live_outlook(const OutlookRequest& request, WallTime at, int hours, const Host& host) {
  const auto live = live_intensity({request.place, at, live_cache(host), request.provider}, host);
  if (!live) return unexpected(live.error());
  const IntensitySeries measured = part_of(*live, false);
  const WallTime from = first_unknown(measured, at);
  auto series = joined(*live, from, hours);
  if (!series) return unexpected(series.error());
  Outlook out{.at = at, .series = std::move(*series), .hours = HoursOf::live};
  if (const IntensityPoint* last = last_before(measured, start_of_hour(hour_of(from)))) out.series.points.insert(out.series.points.begin(), *last);
  return out;
}

}  // namespace

const char* name_of(HoursOf hours) {
  switch (hours) {
    case HoursOf::live: return "live";
    case HoursOf::history: return "history";
    case HoursOf::profile: return "profile";
    case HoursOf::table: return "table";
  }
  return "";
}

std::string live_cache(const Host& host) { return data_home(host) + "/live"; }

bool live_allowed(bool live, bool offline, const Host& host) {
  if (offline) return false;
  if (live) return true;
  const Settings settings = load_settings(host);
  const auto on = [&](const char* key) {
    const Setting* set = settings.find(key);
    return set && (set->value == "true" || set->value == "1" || set->value == "yes");
  };
  return on("live") && !on("offline");
}

Result<Outlook> grid_outlook(const OutlookRequest& request, const Host& host) {
  Outlook out;
  out.at = request.at.value_or(system_clock().wall());
  const int hours = std::clamp(request.hours, 1, kGridForecastHours);
  if (request.history.empty() && request.live) {
    auto live = live_outlook(request, out.at, hours, host);
    if (live) return live;
    out.live_failed = live.error();
  }
  if (request.history.empty()) {
    take_table(out, request, hours);
    return out;
  }
  const auto read = read_series(request.history, request.column);
  if (!read) return unexpected(read.error());
  const IntensitySeries history = series_until(*read, out.at);  // its mean too, which stands behind the forecast's end
  auto told = forecast_grid(history, out.at, hours);
  if (!told) return unexpected(told.error());
  out.series = std::move(*told);
  out.hours = HoursOf::history;
  if (const IntensityPoint* last = last_before(history, start_of_hour(hour_of(out.at)))) out.series.points.insert(out.series.points.begin(), *last);
  return out;
}

}  // namespace carbontracker::cli
