#include "tracker/grid_book.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/duration.h"

namespace carbontracker {
namespace {

using namespace std::chrono_literals;

GridReading reading_of(const IntensityPoint& p) { return {p.start, p.g_per_kwh, p.low, p.high, p.forecast, p.estimated}; }
IntensityPoint point_of(const GridReading& r) { return {r.start, r.g_per_kwh, r.low, r.high, r.forecast, r.estimated}; }

// Measured, else estimated, else expected.
int rank(const GridReading& r) { return r.forecast ? 0 : r.estimated ? 1 : 2; }

GridAnswer answer_of(const GridFigure& about, WallTime asked, Seconds step) {
  return {asked, about.zone, about.zone_name, about.provider, about.basis, about.year, step, {}, about.note};
}

bool same_source(const GridAnswer& a, const GridAnswer& b) { return a.provider == b.provider && a.zone == b.zone && a.basis == b.basis; }

// What was measured is not replaced by what was estimated or expected.
bool is_news(const std::map<WallTime, GridReading>& known, const GridReading& reading) {
  const auto found = known.find(reading.start);
  if (found == known.end()) return true;
  if (rank(found->second) != rank(reading)) return rank(reading) > rank(found->second);
  return found->second.g_per_kwh != reading.g_per_kwh;
}

const GridAnswer* first_told(const std::vector<GridAnswer>& answers) {
  const auto told = std::find_if(answers.begin(), answers.end(), [](const GridAnswer& a) { return !a.readings.empty(); });
  return told == answers.end() ? nullptr : &*told;
}

void add(std::map<WallTime, GridReading>& known, const GridAnswer& answer) {
  for (const GridReading& r : answer.readings)
    if (is_news(known, r)) known[r.start] = r;
}

// Hours to come behind the readings. A point holds for three steps at most: each hour is repeated so often that it holds to its end.
void add_ahead(IntensitySeries& series, const GridAnswer& ahead) {
  const auto hold = std::chrono::duration_cast<WallTime::duration>(series.step.count() > 0 ? series.step * 3 : ahead.step);
  const auto length = std::chrono::duration_cast<WallTime::duration>(ahead.step);
  const WallTime last = series.points.empty() ? WallTime::min() : series.points.back().start;
  for (std::size_t i = 0; i < ahead.readings.size(); ++i) {
    const WallTime first = ahead.readings[i].start, end = i + 1 < ahead.readings.size() ? std::min(first + length, ahead.readings[i + 1].start) : first + length;
    for (WallTime start = first; start < end; start += std::max<WallTime::duration>(hold, 1min)) {
      if (start <= last) continue;
      IntensityPoint point = point_of(ahead.readings[i]);
      point.start = start;
      series.points.push_back(point);
    }
  }
}

struct Span {
  WallTime from{}, to{};
};

// The time in which a run was measured; attempts and nodes together.
Span span_of(const RunRecord& record) {
  Span span{WallTime::max(), WallTime::min()};
  for (const Segment& s : record.segments) {
    span.from = std::min(span.from, s.started);
    span.to = std::max(span.to, s.ended.value_or(s.last_seen));
  }
  return span;
}

// Time-weighted over the run.
void describe(IntensitySeries& series, const Span& span) {
  std::vector<double> values;
  Seconds told{};
  double sum = 0;
  for (const IntensityPoint& p : series.points) {
    const Seconds held(std::min(span.to, point_end(series, p)) - std::max(span.from, p.start));
    if (held <= Seconds(0)) continue;
    values.push_back(p.g_per_kwh.value());
    told += held;
    sum += held.count() * values.back();
  }
  const bool any = told > Seconds(0);
  if (!any)
    for (const IntensityPoint& p : series.points) values.push_back(p.g_per_kwh.value()), sum += values.back();
  series.about.g_per_kwh = CarbonIntensity(sum / (any ? told.count() : static_cast<double>(values.size())));
  std::sort(values.begin(), values.end());
  series.about.low = CarbonIntensity(values[values.size() / 20]);
  series.about.high = CarbonIntensity(values[values.size() - 1 - values.size() / 20]);
  const Seconds untold = Seconds(span.to - span.from) - told;
  if (any && untold < Seconds(1)) return;
  const std::string gap = any ? fmt::format("no figure for {} of the run: the mean of the rest", show_duration(untold)) : "no figure for the time of the run: the mean of those beside it";
  series.about.note += (series.about.note.empty() ? "" : "; ") + gap;
}

}  // namespace

void GridBook::note(std::string reason, WallTime asked) {
  if (std::any_of(answers_.begin(), answers_.end(), [&](const GridAnswer& a) { return a.readings.empty() && a.note == reason; })) return;
  answers_.push_back({asked, {}, {}, {}, {}, 0, {}, {}, std::move(reason)});
}

void GridBook::failed(const Error& error, WallTime asked) { note(error.what + (error.hint.empty() ? "" : " (" + error.hint + ")"), asked); }

IntensitySeries joined_grid(const GridTold& answer) {
  IntensitySeries out = answer.told;
  std::erase_if(out.points, [&](const IntensityPoint& p) { return p.start > answer.asked; });
  GridAnswer ahead{.asked = answer.asked, .step = answer.ahead.step};
  for (const IntensityPoint& p : answer.ahead.points) ahead.readings.push_back(reading_of(p));
  add_ahead(out, ahead);
  return out;
}

void GridBook::take(const GridTold& told) {
  GridAnswer answer = answer_of(told.told.about, told.asked, told.told.step);
  const GridAnswer* first = first_told(answers_);
  if (first && !same_source(*first, answer))
    return note(fmt::format("figures of {} ({}) are left out: this run is judged by {} ({})", answer.provider, answer.basis, first->provider, first->basis), told.asked);
  for (const IntensityPoint& p : told.told.points) {
    const GridReading reading = reading_of(p);
    if (p.start < began_ - 1h || p.start > told.asked || !is_news(known_, reading)) continue;
    known_[p.start] = reading;
    answer.readings.push_back(reading);
  }
  ahead_ = answer_of(told.told.about, told.asked, told.ahead.step);
  for (const IntensityPoint& p : told.ahead.points) ahead_.readings.push_back(reading_of(p));
  if (known_.empty() && ahead_.readings.empty()) note(answer.provider + ": no figure for the time of the run" + (answer.note.empty() ? "" : " (" + answer.note + ")"), told.asked);
  if (!answer.readings.empty()) answers_.push_back(std::move(answer));
}

std::optional<IntensitySeries> recorded_grid(const RunRecord& record) {
  const GridAnswer* source = nullptr;
  for (const Segment& segment : record.segments) {
    if (!source) source = first_told(segment.grid);
    if (!source && !segment.grid_ahead.readings.empty()) source = &segment.grid_ahead;
  }
  if (!source) return std::nullopt;
  std::map<WallTime, GridReading> known;
  IntensitySeries out{.about = {.zone = source->zone, .zone_name = source->zone_name, .provider = source->provider, .year = source->year, .basis = source->basis}, .points = {}, .step = source->step};
  const GridAnswer* ahead = nullptr;
  for (const Segment& segment : record.segments) {
    for (const GridAnswer& answer : segment.grid) {
      if (!same_source(answer, *source)) continue;
      add(known, answer);
      out.about.note = answer.note;
    }
    if (same_source(segment.grid_ahead, *source) && (!ahead || segment.grid_ahead.asked > ahead->asked)) ahead = &segment.grid_ahead;
  }
  for (const auto& [start, reading] : known) out.points.push_back(point_of(reading));
  if (ahead) add_ahead(out, *ahead);
  describe(out, span_of(record));
  return out;
}

std::string untold_reason(const RunRecord& record) {
  std::string reason;
  for (const Segment& segment : record.segments) {
    if (first_told(segment.grid) || !segment.grid_ahead.readings.empty()) return {};
    if (reason.empty() && !segment.grid.empty()) reason = segment.grid.back().note;
  }
  return reason;
}

}  // namespace carbontracker
