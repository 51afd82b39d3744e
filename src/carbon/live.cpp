#include "carbon/live.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>

#include "base/duration.h"
#include "base/files.h"
#include "base/iso_time.h"
#include "base/printable.h"
#include "base/text.h"
#include "carbon/coordinates.h"
#include "carbon/live_account.h"
#include "carbon/live_ask.h"
#include "carbon/provider_tools.h"

namespace carbontracker {
namespace {

constexpr const char* kNotAnswering = " does not answer: as it said at ";

struct Choice {
  Account account;
  std::string zone;
};

std::string variable(const Provider& p, const char* what, const Host& host) { return host.env(fmt::format("CARBONTRACKER_{}_{}", p.id, what)).value_or(""); }

// What is configured for the provider as a zone, where it has such a setting.
std::string configured_zone(const Provider& p, const Host& host) { return p.zone_setting ? variable(p, p.zone_setting, host) : ""; }

Error no_such_provider(const std::string& name) {
  std::string there;
  for (const Provider& p : providers()) there += (there.empty() ? "" : ", ") + lower(p.id);
  return {Errc::invalid_input, fmt::format("--provider {}: there is no provider of that name", printable(name, 40)), "those there are: " + there};
}

Result<Choice> choose(const LiveRequest& request, const Host& host) {
  const Provider* wanted = find_provider(request.provider);
  if (!wanted && !request.provider.empty()) return unexpected(no_such_provider(request.provider));
  std::string without_key;
  for (const Provider& p : providers()) {
    if (wanted && wanted != &p) continue;
    Account account{&p, variable(p, "URL", host), variable(p, "KEY", host)};
    while (!account.base.empty() && account.base.back() == '/') account.base.pop_back();
    if (account.base.empty()) account.base = p.base;
    auto zone = p.zone(request.place, configured_zone(p, host));
    if (!zone) return unexpected(zone.error());
    if (account.base.empty() && wanted) return unexpected(Errc::invalid_input, fmt::format("live intensity: where {} is to be asked is not told", p.id), fmt::format("set CARBONTRACKER_{}_URL", p.id));
    if (account.base.empty() || zone->empty()) continue;
    if (!p.keyed || !account.key.empty()) return Choice{std::move(account), *std::move(zone)};
    without_key += fmt::format("{}CARBONTRACKER_{}_KEY", without_key.empty() ? "" : " or ", p.id);
  }
  if (request.place.code.empty() && !wanted) return unexpected(Errc::unavailable, "live intensity: the place is unknown, and so is whom to ask", "tell it with --place DK");
  const std::string where = request.place.name.empty() ? "an unknown place" : request.place.name;
  return unexpected(Errc::unavailable, fmt::format("live intensity: {} for {}", wanted ? std::string(wanted->id) + " has no figures" : "no provider", where) + (without_key.empty() ? "" : " without a key"),
                    (without_key.empty() ? "" : "set " + without_key + ", or ") + "give a recorded series with --history FILE");
}

// Answers of another URL are another source's: those of a test's server must not stand for the service's.
std::string file_name(const Choice& c, const std::string& zone, const std::string& what) {
  std::string plain;
  for (const char ch : zone) plain += std::isalnum(static_cast<unsigned char>(ch)) || ch == '-' ? ch : '_';
  return fmt::format("{}-{}-{}-{:x}.json", c.account.provider->id, plain.substr(0, 60), what, std::hash<std::string>()(c.account.base));
}

// Asks one thing of the provider that was chosen: `make` says what, with the token and the present by the provider's clock; `good` whether an answer says anything.
Result<Body> ask_for(const Choice& c, const LiveRequest& r, const Host& host, const std::string& what, std::chrono::minutes step, std::chrono::hours usable,
                     const std::function<HttpRequest(const ProviderQuery&)>& make, const std::function<bool(std::string_view, const ProviderQuery&)>& good) {
  ProviderQuery query{c.account.base, "", c.zone, r.at};
  Question q;
  q.path = r.cache + "/" + file_name(c, c.zone, what);
  q.provider_path = r.cache + "/" + file_name(c, "all", "state");
  q.shown = plain_request(c.account.base).shown;
  q.now = r.at;
  q.step = step;
  q.usable = usable;
  q.jitter = host_jitter(host);
  q.request = [&, query](WallTime now) mutable -> Result<HttpRequest> {
    const auto token = token_of(c.account, host);
    if (!token) return unexpected(token.error());
    query.key = *token;
    query.at = now;
    return prepared(make(query), *token, host);
  };
  q.good = [&, query](std::string_view body, WallTime now) mutable {
    query.at = now;
    return good(body, query);
  };
  if (c.account.provider->login) q.renew = [&] { return forget_token(c.account); };
  return ask(q);
}

// The provider's name of the zone at the coordinates that stand for it. Borders move: asked for again each week.
Result<> find_zone(Choice& c, const LiveRequest& r, const Host& host) {
  const Provider& p = *c.account.provider;
  if (!p.locate || !coordinates_of(c.zone)) return {};
  const auto body = ask_for(c, r, host, "zone", std::chrono::hours(7 * 24), std::chrono::hours(31 * 24), p.locate, [&](std::string_view text, const ProviderQuery&) { return p.located(text).has_value(); });
  if (!body) return unexpected(body.error());
  auto zone = p.located(body->text);
  if (!zone) return unexpected(zone.error());
  c.zone = *std::move(zone);
  return {};
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

void describe(IntensitySeries& series, const Provider& provider) {
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
  about.provider = provider.name;
  about.basis = provider.basis;
  about.year = static_cast<int>(std::chrono::year_month_day(std::chrono::floor<std::chrono::days>(series.points.back().start)).year());
}

// What one answer says, by our clock.
void add_answer(IntensitySeries& out, const ProviderAnswer& answer, const Body& body, const Provider& provider, WallTime at) {
  GridFigure& about = out.about;
  if (body.old) add_note(about.note, provider.name + (kNotAnswering + iso_time(body.asked).substr(0, 16)) + "Z");
  if (body.ahead.count() != 0)
    add_note(about.note, fmt::format("this machine's clock is {} {} {}'s: its hours are told by this clock", show_duration(std::chrono::abs(body.ahead)), body.ahead.count() > 0 ? "behind" : "ahead of", provider.name));
  add_note(about.note, answer.note);
  if (!answer.zone.empty()) about.zone = about.zone_name = answer.zone;
  for (IntensityPoint p : answer.points) {
    p.start -= body.ahead;
    if (believable(p, provider, at)) out.points.push_back(p);
    else ++out.skipped;
  }
}

}  // namespace

std::string outage_of(const std::string& note) {
  const auto at = note.find(kNotAnswering);
  if (at == std::string::npos) return {};
  const auto before = note.rfind("; ", at), from = before == std::string::npos ? 0 : before + 2;
  return note.substr(from, std::min(note.find("; ", at), note.size()) - from);
}

Result<IntensitySeries> live_intensity(const LiveRequest& request, const Host& host) {
  auto choice = choose(request, host);
  if (!choice) return unexpected(choice.error());
  if (const auto made = make_directories(request.cache); !made) return unexpected(made.error());
  if (const auto found = find_zone(*choice, request, host); !found) return unexpected(found.error());
  const Provider& provider = *choice->account.provider;
  IntensitySeries out;
  out.about.zone = out.about.zone_name = choice->zone;
  std::optional<Error> failed;
  const std::size_t count = provider.requests({choice->account.base, "", choice->zone, request.at}).size();
  for (std::size_t i = 0; i < count; ++i) {
    const auto body = ask_for(*choice, request, host, std::to_string(i), provider.step, std::chrono::hours(24), [&](const ProviderQuery& query) { return provider.requests(query)[i]; },
                              [&](std::string_view text, const ProviderQuery& query) {
                                const auto said = provider.parse(text, query);
                                return said && !said->points.empty();
                              });
    const auto answer = body ? provider.parse(body->text, {choice->account.base, "", choice->zone, request.at + body->ahead}) : Result<ProviderAnswer>(unexpected(body.error()));
    if (answer) add_answer(out, *answer, *body, provider, request.at);
    else if (!failed) failed = answer.error();
  }
  if (out.points.empty()) return unexpected(failed.value_or(Error{Errc::unavailable, fmt::format("live intensity: {} has no figure for {}", provider.name, choice->zone), ""}));
  sort_points(out);
  out.step = usual_step(out.points);
  describe(out, provider);
  return out;
}

}  // namespace carbontracker
