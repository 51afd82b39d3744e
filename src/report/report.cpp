#include "report/report.h"

#include <algorithm>
#include <map>
#include <string>

#include "carbon/remaining.h"

namespace carbontracker {
namespace {

constexpr Seconds kMinute{60};

std::vector<const ChannelTotal*> headline_channels(const RunRecord& run) {
  std::vector<const ChannelTotal*> counted;
  for (const Segment& segment : run.segments)
    for (const ChannelTotal& channel : segment.totals.channels)
      if (channel.headline) counted.push_back(&channel);
  return counted;
}

bool any_data(const std::vector<const ChannelTotal*>& channels) {
  return std::any_of(channels.begin(), channels.end(), [](const ChannelTotal* c) { return c->measured.covered > Seconds{}; });
}

void add_channels(Report& report) {
  for (const Segment& segment : report.run.segments) {
    for (const ChannelTotal& total : segment.totals.channels) {
      if (!total.channel.stands_in_for.empty()) continue;
      ReportChannel channel{total.channel, segment.node, {}, 0, total.headline, total.by_power, total.cross_check};
      if (total.measured.covered > Seconds{}) channel.energy = interval(total.measured);
      if (total.expected > Seconds{}) channel.coverage = std::clamp(total.measured.covered / total.expected, 0.0, 1.0);
      report.channels.push_back(std::move(channel));
    }
  }
}

// Shares of several segments add; one of them unknown makes the upper end unknown.
void add_shares(Report& report) {
  for (const Segment& segment : report.run.segments) {
    const Snapshot& seen = segment.totals;
    if (report.share_method.empty()) report.share_method = seen.run_method;
    if (seen.run_method.empty() || seen.run_method.starts_with("no process data")) continue;
    if (!report.share) report.share = Energy{};
    report.share->joules += seen.run.joules;
    report.share->low += seen.run.low;
    if (!seen.run.high) report.share->high.reset();
    else if (report.share->high) *report.share->high += *seen.run.high;
  }
}

void add_times(Report& report) {
  bool running = false;
  std::map<std::string, Seconds> by_node;  // its attempts one after another; the time between them, in a queue, is no time of the run
  for (const Segment& segment : report.run.segments) {
    report.duration = std::max(report.duration, by_node[segment.node] += segment.totals.duration);
    if (report.started == WallTime{} || segment.started < report.started) report.started = segment.started;
    running |= !segment.ended;
    const WallTime end = segment.ended.value_or(segment.last_seen);
    if (!report.ended || end > *report.ended) report.ended = end;
  }
  if (running && report.run.state == RunState::running) report.ended.reset();
}

std::vector<EnergySlice> slices_of(const RunRecord& run) {
  std::vector<EnergySlice> slices;
  for (const Segment& segment : run.segments) {
    for (const Minute& minute : segment.minutes) {
      Joules joules{};
      for (std::size_t i = 0; i < std::min(minute.joules.size(), segment.totals.channels.size()); ++i)
        if (segment.totals.channels[i].headline) joules += Joules(static_cast<double>(minute.joules[i]));
      const auto start = std::chrono::duration_cast<std::chrono::milliseconds>(kMinute * static_cast<double>(minute.number));
      slices.push_back({segment.started + start, kMinute, joules});
    }
  }
  std::sort(slices.begin(), slices.end(), [](const EnergySlice& a, const EnergySlice& b) { return a.start < b.start; });
  return slices;
}

Grams grams_of(Joules it, const Facility& site, CarbonIntensity grid) { return it * site.pue * grid; }

// A forecast is made at a mark, which says what had been spent.
std::optional<Joules> spent_by(const std::vector<ProgressMark>& marks, Seconds when) {
  std::optional<Joules> spent;
  for (const ProgressMark& mark : marks)
    if (mark.at <= when) spent = mark.joules;
  return spent;
}

// What had been spent met the grid of its time; what is to come meets that of the time that is left.
Grams forecast_grams(const Report& report, const ForecastRecord& made, Joules spent, const IntensitySeries& grid) {
  const WallTime began = report.run.segments.back().started;
  const WallTime now = began + std::chrono::duration_cast<std::chrono::milliseconds>(made.made_at);
  const Seconds left = std::max(Seconds{}, made.seconds - made.made_at);
  return grams_of(spent, report.site, mean_intensity(grid, began, made.made_at)) + grams_of(made.joules - spent, report.site, mean_intensity(grid, now, left));
}

}  // namespace

std::span<const ForecastRecord> standing_forecasts(const Segment& segment) {
  Seconds since{-1};
  bool known = false;
  for (const ProgressMark& mark : segment.marks) {
    if (known && mark.of == 0) since = mark.at;
    known = mark.of > 0;
  }
  const auto first = std::find_if(segment.forecasts.begin(), segment.forecasts.end(), [&](const ForecastRecord& f) { return f.made_at > since; });
  return {first, segment.forecasts.end()};
}

namespace {

// Made with a forecast: at the same moment, or before it where nothing has changed since.
const EndRecord* end_made_with(const Segment& segment, const ForecastRecord& forecast, bool newest) {
  const EndRecord* found = nullptr;
  for (const EndRecord& end : segment.ends)
    if (newest ? end.made_at <= forecast.made_at : end.made_at == forecast.made_at) found = &end;
  return found;
}

void add_forecast(Report& report, const IntensitySeries& series) {
  const bool several = report.run.segments.size() > 1;
  const std::span<const ForecastRecord> made = report.run.segments.empty() ? std::span<const ForecastRecord>() : standing_forecasts(report.run.segments.back());
  const CarbonIntensity grid = report.carbon ? report.carbon->mean : report.grid.g_per_kwh;
  if (several) report.forecast_reason = "the run has several segments: forecasts are made for each attempt on each node";
  else if (made.empty() && (report.run.segments.empty() || report.run.segments.back().marks.empty()))
    report.forecast_reason = "no progress was seen: print a line like 'epoch 3/10' after each epoch, or give --epochs and a mark";
  else if (made.empty() && !report.run.segments.back().forecasts.empty())
    report.forecast_reason = "the end is not known: what was taken for it did not hold";
  else if (made.empty()) report.forecast_reason = "no unit of a known total has finished";
  if (several || made.empty()) return;
  const auto& marks = report.run.segments.back().marks;
  const auto grams_for = [&](const ForecastRecord& f, const std::optional<Joules>& spent) {
    return series.points.empty() ? grams_of(f.joules, report.site, grid)
                                 : forecast_grams(report, f, spent.value_or(f.seconds.count() > 0 ? f.joules * std::min(1.0, f.made_at / f.seconds) : Joules{}), series);
  };
  const auto with_grams = [&](const ForecastRecord& f) {
    ReportForecast out{f, {}, spent_by(marks, f.made_at), std::nullopt};
    out.grams = grams_for(f, out.elapsed);
    const EndRecord* end = end_made_with(report.run.segments.back(), f, &f == &made.back());
    if (!end) return out;
    ForecastRecord until = f;
    until.joules = end->joules, until.seconds = end->seconds;
    out.likely_end = ReportEnd{*end, grams_for(until, out.elapsed)};
    return out;
  };
  report.first_forecast = with_grams(made.front());
  report.forecast = with_grams(made.back());
}

// A processor counted die by die is one thing.
bool is_there(const std::vector<DeviceUse>& devices, const ChannelTotal& total, const Segment& segment) {
  const bool die = total.channel.domain == Domain::package && !total.channel.device.empty();
  return die && std::any_of(devices.begin(), devices.end(), [&](const DeviceUse& use) { return use.node == segment.node && use.device == total.channel.device && use.since == segment.started; });
}

// Headline devices that are things with a making of their own; memory, boards and chassis are in no table.
std::vector<DeviceUse> devices_of(const RunRecord& run) {
  std::vector<DeviceUse> devices;
  for (const Segment& segment : run.segments)
    for (const ChannelTotal& total : segment.totals.channels) {
      if (!total.headline || (total.channel.domain != Domain::gpu && total.channel.domain != Domain::package) || is_there(devices, total, segment)) continue;
      devices.push_back({total.channel.name, segment.node, std::string(to_string(total.channel.domain)), total.channel.label, segment.totals.duration, total.channel.device, segment.started});
    }
  return devices;
}

bool counts_the_host(const Segment& segment) {
  return std::any_of(segment.totals.channels.begin(), segment.totals.channels.end(), [](const ChannelTotal& total) {
    return total.headline && total.channel.domain != Domain::gpu && total.measured.covered > Seconds{};
  });
}

bool at_once(const Segment& a, const Segment& b) {
  return a.started < b.ended.value_or(b.last_seen) && b.started < a.ended.value_or(a.last_seen);
}

// Containers with host names of their own that share no lock cannot agree on who measures the machine; here it shows.
void tell_of_one_machine_by_two_names(Report& report) {
  const auto& segments = report.run.segments;
  for (std::size_t i = 0; i < segments.size(); ++i)
    for (std::size_t k = i + 1; k < segments.size(); ++k) {
      const Segment &a = segments[i], &b = segments[k];
      if (a.boot_id.empty() || a.boot_id != b.boot_id || a.node == b.node || !counts_the_host(a) || !counts_the_host(b) || !at_once(a, b)) continue;
      report.gaps.push_back({a.node + ", " + b.node, "these are one machine (it was started once): both measured its processors and memory at the same time, which are counted twice",
                             "give its containers one host name and one CARBONTRACKER_HOME, or measure in one of them", {}});
      return;
    }
}

void add_beyond(Report& report, const std::optional<Price>& price) {
  report.beyond.embodied = embodied(devices_of(report.run));
  Beyond& beyond = report.beyond;
  beyond.told = true;
  beyond.on_site_reason = beyond.off_site_reason = beyond.cost_reason = "no energy figure";
  if (!report.total) return;
  beyond.on_site = water_on_site(report.total->joules, report.site, report.place);
  beyond.off_site = water_off_site(report.total->joules * report.site.pue, report.place);
  beyond.on_site_reason = beyond.on_site ? "" : "nothing says what site it was: its PUE is from " + (report.site.from.empty() ? "nowhere" : report.site.from);
  beyond.off_site_reason = beyond.off_site ? "" : "no figure for this grid";
  if (price) beyond.cost = cost(*report.total, report.site, *price);
  beyond.cost_reason = price ? "" : "no price was given: --price 0.30EUR, or price in the settings";
}

}  // namespace

Report make_report(RunRecord run, const Place& place, const Facility& site, const IntensitySeries& grid, const std::optional<Price>& price) {
  Report report;
  report.run = std::move(run);
  report.place = place;
  report.site = site;
  report.grid = grid.about;
  const auto counted = headline_channels(report.run);
  add_times(report);
  add_channels(report);
  add_shares(report);
  if (any_data(counted)) report.total = combine(counted);
  report.coverage = report.run.segments.empty() ? 0 : 1;
  for (const Segment& segment : report.run.segments) {
    report.coverage = std::min(report.coverage, segment.totals.coverage);
    if (segment.totals.idle) report.idle = report.idle.value_or(Joules{}) + *segment.totals.idle;
    report.gaps.insert(report.gaps.end(), segment.totals.gaps.begin(), segment.totals.gaps.end());
    report.regions.insert(report.regions.end(), segment.totals.regions.begin(), segment.totals.regions.end());
  }
  tell_of_one_machine_by_two_names(report);
  if (report.total) {
    report.carbon = footprint(*report.total, slices_of(report.run), grid, site, place);
    report.equivalents = equivalents(report.carbon->grams, report.carbon->facility);
  }
  add_forecast(report, grid);
  add_beyond(report, price);
  report.advice = advise(report.run).items;
  return report;
}

}  // namespace carbontracker
