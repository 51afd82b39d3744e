#include "carbon/series_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "base/iso_time.h"
#include "base/text.h"

namespace carbontracker {
namespace {

constexpr std::size_t kLargest = 256u << 20;
constexpr std::array kTimeNames{"utc_start", "start", "datetime", "timestamp", "time", "from", "point_time", "date"};
constexpr std::array kValueNames{"lifecycle_gco2eq_per_kwh", "avg_ci_lifecycle_g_per_kwh", "g_per_kwh", "avg_ci_g_per_kwh", "carbonIntensity",
                                 "carbon_intensity", "intensity", "value", "rating", "direct_gco2_per_kwh"};

struct Row {
  WallTime start{};
  double value = 0;
};
struct Rows {
  std::vector<Row> rows;
  std::size_t skipped = 0;
  std::string column;

  void add(std::optional<WallTime> start, std::optional<double> value) {
    if (start && value && *value >= 0) rows.push_back({*start, *value});
    else ++skipped;
  }
};

std::optional<std::string> first_of(const std::vector<std::string>& there, const auto& wanted) {
  for (const char* name : wanted)
    if (std::find(there.begin(), there.end(), name) != there.end()) return name;
  return std::nullopt;
}

// The time column and the value column among the names that a file has.
Result<std::pair<std::string, std::string>> choose(const std::string& path, const std::vector<std::string>& names, const std::string& column) {
  const auto time = first_of(names, kTimeNames);
  if (!time) return unexpected(Errc::invalid_input, fmt::format("reading {}: no time column among: {}", path, fmt::join(names, ", ")),
                               fmt::format("name it one of: {}", fmt::join(kTimeNames, ", ")));
  if (!column.empty() && std::find(names.begin(), names.end(), column) != names.end()) return std::pair(*time, column);
  std::vector<std::string> others;
  std::copy_if(names.begin(), names.end(), std::back_inserter(others), [&](const std::string& name) { return name != *time; });
  const auto usual = first_of(names, kValueNames);
  if (column.empty() && usual) return std::pair(*time, *usual);
  if (column.empty() && others.size() == 1) return std::pair(*time, others.front());
  return unexpected(Errc::invalid_input, column.empty() ? fmt::format("reading {}: several columns and no usual name among them", path)
                                                        : fmt::format("reading {}: no column '{}'", path, column),
                    fmt::format("name the column of g/kWh with --column; there are: {}", fmt::join(others, ", ")));
}

std::string_view take_line(std::string_view& text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(line.size() + 1, text.size()));
  return line;
}

std::string_view field(const std::vector<std::string>& fields, std::size_t index) {
  return index < fields.size() ? std::string_view(fields[index]) : std::string_view();
}

Result<Rows> rows_of_csv(const std::string& path, std::string_view text, const std::string& column) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  std::string_view header;
  while (!text.empty() && (trim(header).empty() || header.front() == '#')) header = take_line(text);
  const std::vector<std::string> names = csv_fields(header);
  const auto chosen = choose(path, names, column);
  if (!chosen) return unexpected(chosen.error());
  const auto index = [&](const std::string& name) { return static_cast<std::size_t>(std::find(names.begin(), names.end(), name) - names.begin()); };
  const std::size_t time = index(chosen->first), value = index(chosen->second);
  Rows rows;
  rows.column = chosen->second;
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    if (trim(line).empty()) continue;
    const std::vector<std::string> fields = csv_fields(line);
    rows.add(parse_iso_time(field(fields, time)), parse_double(field(fields, value)));
  }
  return rows;
}

const nlohmann::json* array_in(const nlohmann::json& document) {
  if (document.is_array()) return &document;
  if (!document.is_object()) return nullptr;
  for (const auto& [key, value] : document.items())
    if (value.is_array() && !value.empty() && value.front().is_object()) return &value;
  return nullptr;
}

std::optional<double> number_in(const nlohmann::json& object, const std::string& key) {
  const auto found = object.find(key);
  if (found == object.end()) return std::nullopt;
  if (found->is_number()) return found->get<double>();
  return found->is_string() ? parse_double(found->get_ref<const std::string&>()) : std::nullopt;
}

std::optional<WallTime> time_in(const nlohmann::json& object, const std::string& key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? parse_iso_time(found->get_ref<const std::string&>()) : std::nullopt;
}

Result<Rows> rows_of_json(const std::string& path, std::string_view text, const std::string& column) {
  const auto document = nlohmann::json::parse(text, nullptr, false);
  const nlohmann::json* array = document.is_discarded() ? nullptr : array_in(document);
  if (!array || array->empty() || !array->front().is_object())
    return unexpected(Errc::corrupt, fmt::format("reading {}: no array of objects in it", path), "give a JSON array such as [{\"start\": \"2026-01-01T00:00Z\", \"g_per_kwh\": 120}]");
  std::vector<std::string> names;
  for (const auto& [key, value] : array->front().items()) names.push_back(key);
  const auto chosen = choose(path, names, column);
  if (!chosen) return unexpected(chosen.error());
  Rows rows;
  rows.column = chosen->second;
  for (const auto& object : *array)
    if (object.is_object()) rows.add(time_in(object, chosen->first), number_in(object, chosen->second));
    else ++rows.skipped;
  return rows;
}

// Sorted by time, of repeated times the first stays.
void sort_and_merge(Rows& rows) {
  std::stable_sort(rows.rows.begin(), rows.rows.end(), [](const Row& a, const Row& b) { return a.start < b.start; });
  const auto last = std::unique(rows.rows.begin(), rows.rows.end(), [](const Row& a, const Row& b) { return a.start == b.start; });
  rows.skipped += static_cast<std::size_t>(rows.rows.end() - last);
  rows.rows.erase(last, rows.rows.end());
}

WallTime::duration usual_step(const std::vector<Row>& rows) {
  std::map<WallTime::duration, std::size_t> counts;
  for (std::size_t i = 1; i < rows.size(); ++i) ++counts[rows[i].start - rows[i - 1].start];
  const auto most = std::max_element(counts.begin(), counts.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  return most == counts.end() ? std::chrono::hours(1) : most->first;
}

double quantile(std::vector<double>& values, double share) {
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

std::string basis_of(const std::string& column) {
  const std::string name = lower(column);
  for (const char* word : {"marginal", "moer"})
    if (name.find(word) != std::string::npos) return "marginal";
  if (name.find("lifecycle") != std::string::npos) return "average, lifecycle";
  return name.find("direct") != std::string::npos ? "average, direct" : "average, as in the file";
}

GridFigure figure_of(const std::string& path, const Rows& rows) {
  std::vector<double> values;
  double sum = 0;
  for (const Row& row : rows.rows) {
    values.push_back(row.value);
    sum += row.value;
  }
  GridFigure figure;
  figure.g_per_kwh = CarbonIntensity(sum / static_cast<double>(values.size()));
  figure.low = CarbonIntensity(quantile(values, 0.05));
  figure.high = CarbonIntensity(quantile(values, 0.95));
  figure.zone = figure.zone_name = rows.column;
  figure.provider = "file " + path.substr(path.rfind('/') + 1);
  figure.basis = basis_of(rows.column);
  figure.year = static_cast<int>(std::chrono::year_month_day(std::chrono::floor<std::chrono::days>(rows.rows.back().start)).year());
  return figure;
}

IntensitySeries series_of(const std::string& path, const Rows& rows) {
  IntensitySeries series;
  series.about = figure_of(path, rows);
  series.skipped = rows.skipped;
  const auto step = usual_step(rows.rows);
  series.step = step;
  for (const Row& row : rows.rows) {
    if (!series.points.empty()) series.missing += static_cast<std::size_t>(std::max<std::int64_t>(0, (row.start - series.points.back().start) / step - 1));
    const CarbonIntensity value(row.value);
    series.points.push_back({row.start, value, value, value, false});
  }
  return series;
}

}  // namespace

Result<IntensitySeries> read_series(const std::string& path, const std::string& column) {
  const auto text = read_file(path, kLargest);
  if (!text) return unexpected(text.error());
  const std::string_view start = trim(std::string_view(*text).substr(0, 256));
  const bool json = !start.empty() && (start.front() == '[' || start.front() == '{');
  auto rows = json ? rows_of_json(path, *text, column) : rows_of_csv(path, *text, column);
  if (!rows) return unexpected(rows.error());
  sort_and_merge(*rows);
  if (rows->rows.empty()) return unexpected(Errc::corrupt, fmt::format("reading {}: no row with a time and a figure in '{}' ({} left out)", path, rows->column, rows->skipped),
                                            "times are ISO 8601, figures g/kWh with a decimal point");
  return series_of(path, *rows);
}

}  // namespace carbontracker
