#include "carbon/live.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "base/duration.h"
#include "base/files.h"
#include "base/iso_time.h"
#include "base/text.h"
#include "carbon/live_cache.h"
#include "carbon/provider.h"

namespace carbontracker {
namespace {

struct Choice {
  const Provider* provider = nullptr;
  std::string base, key, zone = {};
};

std::string variable(const Provider& p, const char* what, const Host& host) { return host.env(fmt::format("CARBONTRACKER_{}_{}", p.id, what)).value_or(""); }

// What is configured for the provider as a zone, where it has such a setting.
std::string configured_zone(const Provider& p, const Host& host) { return p.zone_setting ? variable(p, p.zone_setting, host) : ""; }

Result<Choice> choose(const LiveRequest& request, const Host& host) {
  std::string without_key;
  for (const Provider& p : providers()) {
    if (!request.provider.empty() && lower(request.provider) != lower(p.id)) continue;
    Choice choice{&p, variable(p, "URL", host), variable(p, "KEY", host), ""};
    while (!choice.base.empty() && choice.base.back() == '/') choice.base.pop_back();
    if (choice.base.empty()) choice.base = p.base;
    auto zone = p.zone(request.place, configured_zone(p, host));
    if (!zone) return unexpected(zone.error());
    choice.zone = *std::move(zone);
    if (choice.base.empty() || choice.zone.empty()) continue;
    if (!p.keyed || !choice.key.empty()) return choice;
    without_key += fmt::format("{}CARBONTRACKER_{}_KEY", without_key.empty() ? "" : " or ", p.id);
  }
  const std::string where = request.place.name.empty() ? "an unknown place" : request.place.name;
  return unexpected(Errc::unavailable, "live intensity: no provider for " + where + (without_key.empty() ? "" : " without a key"),
                    (without_key.empty() ? "" : "set " + without_key + ", or ") + "give a recorded series with --history FILE");
}

std::string file_name(const Choice& c, std::size_t index) {
  std::string zone;
  for (const char ch : c.zone) zone += std::isalnum(static_cast<unsigned char>(ch)) || ch == '-' ? ch : '_';
  // Another URL is another source: the answers of a test's server must not stand for the service's.
  return fmt::format("{}-{}-{}-{:x}.json", c.provider->id, zone.substr(0, 60), index, std::hash<std::string>()(c.base));
}

Result<std::string> token_for(const Choice& c) {
  if (!c.provider->login) return c.key;
  const auto answer = http_get(c.provider->login(c.base, c.key));
  if (!answer) return unexpected(answer.error());
  const auto json = nlohmann::json::parse(answer->body, nullptr, false);
  if (answer->status != 200 || !json.is_object() || !json.contains("token") || !json["token"].is_string())
    return unexpected(Errc::permission, fmt::format("logging in at {}: status {}, no token", c.provider->name, answer->status), fmt::format("CARBONTRACKER_{}_KEY is user:password", c.provider->id));
  return json["token"].get<std::string>();
}

bool believable(const IntensityPoint& p, const Provider& provider, WallTime at) {
  const double g = p.g_per_kwh.value();
  const auto off = p.start - at;
  return std::isfinite(g) && g >= 0 && g <= provider.most && off < std::chrono::hours(24 * 8) && off > -std::chrono::hours(24 * 40);
}

// By time, one a moment; a measured one before a forecast of the same moment.
void sort_points(IntensitySeries& series) {
  std::stable_sort(series.points.begin(), series.points.end(), [](const IntensityPoint& a, const IntensityPoint& b) {
    return a.start != b.start ? a.start < b.start : !a.forecast && b.forecast;
  });
  const auto last = std::unique(series.points.begin(), series.points.end(), [](const IntensityPoint& a, const IntensityPoint& b) { return a.start == b.start; });
  series.points.erase(last, series.points.end());
}

Seconds usual_step(const std::vector<IntensityPoint>& points) {
  std::map<WallTime::duration, int> counts;
  for (std::size_t i = 1; i < points.size(); ++i) ++counts[points[i].start - points[i - 1].start];
  const auto most = std::max_element(counts.begin(), counts.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  return most == counts.end() ? Seconds(3600) : Seconds(most->first);
}

// One note after the other, each once.
void add_note(std::string& notes, const std::string& note) {
  if (note.empty() || notes.find(note) != std::string::npos) return;
  notes += (notes.empty() ? "" : "; ") + note;
}

void describe(IntensitySeries& series, const Choice& c, const std::string& zone, const std::string& note) {
  std::vector<double> values;
  double sum = 0;
  const bool measured = !series.points.front().forecast;  // what was, where any of it is known: forecasts are no figure of a time that is over
  for (const IntensityPoint& p : series.points)
    if (!measured || !p.forecast) values.push_back(p.g_per_kwh.value()), sum += values.back();
  std::sort(values.begin(), values.end());
  GridFigure& about = series.about;
  about.g_per_kwh = CarbonIntensity(sum / static_cast<double>(values.size()));
  about.low = CarbonIntensity(values[values.size() / 20]);
  about.high = CarbonIntensity(values[values.size() - 1 - values.size() / 20]);
  about.zone = about.zone_name = zone.empty() ? c.zone : zone;
  about.provider = c.provider->name;
  about.basis = c.provider->basis;
  about.year = static_cast<int>(std::chrono::year_month_day(std::chrono::floor<std::chrono::days>(series.points.back().start)).year());
  about.note = note;
}

}  // namespace

Result<IntensitySeries> live_intensity(const LiveRequest& request, const Host& host) {
  const auto choice = choose(request, host);
  if (!choice) return unexpected(choice.error());
  if (const auto made = make_directories(request.cache); !made) return unexpected(made.error());
  const auto token = token_for(*choice);
  if (!token) return unexpected(token.error());
  IntensitySeries out;
  std::string note, zone;
  Error first_error{Errc::unavailable, fmt::format("live intensity: {} has no figure for {}", choice->provider->name, choice->zone), ""};
  const ProviderQuery query{choice->base, *token, choice->zone, request.at};
  auto requests = choice->provider->requests(query);
  for (HttpRequest& r : requests) r.secret = *token;
  if (const auto limit = parse_duration(host.env("CARBONTRACKER_LIVE_LIMIT").value_or("")))
    for (HttpRequest& r : requests) r.limit = std::chrono::duration_cast<std::chrono::milliseconds>(*limit);
  bool failed = false;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const auto body = body_for(requests[i], request.cache + "/" + file_name(*choice, i), request.at, [&](std::string_view text) {
      const auto said = choice->provider->parse(text, query);
      return said && !said->points.empty();
    });
    auto answer = body ? choice->provider->parse(body->text, query) : Result<ProviderAnswer>(unexpected(body.error()));
    if (!answer) {
      if (!failed) first_error = answer.error();
      failed = true;
      continue;
    }
    if (body->old) add_note(note, fmt::format("{} does not answer: as it said at {}", choice->provider->name, iso_time(body->asked).substr(0, 16) + "Z"));
    add_note(note, answer->note);
    if (zone.empty()) zone = answer->zone;
    for (const IntensityPoint& p : answer->points)
      if (believable(p, *choice->provider, request.at)) out.points.push_back(p);
      else ++out.skipped;
  }
  if (out.points.empty()) return unexpected(std::move(first_error));
  sort_points(out);
  out.step = usual_step(out.points);
  describe(out, *choice, zone, note);
  return out;
}

}  // namespace carbontracker
