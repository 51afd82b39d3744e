// carbontracker grid-feed: what a run's wrapper starts to be told of the grid (cli/grid_feed.h). Not for people: `carbontracker intensity` is.

#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <map>

#include <nlohmann/json.hpp>

#include "base/printable.h"
#include "base/text.h"
#include "carbon/live.h"
#include "carbon/series_file.h"
#include "cli/grid_feed.h"
#include "cli/grid_outlook.h"
#include "cli/run_grid.h"
#include "cli/style.h"

namespace carbontracker::cli {
namespace {

using Json = nlohmann::json;

constexpr int kHoursAhead = 96;
constexpr unsigned kSecondsAtMost = 60;

struct Told {
  IntensitySeries told, ahead;
};

void keep_until(IntensitySeries& series, WallTime since, WallTime now) {
  const WallTime from = since - std::chrono::duration_cast<WallTime::duration>(std::max<Seconds>(series.step, std::chrono::hours(1)));
  std::erase_if(series.points, [&](const IntensityPoint& p) { return p.start < from || p.start > now; });
}

Result<Told> from_file(const GridRequest& r, WallTime now) {
  auto read = read_series(r.history, r.column);
  if (!read) return unexpected(read.error());
  auto grid = run_grid(Place{}, r.history, r.column, now, now + std::chrono::hours(kHoursAhead));
  if (!grid) return unexpected(grid.error());
  keep_until(*read, r.since, now);
  read->about.note = grid->note;
  return Told{std::move(*read), std::move(grid->series)};
}

Result<Told> from_provider(const GridRequest& r, const Place& place, WallTime now, const Host& host) {
  auto live = live_intensity({place, now, live_cache(host), r.provider}, host);
  if (!live) return unexpected(live.error());
  auto outlook = grid_outlook({place, "", "", now, kHoursAhead, true, r.provider}, host);
  keep_until(*live, r.since, now);
  Told out{std::move(*live), {}};
  if (outlook && !outlook->live_failed) out.ahead = std::move(outlook->series);
  std::erase_if(out.ahead.points, [](const IntensityPoint& p) { return !p.forecast; });
  out.ahead.step = std::chrono::hours(1);
  return out;
}

Host with_settings_from_input(const Host& there) {
  std::string text;
  char buffer[4096];
  for (ssize_t got = 0; text.size() <= kMostSettings && (got = ::read(STDIN_FILENO, buffer, sizeof buffer)) > 0;) text.append(buffer, static_cast<std::size_t>(got));
  std::map<std::string, std::string, std::less<>> told;
  for (const std::string_view entry : split(text, '\0'))
    if (const auto equals = entry.find('='); equals != std::string_view::npos) told.emplace(entry.substr(0, equals), entry.substr(equals + 1));
  Host out = there;
  out.environment = [told, there](std::string_view name) {
    const auto found = told.find(name);
    return found == told.end() ? there.env(name) : std::optional(found->second);
  };
  return out;
}

Json rows(const IntensitySeries& series) {
  Json out = Json::array();
  for (const IntensityPoint& p : series.points)
    out.push_back({p.start.time_since_epoch().count(), p.g_per_kwh.value(), p.low.value(), p.high.value(), p.forecast, p.estimated});
  return out;
}

Json as_json(const Told& t) {
  const GridFigure& about = t.told.about;
  return {{"zone", valid_utf8(about.zone)}, {"zone_name", valid_utf8(about.zone_name)}, {"provider", valid_utf8(about.provider)}, {"basis", valid_utf8(about.basis)}, {"note", valid_utf8(about.note)},
          {"year", about.year}, {"mean", {about.g_per_kwh.value(), about.low.value(), about.high.value()}}, {"step", t.told.step.count()}, {"told", rows(t.told)}, {"ahead_step", t.ahead.step.count()}, {"ahead", rows(t.ahead)}};
}

std::vector<IntensityPoint> points_of(const Json& list) {
  std::vector<IntensityPoint> out;
  for (const Json& row : list)
    out.push_back({WallTime(std::chrono::milliseconds(row.at(0).get<std::int64_t>())), CarbonIntensity(row.at(1).get<double>()), CarbonIntensity(row.at(2).get<double>()),
                   CarbonIntensity(row.at(3).get<double>()), row.at(4).get<bool>(), row.at(5).get<bool>()});
  return out;
}

GridTold read_answer(const Json& json, WallTime asked) {
  GridTold out{asked, {}, {}};
  GridFigure& about = out.told.about;
  about.zone = json.at("zone");
  about.zone_name = json.at("zone_name");
  about.provider = json.at("provider");
  about.basis = json.at("basis");
  about.note = json.at("note");
  about.year = json.at("year");
  const auto mean = json.at("mean").get<std::array<double, 3>>();  // for hours of which nothing was told
  about.g_per_kwh = CarbonIntensity(mean[0]), about.low = CarbonIntensity(mean[1]), about.high = CarbonIntensity(mean[2]);
  out.told.step = Seconds(json.at("step").get<double>());
  out.told.points = points_of(json.at("told"));
  out.ahead = {.about = about, .points = points_of(json.at("ahead")), .step = Seconds(json.at("ahead_step").get<double>())};
  return out;
}

}  // namespace

std::vector<std::string> feed_words(const GridRequest& r) {
  return {"grid-feed", r.place, std::to_string(r.since.time_since_epoch().count()), r.history, r.column, r.provider};
}

int grid_feed_command(const std::vector<std::string>& words, const Host& there) {
  ::setpriority(PRIO_PROCESS, 0, 19);
  ::alarm(kSecondsAtMost);
  const bool told_more = words.size() == 7 && words[6] == kSettingsFromInput;
  const auto since = words.size() == 6 || told_more ? parse_uint(words[2]) : std::nullopt;
  if (!since) return 2;
  const Host host = told_more ? with_settings_from_input(there) : there;
  const GridRequest request{words[1], words[3], words[4], words[5], WallTime(std::chrono::milliseconds(static_cast<std::int64_t>(*since)))};
  const WallTime now = system_clock().wall();
  const auto place = request.place.empty() ? Result<Place>(Place{}) : parse_place(request.place, "the run");
  const auto told = !place ? Result<Told>(unexpected(place.error())) : request.history.empty() ? from_provider(request, *place, now, host) : from_file(request, now);
  const Json json = told ? as_json(*told) : Json{{"error", valid_utf8(told.error().what)}, {"hint", valid_utf8(told.error().hint)}};
  const int printed = print_product(json.dump() + "\n", host);
  return told ? printed : 1;
}

Result<GridTold> parse_feed(std::string_view text, WallTime asked) {
  const Json json = Json::parse(text, nullptr, false);
  try {
    if (json.contains("error")) return unexpected(Errc::unavailable, json.at("error").get<std::string>(), json.at("hint").get<std::string>());
    return read_answer(json, asked);
  } catch (const Json::exception&) {
    return unexpected(Errc::unavailable, "asking about the grid: the answer cannot be read");
  }
}

}  // namespace carbontracker::cli
