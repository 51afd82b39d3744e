#include "prediction/trace.h"

#include <algorithm>
#include <cmath>

#include "base/named_file.h"
#include "base/text.h"
#include "prediction/energy_curve.h"

namespace carbontracker {
namespace {

constexpr double kMilliseconds = 1e-3;

constexpr double kMostWatts = 1e9;                       // of the largest power station: no reading of a machine
constexpr double kMostApart = 2 * 365.25 * 86400;        // s from the middle of the others: another clock, or none (1970)

struct Reading {
  double at, watts;
};

std::size_t column(const std::vector<std::string>& names, std::string_view part, std::size_t otherwise) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (lower(names[i]).find(part) != std::string::npos) return i;
  }
  return otherwise;
}

std::string_view without_mark(std::string_view text) {  // a byte order mark, as spreadsheets write
  return text.substr(0, 3) == "\xEF\xBB\xBF" ? text.substr(3) : text;
}

// Where no line has a comma: a semicolon or a tab, as spreadsheets write.
char separator_of(std::string_view text) {
  if (text.find(',') != text.npos) return ',';
  return text.find(';') != text.npos ? ';' : '\t';
}

template <class Visit>
void each_row(std::string_view text, Visit visit) {
  const char separator = separator_of(text);
  for (const auto line : split(without_mark(text), text.find('\n') == text.npos ? '\r' : '\n')) {
    std::string with_commas;
    if (separator != ',') with_commas = line, std::replace(with_commas.begin(), with_commas.end(), separator, ',');
    const auto fields = csv_fields(separator == ',' ? line : std::string_view(with_commas));
    if (fields.size() > 1) visit(fields);
  }
}

// A reading far above both its neighbours and all but one in a hundred of the others is a fault of the meter (65535, 1e8): no load comes and goes between two readings at twenty times
// what the run takes otherwise.
void drop_spikes(std::vector<Reading>& readings) {
  constexpr double kFar = 20;
  if (readings.size() < 3) return;
  std::vector<double> watts;
  for (const auto& reading : readings) watts.push_back(reading.watts);
  const auto high = watts.begin() + static_cast<std::ptrdiff_t>(watts.size() - 1 - (watts.size() + 99) / 100);
  std::nth_element(watts.begin(), high, watts.end());
  std::vector<Reading> kept;
  for (std::size_t i = 0; i < readings.size(); ++i) {
    const bool between = i > 0 && i + 1 < readings.size();
    const double others = between ? std::max({readings[i - 1].watts, readings[i + 1].watts, *high}) : 0;
    if (!(others > 0 && readings[i].watts > kFar * others)) kept.push_back(readings[i]);
  }
  readings = std::move(kept);
}

std::vector<Reading> readings_of(std::string_view text) {
  std::vector<Reading> readings;
  std::size_t time = 0, watts = 1;
  each_row(text, [&](const std::vector<std::string>& fields) {
    const auto at = time < fields.size() ? parse_double(fields[time]) : std::nullopt;
    const auto power = watts < fields.size() ? parse_double(fields[watts]) : std::nullopt;
    if (!at && readings.empty()) time = column(fields, "time", 0), watts = column(fields, "watt", 1);
    if (at && power && *power >= 0 && *power <= kMostWatts) readings.push_back({*at * kMilliseconds, *power});
  });
  std::stable_sort(readings.begin(), readings.end(), [](auto& a, auto& b) { return a.at < b.at; });
  const double middle = readings.empty() ? 0 : readings[readings.size() / 2].at;
  std::erase_if(readings, [&](const Reading& r) { return !(std::abs(r.at - middle) <= kMostApart); });
  drop_spikes(readings);
  return readings;
}

// 0: begins the run; 1: ends something; 2: a moment; 3: begins something; 4: ends the run.
int place_of(const TraceEvent& event) {
  if (event.key == "run_start") return 0;
  if (event.key == "run_stop") return 4;
  return event.key.ends_with("_stop") ? 1 : event.key.ends_with("_start") ? 3 : 2;
}

std::vector<TraceEvent> events_of(std::string_view text) {
  std::vector<TraceEvent> events;
  std::size_t time = 0, key = 2, number = 3, value = 4;
  each_row(text, [&](const std::vector<std::string>& fields) {
    const auto at = time < fields.size() ? parse_double(fields[time]) : std::nullopt;
    if (!at && events.empty()) time = column(fields, "time", 0), key = column(fields, "key", 2), number = column(fields, "number", 3), value = column(fields, "value", 4);
    if (!at || key >= fields.size()) return;
    events.push_back({*at * kMilliseconds, std::string(trim(fields[key])), number < fields.size() ? parse_double(fields[number]) : std::nullopt,
                      value < fields.size() ? parse_double(fields[value]) : std::nullopt});
  });
  const auto earlier = [](const TraceEvent& a, const TraceEvent& b) { return a.at < b.at; };
  if (std::is_sorted(events.begin(), events.end(), earlier)) return events;
  // Of marks at one time, lines out of order do not tell which came first: what ends there did.
  std::stable_sort(events.begin(), events.end(), [](auto& a, auto& b) { return a.at != b.at ? a.at < b.at : place_of(a) < place_of(b); });
  return events;
}

// Trapezoids; readings at one time count once. 0 J at time 0 (the power of the first reading before it, where there is none).
void integrate(const std::vector<Reading>& readings, double start, Trace& trace) {
  std::vector<EnergyPoint>& points = trace.energy;
  double joules = 0, before = 0;
  for (const auto& reading : readings) {
    const double at = reading.at - start;
    if (!points.empty()) {
      const double step = at - points.back().at.count();
      if (step <= 0) continue;
      joules += step * (reading.watts + before) / 2;
    } else if (at > 0) {
      points.push_back({});
      trace.watts.push_back(reading.watts);
      joules = at * reading.watts;
    }
    points.push_back({Seconds(at), Joules(joules)});
    trace.watts.push_back(reading.watts);
    before = reading.watts;
  }
}

std::optional<double> first_of(const std::vector<TraceEvent>& events, std::string_view key) {
  for (const auto& event : events) {
    if (event.key == key) return event.at;
  }
  return std::nullopt;
}

}  // namespace

Result<Trace> parse_trace(std::string_view power, std::string_view events) {
  const auto readings = readings_of(power);
  if (readings.size() < 2) {
    return unexpected(Errc::corrupt, "reading a power trace: it has fewer than two readings", "lines are time_ms,watts");
  }
  Trace trace;
  trace.events = events_of(events);
  std::erase_if(trace.events, [&](const TraceEvent& e) { return !(std::abs(e.at - readings.front().at) <= kMostApart); });
  const double start = first_of(trace.events, "run_start").value_or(readings.front().at);
  for (auto& event : trace.events) event.at -= start;
  trace.run_stop = first_of(trace.events, "run_stop");
  integrate(readings, start, trace);
  trace.last_reading = readings.back().at - start;
  if (trace.energy.size() < 2) return unexpected(Errc::corrupt, "reading a power trace: all readings are of one time");
  return trace;
}

Result<Trace> read_trace(const std::string& power_path, const std::string& events_path) {
  auto power = read_named_file(power_path, 1u << 30);
  if (!power) return unexpected(power.error());
  std::string events;
  if (!events_path.empty()) {
    auto text = read_named_file(events_path, 1u << 30);
    if (!text) return unexpected(text.error());
    events = std::move(*text);
  }
  auto trace = parse_trace(*power, events);
  if (trace) return trace;
  Error error = trace.error();
  error.what += ": " + power_path;
  return unexpected(error);
}

double trace_seconds(const Trace& trace) { return trace.run_stop.value_or(trace.last_reading); }

double trace_joules(const Trace& trace, double from, double to) {
  const EnergyCurve curve(trace.energy, 1e300);
  return curve.joules_at(to) - curve.joules_at(from);
}

}  // namespace carbontracker
