// Back-test of the monthly profiles (data/grid_profiles.csv) on recorded hourly series.
//   bench_profiles FILE... [--late ZONE,ZONE...] [--format json]
// By file's zone and year, but for the year that the profile was made of: how often the 90 % interval held the hour, in all and in the worst month; and what a job of 4 h
// saves that ends within a day, asked for at every hour of the year and started by the profile alone, beside perfect foresight. The level is the mean of the year before (of
// the year after where the file has none): a table's figure is of another year too. --late: zones whose files name an hour by its end.

#include <fmt/format.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "carbon/grid_profile.h"
#include "carbon/hourly_log.h"
#include "carbon/series_file.h"
#include "intensity_back_test.h"

namespace ct = carbontracker;
using namespace intensity_back_test;

namespace {

struct Score {
  std::string source, zone;
  int year = 0;
  double hours = 0, held = 0, worst_month = 1, ours = 0, perfect = 0;
};

// Grid operators, by a place that lies in each.
ct::Result<ct::Place> place_of(const std::string& zone) {
  static const std::map<std::string, std::string> kWithin{{"US-CAL-CISO", "US-CA"}, {"US-TEX-ERCO", "US-TX"}, {"US-NE-ISNE", "US-MA"}, {"US-MIDA-PJM", "US-PA"}};
  const auto found = kWithin.find(zone);
  return ct::parse_place(found == kWithin.end() ? zone : found->second, "the file");
}

int year_of(ct::WallTime when) { return static_cast<int>(std::chrono::year_month_day(std::chrono::floor<std::chrono::days>(when)).year()); }
unsigned month_of(ct::WallTime when) { return static_cast<unsigned>(std::chrono::year_month_day(std::chrono::floor<std::chrono::days>(when)).month()); }

double mean(const ct::IntensitySeries& series) {
  double sum = 0;
  for (const auto& p : series.points) sum += p.g_per_kwh.value();
  return sum / static_cast<double>(series.points.size());
}

// The year that the profile was made of stands in its note, where people read it.
bool made_of(const ct::IntensitySeries& usual, int year) { return usual.about.note.find(fmt::format(", year {},", year)) != std::string::npos; }

std::optional<Score> score(const ct::Place& place, const ct::IntensitySeries& series, double level, int level_year, int year) {
  ct::GridFigure about;
  about.g_per_kwh = ct::CarbonIntensity(level);
  about.basis = "average, lifecycle";
  about.year = level_year;
  const auto record = Record::of(series, series.points.back().start + std::chrono::hours(1));
  const auto first = ct::usual_hours(place, about, series.points.front().start, 1);
  if (!record || !first || made_of(*first, year)) return std::nullopt;
  Score out;
  out.year = year;
  std::map<unsigned, std::pair<double, double>> months;
  const auto usual = [&](std::size_t issue) { return ct::usual_hours(place, about, record->start(issue), kWait + kJob)->points; };
  for (std::size_t issue = 0; issue + kDay <= record->size(); issue += kDay) {
    const auto told = usual(issue);
    for (std::size_t h = 0; h < kDay; ++h) {
      if (!record->measured(issue + h)) continue;
      auto& [held, hours] = months[month_of(told[h].start)];
      held += told[h].low.value() <= record->came(issue + h) && record->came(issue + h) <= told[h].high.value();
      ++hours;
    }
  }
  for (const auto& [_, counts] : months) {
    out.held += counts.first, out.hours += counts.second;
    if (counts.second >= 7 * 24) out.worst_month = std::min(out.worst_month, counts.first / counts.second);
  }
  out.held /= out.hours;
  out.ours = saving(*record, 0, [&](std::size_t issue) {
    std::vector<double> hours;
    for (const auto& p : usual(issue)) hours.push_back(p.g_per_kwh.value());
    return hours;
  }).value_or(0);
  out.perfect = saving(*record, 0, [&](std::size_t issue) {
    std::vector<double> hours;
    for (std::size_t k = 0; k < kWait + kJob; ++k) hours.push_back(record->truth(std::min(issue + k, record->size() - 1)));
    return hours;
  }).value_or(0);
  return out;
}

using Years = std::map<int, ct::IntensitySeries>;

// "carboncast_DE_2020_2021.csv" -> carboncast, DE
std::pair<std::string, std::string> names_of(const std::string& stem) {
  const auto first = stem.find('_'), second = stem.find('_', first + 1);
  return {stem.substr(0, first), stem.substr(first + 1, second - first - 1)};
}

void print(const std::vector<Score>& scores, bool json) {
  auto rows = nlohmann::ordered_json::array();
  double held = 0, ours = 0, perfect = 0;
  for (const Score& s : scores) {
    held += s.held / static_cast<double>(scores.size()), ours += s.ours, perfect += s.perfect;
    if (json) rows.push_back({{"source", s.source}, {"zone", s.zone}, {"year", s.year}, {"hours", s.hours}, {"cover90", 100 * s.held}, {"cover90_worst_month", 100 * s.worst_month}, {"saving_4h", {{"ours", 100 * s.ours}, {"perfect", 100 * s.perfect}}}});
    else fmt::print("{:<11} {:<12} {}  inside 90 %: {:.1f} % of {:.0f} hours (worst month {:.0f}); 4 h job saves {:.1f} of {:.1f} %\n", s.source, s.zone, s.year, 100 * s.held, s.hours, 100 * s.worst_month, 100 * s.ours, 100 * s.perfect);
  }
  if (json) fmt::print("{}\n", rows.dump(1));
  else if (!scores.empty()) fmt::print("mean of {}: inside 90 %: {:.1f} %; {:.1f} % of perfect foresight's saving\n", scores.size(), 100 * held, 100 * ours / perfect);
}

}  // namespace

int main(int argc, char** argv) {
  std::map<std::pair<std::string, std::string>, Years> zones;
  std::vector<std::string> files;
  std::string late;
  bool json = false;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--late" && i + 1 < argc) late = argv[++i];
    else if (word == "--format" && i + 1 < argc) json = std::string(argv[++i]) == "json";
    else files.push_back(word);
  }
  for (const std::string& file : files) {
    const auto read = ct::read_series(file, "");
    if (!read) return fmt::print(stderr, "bench_profiles: {}\n", read.error().what), 1;
    const auto names = names_of(std::filesystem::path(file).stem());
    const auto shift = std::chrono::hours(("," + late + ",").find("," + names.second + ",") != std::string::npos ? 1 : 0);
    for (ct::IntensityPoint p : read->points) {
      p.start -= shift;
      zones[names].try_emplace(year_of(p.start), ct::IntensitySeries{.about = {}, .points = {}, .step = read->step}).first->second.points.push_back(p);
    }
  }
  std::vector<Score> scores;
  for (const auto& [names, years] : zones) {
    const auto place = place_of(names.second);
    for (const auto& [year, series] : years) {
      const auto other = years.contains(year - 1) && years.at(year - 1).points.size() > 4000 ? years.find(year - 1) : years.find(year + 1);
      if (!place || other == years.end() || series.points.size() < 4000) continue;
      if (auto one = score(*place, series, mean(other->second), other->first, year)) {
        one->source = names.first, one->zone = names.second;
        scores.push_back(*one);
      }
    }
  }
  print(scores, json);
  return scores.empty();
}
