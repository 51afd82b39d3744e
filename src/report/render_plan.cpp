#include "report/render_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/duration.h"
#include "base/iso_time.h"
#include "base/printable.h"
#include "report/cost.h"
#include "report/numbers.h"
#include "report/render_intensity.h"

namespace carbontracker {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostListed = 12;

Json json_of(const PlanOption& o) {
  Json pauses = Json::array();
  for (const Pause& p : o.pauses) pauses.push_back({{"start", iso_time(p.start)}, {"end", iso_time(p.end)}});
  return {{"start", iso_time(o.start)}, {"end", iso_time(o.end)}, {"pauses", pauses}, {"place", valid_utf8(o.place)}, {"grams", o.grams.value()},
          {"low", o.low.value()}, {"high", o.high.value()}, {"saved_percent", o.saved_percent}, {"saved_low", o.saved_low}, {"saved_high", o.saved_high}};
}

std::string minute(WallTime when) { return iso_time(when).substr(0, 10) + " " + iso_time(when).substr(11, 5) + "Z"; }

std::string grams(const PlanOption& o) { return fmt::format("{} ({} to {})", show(o.grams), show(o.low), show(o.high)); }

std::string option_line(const std::string& head, const PlanOption& o, bool with_place) {
  std::string out = fmt::format("{:<10} {} to {}  {}", head, minute(o.start), minute(o.end), grams(o));
  if (with_place) out += "  " + o.place;
  if (head == "best" && o.saved_percent < 0.05 && o.saved_percent > -0.05) out += "  no later start is known to save";
  if (o.saved_percent >= 0.05) out += fmt::format("  {:.0f} % less ({:.0f} to {:.0f})", o.saved_percent, o.saved_low, o.saved_high);
  for (const Pause& p : o.pauses) out += fmt::format("\n{:<10} {} to {}", "  paused", minute(p.start), minute(p.end));
  return out + "\n";
}

bool runs_in(const PlanOption& o, WallTime begin, WallTime end) {
  if (end <= o.start || begin >= o.end) return false;
  for (const Pause& p : o.pauses)
    if (begin >= p.start && end <= p.end) return false;
  return true;
}

// Two lines a day: the grid by hour, and the hours in which the best option runs.
std::string chart(const PlanView& view, const PlanOption& best) {
  double low = std::numeric_limits<double>::infinity(), high = 0;
  for (const IntensityPoint& p : view.grid.points)
    if (p.start < view.deadline) low = std::min(low, p.g_per_kwh.value()), high = std::max(high, p.g_per_kwh.value());
  const bool here = best.place == view.plan.now.place;  // the chart is this place's grid: work elsewhere does not run in its hours
  std::string out = fmt::format("           0     6     12    18    hour, UTC; {}{} to {} g/kWh\n", here ? "" : view.plan.now.place + ", ", three_digits(low), three_digits(high));
  const WallTime known = view.grid.points.empty() ? view.from : view.grid.points.back().start + std::chrono::hours(1);
  for (auto day = std::chrono::floor<std::chrono::days>(view.from); WallTime(day) < std::min(view.deadline, known); day += std::chrono::days(1)) {
    std::vector<double> hours;
    std::string marks;
    for (int h = 0; h < 24; ++h) {
      const WallTime begin = WallTime(day) + std::chrono::hours(h), end = begin + std::chrono::hours(1);
      const IntensityPoint* p = end > view.from && begin < view.deadline ? point_at(view.grid, begin) : nullptr;
      hours.push_back(p ? p->g_per_kwh.value() : std::numeric_limits<double>::quiet_NaN());
      marks += here && runs_in(best, begin, end) ? "x" : " ";
    }
    out += fmt::format("{} {}\n", iso_time(WallTime(day)).substr(0, 10), bars(hours, low, high));
    if (marks.find('x') != std::string::npos) out += fmt::format("{:<10} {}\n", "  runs", marks.substr(0, marks.rfind('x') + 1));
  }
  return out;
}

std::string work_line(const PlanView& view) {
  std::string out = fmt::format("work       {}, {}", show_duration(view.work.duration), show(view.it));
  if (view.work.facility > view.it) out += fmt::format(" ({} with PUE)", show(view.work.facility));
  if (view.cost) out += ", cost " + cost_words(*view.cost);
  return out + fmt::format("; ends by {}{}\n", minute(view.deadline), view.deadline_assumed ? " (assumed; --within or --deadline say otherwise)" : "");
}

std::string quoted(const std::string& word) {
  if (!word.empty() && word.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./=:,+@%") == std::string::npos) return word;
  std::string out = "'";
  for (const char c : word) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

std::string shell_line(const std::vector<std::string>& command) {
  std::string out;
  for (const std::string& word : command) out += (out.empty() ? "" : " ") + quoted(word);
  return command.empty() ? "COMMAND" : out;
}

std::string local(WallTime when, const char* format) {
  const std::time_t seconds = std::chrono::floor<std::chrono::seconds>(when).time_since_epoch().count();
  std::tm parts{};
  localtime_r(&seconds, &parts);
  std::array<char, 64> text{};
  return std::string(text.data(), std::strftime(text.data(), text.size(), format, &parts));
}

// A percent sign ends a crontab's command line unless it is escaped.
std::string for_crontab(const std::string& line) {
  std::string out;
  for (const char c : line) out += c == '%' ? std::string("\\%") : std::string(1, c);
  return out;
}

}  // namespace

std::string plan_json(const PlanView& view) {
  Json options = Json::array();
  for (const PlanOption& o : view.plan.options) options.push_back(json_of(o));
  const std::string unlike = unlike_places(view.places);
  Json out{{"options", options}, {"now", json_of(view.plan.now)}, {"places", Json::parse(places_json(view.places))},
           {"not_alike", unlike.empty() ? Json(nullptr) : Json(valid_utf8(unlike))}};
  if (view.cost) out["cost"] = Json::parse(cost_json(view.cost));
  return out.dump(2) + "\n";
}

std::string plan_text(const PlanView& view) {
  const bool many = view.places.size() > 1;
  const PlanOption& best = view.plan.options.front();
  std::string out = work_line(view);
  const GridFigure& about = view.grid.about;  // a recorded series of no named place is called by its file
  out += fmt::format("grid       {}{}{}\n", view.plan.now.place, about.provider == view.plan.now.place ? "" : ", " + about.provider, about.basis.empty() ? "" : ", " + about.basis);
  if (view.hours == "profile") out += "hours      " + about.note + "\n";
  if (view.hours == "table" && !about.note.empty()) out += "note       " + about.note + "\n";
  out += option_line("now", view.plan.now, many);
  std::vector<PlaceFacts> listed_places;
  std::size_t listed = 0;
  for (const PlanOption& o : view.plan.options) {
    if (listed == kMostListed) break;
    out += option_line(listed++ == 0 ? "best" : "or", o, many);
    const auto facts = std::find_if(view.places.begin(), view.places.end(), [&](const PlaceFacts& f) { return f.place == o.place; });
    if (!many || facts == view.places.end()) continue;
    out += place_line(*facts);
    listed_places.push_back(*facts);
  }
  if (listed < view.plan.options.size()) out += fmt::format("           and {} more (--format json)\n", view.plan.options.size() - listed);
  if (many) out += place_sources(listed_places);
  if (!best.pauses.empty()) out += fmt::format("pauses     counted at {:.0f} % of the power: a stopped machine still draws\n", 100 * view.paused_share);
  if (view.hours == "table")
    return out + fmt::format("no hours   the grid is known as a yearly mean only, and there is {}: no hour is known to be better (--live asks a provider, --history FILE reads a recorded series)\n", view.no_profile);
  return out + chart(view, best);
}

std::string twice_a_night(const PlanOption& best) {
  const char* const format = "%Y-%m-%d %H:%M";
  const std::string words = local(best.start, format);
  for (const int minutes : {-60, -30, 30, 60})  // by how much clocks go back
    if (local(best.start + std::chrono::minutes(minutes), format) == words) return fmt::format("{} comes twice by this machine's clock; meant is {}", words, minute(best.start));
  return {};
}

std::string plan_line(const PlanOption& best, Scheduler scheduler, const std::vector<std::string>& command) {
  const std::string line = shell_line(command);
  const WallTime minute_ahead = std::chrono::ceil<std::chrono::minutes>(best.start + std::chrono::seconds(1));  // cron would take one that has begun for next year's
  const WallTime start = best.start == std::chrono::floor<std::chrono::minutes>(best.start) ? best.start : minute_ahead;
  switch (scheduler) {
    case Scheduler::slurm: return fmt::format("sbatch --begin={} --wrap={}\n", local(best.start, "%Y-%m-%dT%H:%M:%S"), quoted(line));
    case Scheduler::at: return fmt::format("echo {} | at -t {}\n", quoted(line), local(start, "%Y%m%d%H%M"));
    case Scheduler::cron: return fmt::format("{} {}\n", local(start, "%M %H %d %m *"), for_crontab(line));
  }
  return {};
}

}  // namespace carbontracker
