// Back-test of the grid forecast: replays recorded hourly series and compares with what came.
//   bench_intensity FILE... [--column NAME] [--until TIME] [--forecasts] [--format json]
// By zone: mean relative error of days 1 to 4 of forecasts issued daily at 00 UTC over the last half year of the file (or its last half), beside the same
// hour yesterday, the same hour last week and, where NAME_forecast96h_*.csv lies beside NAME_2020_2021.csv, what was published; the share inside the 90 %
// interval; what a job of 4 h saves that ends within a day, asked for at every hour of the last year (left out with --forecasts); and how often the 90 % interval of
// the saving that a plan promises holds the one that came, asked at every hour of the last half year. With --until the file ends there. No forecast looks at
// anything that was not known at its issue: gaps are bridged anew at each.

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "base/iso_time.h"
#include "base/text.h"
#include "carbon/corrected_forecast.h"
#include "carbon/series_file.h"
#include "intensity_back_test.h"

namespace ct = carbontracker;
using namespace intensity_back_test;

namespace {

struct Zone {
  std::string name, column;
  std::vector<DayScore> days;
  std::optional<double> ours, yesterday, perfect, corrected, corrected_perfect;
  Promise promise;                 // of the last half year
  [[nodiscard]] std::optional<double> saving_cover() const { return promise.made > 0 ? std::optional(promise.held / promise.made) : std::nullopt; }
};

// "carboncast_DE_2020_2021.csv" -> DE, "eia930_US-CAL-CISO_2022.csv" -> US-CAL-CISO; the file's name without extension where it has no such parts.
std::string zone_of(const std::filesystem::path& file) {
  const std::string stem = file.stem();
  const auto first = stem.find('_'), second = stem.find('_', first == std::string::npos ? 0 : first + 1);
  return first == std::string::npos || second == std::string::npos ? stem : stem.substr(first + 1, second - first - 1);
}

// Rows of NAME_forecast96h_*.csv: issue_date_utc, horizon_h, actual, forecast. An issue date given twice in a row is the next day's the second time.
Published read_published(const std::filesystem::path& file, const Record& record) {
  Published out;
  const std::string stem = file.stem(), begin = stem.substr(0, stem.find('_', stem.find('_') + 1)) + "_forecast96h";
  for (const auto& entry : std::filesystem::directory_iterator(file.has_parent_path() ? file.parent_path() : ".")) {
    if (!entry.path().filename().string().starts_with(begin)) continue;
    std::ifstream in(entry.path());
    std::string line;
    std::set<std::int64_t> issued;
    bool keep = false;
    std::getline(in, line);
    while (std::getline(in, line)) {
      const auto fields = ct::csv_fields(line);
      if (fields.size() < 4) continue;
      const auto date = ct::parse_iso_time(fields[0]);
      const auto told = ct::parse_double(fields[3]);
      if (!date || !told) continue;
      if (fields[1] == "0") {
        std::int64_t hour = ct::hour_of(*date);
        if (!issued.insert(hour).second) issued.insert(hour += 24);
        keep = hour >= record.first_hour() && hour - record.first_hour() < static_cast<std::int64_t>(record.size());
        if (!keep) continue;
        out.issue.push_back(static_cast<std::size_t>(hour - record.first_hour()));
        out.told.emplace_back();
      }
      if (keep && !out.told.empty()) out.told.back().push_back(*told);
    }
  }
  return out;
}

ct::IntensityPoint point(const Record& record, std::size_t hour, double g, bool forecast) {
  const ct::CarbonIntensity at(g);
  return {record.start(hour), at, at, at, forecast};
}

// A provider's last issue, corrected by its last known errors and averaged with our own forecast.
Outlook corrected_outlook(const Record& record, const Published& others, OwnOutlook& own) {
  return [&record, &others, &own](std::size_t issue) {
    std::size_t i = others.issue.size();
    while (i > 0 && others.issue[i - 1] > issue) --i;
    std::vector<double> out;
    if (i == 0) return out;
    ct::IntensitySeries told{.about = {}, .points = {}, .step = std::chrono::hours(1), .errors = nullptr}, came = told;
    for (std::size_t k = 0; k < others.told[i - 1].size(); ++k) told.points.push_back(point(record, others.issue[i - 1] + k, others.told[i - 1][k], true));
    for (std::size_t back = ct::kErrorHours; back > 0; --back)
      if (record.measured(issue - back)) came.points.push_back(point(record, issue - back, record.came(issue - back), false));
    for (const auto& p : ct::averaged_forecast(ct::corrected_forecast(told, came, record.start(issue)), own.series(issue)).points) out.push_back(p.g_per_kwh.value());
    return out;
  };
}

Outlook truth_outlook(const Record& record) {
  return [&record](std::size_t issue) {
    std::vector<double> out;
    for (std::size_t k = 0; k < kWait + kJob; ++k) out.push_back(record.truth(std::min(issue + k, record.size() - 1)));
    return out;
  };
}

struct Asked {
  std::string column;
  std::optional<ct::WallTime> until;
  bool forecasts_only = false;
};

ct::Result<Zone> run(const std::filesystem::path& file, const Asked& asked) {
  const auto series = ct::read_series(file, asked.column);
  if (!series) return ct::unexpected(series.error());
  const ct::WallTime last = series->points.back().start + std::chrono::hours(1);
  const auto record = Record::of(*series, asked.until ? std::min(*asked.until, last) : last);
  if (!record) return ct::unexpected(record.error());
  Zone zone{zone_of(file), series->about.zone, {}, {}, {}, {}, {}, {}, {}};
  const Published others = read_published(file, *record);
  zone.days = score_days(*record, others);
  if (zone.days.empty()) return ct::unexpected(ct::Errc::unavailable, fmt::format("{}: too short, 16 weeks of hours are needed", file.string()), "");
  const std::size_t half = begin_of_window(*record, kHalfYear);
  OwnOutlook of_half(*record, half);
  zone.promise = promises(*record, half, of_half);
  if (asked.forecasts_only) return zone;
  const std::size_t begin = begin_of_window(*record, kYear);
  zone.ours = saving(*record, begin, OwnOutlook(*record, begin));
  zone.yesterday = saving(*record, begin, [&](std::size_t issue) { return yesterday_outlook(*record, issue); });
  zone.perfect = saving(*record, begin, truth_outlook(*record));
  if (others.issue.empty()) return zone;
  const auto covered = Record::of(*series, record->start(others.issue.back() + kDay));
  if (!covered) return zone;
  OwnOutlook own(*covered, others.issue.front());
  zone.corrected = saving(*covered, others.issue.front(), corrected_outlook(*covered, others, own));
  zone.corrected_perfect = saving(*covered, others.issue.front(), truth_outlook(*covered));
  return zone;
}

std::string percent(std::optional<double> share) { return share ? fmt::format("{:.1f}", 100 * *share) : "-"; }

// Mean saving over zones against the mean of perfect foresight.
struct Savings {
  double saved = 0, perfect = 0;
  void add(std::optional<double> zone, std::optional<double> best) {
    if (zone && best) saved += *zone, perfect += *best;
  }
  [[nodiscard]] std::optional<double> share() const { return perfect > 0 ? std::optional(saved / perfect) : std::nullopt; }
};

void print_text(const std::vector<Zone>& zones) {
  fmt::print("mean relative error in %, by day of the forecast: ours (below same hour yesterday by) | same hour yesterday | last week | published; share inside 90 %\n");
  std::array<double, 4> gain{};
  double held = 0;
  Savings own, published;
  for (const auto& z : zones) {
    for (std::size_t d = 0; d < z.days.size(); ++d) {
      const DayScore& s = z.days[d];
      const double below = 1 - s.ours / s.yesterday;
      gain[d] += below / static_cast<double>(zones.size());
      held += s.held / static_cast<double>(4 * zones.size());
      fmt::print("{:<12} day {}  {:>5} (-{:>4}) | {:>5} | {:>5} | {:>5}   {:>5}\n", d == 0 ? z.name : "", d + 1, percent(s.ours), percent(below), percent(s.yesterday),
                 percent(s.last_week), percent(s.published), percent(s.held));
    }
    fmt::print("{:<12} 4 h job saves {} % (same hour yesterday {}, perfect foresight {}); from the published forecast, corrected and averaged with ours: {} of {}\n", "", percent(z.ours),
               percent(z.yesterday), percent(z.perfect), percent(z.corrected), percent(z.corrected_perfect));
    fmt::print("{:<12} saving cover90 {} % of {:.0f} promises, {:.0f} points wide\n", "", percent(z.saving_cover()), z.promise.made, z.promise.made > 0 ? z.promise.width / z.promise.made : 0);
    own.add(z.ours, z.perfect);
    published.add(z.corrected, z.corrected_perfect);
  }
  fmt::print("mean of {} zones: below same hour yesterday by {} / {} / {} / {} %; inside 90 %: {} %; mean saving {} % of perfect foresight's, with the published forecast {} %\n", zones.size(),
             percent(gain[0]), percent(gain[1]), percent(gain[2]), percent(gain[3]), percent(held), percent(own.share()), percent(published.share()));
}

void print_json(const std::vector<Zone>& zones) {
  auto rows = nlohmann::ordered_json::array();
  const auto number = [](std::optional<double> share) { return share ? nlohmann::ordered_json(100 * *share) : nlohmann::ordered_json(nullptr); };
  for (const auto& z : zones) {
    auto days = nlohmann::ordered_json::array();
    for (std::size_t d = 0; d < z.days.size(); ++d)
      days.push_back({{"day", d + 1}, {"mape", 100 * z.days[d].ours}, {"mape_yesterday", 100 * z.days[d].yesterday}, {"mape_last_week", 100 * z.days[d].last_week},
                      {"mape_published", number(z.days[d].published)}, {"cover90", 100 * z.days[d].held}});
    rows.push_back({{"zone", z.name}, {"column", z.column}, {"days", days},
                    {"saving_4h", {{"ours", number(z.ours)}, {"yesterday", number(z.yesterday)}, {"perfect", number(z.perfect)},
                                   {"published_corrected", number(z.corrected)}, {"perfect_of_published", number(z.corrected_perfect)},
                                   {"cover90", number(z.saving_cover())}}}});
  }
  fmt::print("{}\n", rows.dump(1));
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> files;
  std::string format = "text";
  Asked asked;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--column" && i + 1 < argc) asked.column = argv[++i];
    else if (word == "--format" && i + 1 < argc) format = argv[++i];
    else if (word == "--until" && i + 1 < argc) asked.until = ct::parse_iso_time(argv[++i]);
    else if (word == "--forecasts") asked.forecasts_only = true;
    else files.push_back(word);
  }
  if (files.empty() || (format != "text" && format != "json")) {
    fmt::print(stderr, "usage: bench_intensity FILE... [--column NAME] [--until TIME] [--forecasts] [--format json]\n");
    return 2;
  }
  std::vector<Zone> zones;
  bool failed = false;
  for (const auto& file : files) {
    auto zone = run(file, asked);
    if (zone) zones.push_back(std::move(*zone));
    else failed = true, fmt::print(stderr, "bench_intensity: {}\n", zone.error().what);
  }
  if (format == "json") print_json(zones);
  else if (!zones.empty()) print_text(zones);  // no mean of nothing
  return failed ? 1 : 0;
}
