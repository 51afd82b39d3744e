#include "carbon/series_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "base/named_file.h"
#include "base/iso_time.h"
#include "base/text.h"
#include "carbon/series_columns.h"

namespace carbontracker {
namespace {

constexpr std::size_t kLargest = 256u << 20;
constexpr double kBeyondBelief = 5000;  // g/kWh: no grid emits half of it; lignite alone about 1,100, marginal figures up to 1,500
constexpr double kDoubtful = 2;         // below it all the time: no grid's grams, but kilograms

// ISO 8601, or seconds or milliseconds since 1970 as programs write them: of 2001 and later, so that no year is taken for one.
std::optional<WallTime> moment_of(std::string_view text) {
  if (text.size() < 10 || text.find_first_not_of("0123456789") != std::string_view::npos) return parse_iso_time(text);
  const auto count = parse_uint(text);
  if (!count || (text.size() != 10 && text.size() != 13)) return std::nullopt;
  return WallTime(std::chrono::milliseconds(static_cast<std::int64_t>(text.size() == 10 ? *count * 1000 : *count)));
}

struct Row {
  WallTime start{};
  double value = 0;
  std::string kind;
};
struct Rows {
  std::vector<Row> rows;
  std::size_t skipped = 0, wild = 0, other_kind = 0, repeated = 0;
  std::string column, unit_elsewhere, basis_elsewhere;
  bool local = false;               // some time carries no offset
  std::string zone, other_zone;

  void add(std::string_view time, std::optional<double> value, std::string_view kind, std::string_view of_zone) {
    const auto start = moment_of(trim(time));
    if (!start || !value || *value < 0) {
      ++skipped;
      return;
    }
    if (time = trim(time); time.size() > 10 && time.find_first_of("Zz+-", 10) == std::string_view::npos) local = true;
    if (zone.empty()) zone = of_zone;
    else if (!of_zone.empty() && of_zone != zone && other_zone.empty()) other_zone = of_zone;
    rows.push_back({*start, *value, lower(trim(kind))});
  }
};

std::string_view take_line(std::string_view& text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(line.size() + 1, text.size()));
  return line;
}

std::string_view field(const std::vector<std::string>& fields, std::size_t index) {
  return index < fields.size() ? std::string_view(fields[index]) : std::string_view();
}

// Tables of European programs separate by semicolons and write 123,4.
char separator_of(std::string_view header) {
  for (const char c : {';', '\t'})
    if (header.find(',') == std::string_view::npos && header.find(c) != std::string_view::npos) return c;
  return ',';
}

std::vector<std::string> fields_of(std::string_view line, char separator) {
  if (separator == ',') return csv_fields(line);
  std::vector<std::string> out;
  for (std::string_view part : split(line, separator)) {
    part = trim(part);
    if (part.size() >= 2 && part.front() == '"' && part.back() == '"') part = part.substr(1, part.size() - 2);
    out.emplace_back(part);
  }
  return out;
}

std::optional<double> number_of(std::string_view text, char separator) {
  const auto number = parse_double(text);
  if (number || separator == ',' || std::count(text.begin(), text.end(), ',') != 1) return number;
  std::string pointed(text);
  std::replace(pointed.begin(), pointed.end(), ',', '.');
  return parse_double(pointed);
}

Result<Rows> rows_of_csv(const std::string& path, std::string_view text, const std::string& column) {
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF"))
    return unexpected(Errc::corrupt, fmt::format("reading {}: its text is UTF-16", path), "save it as UTF-8");
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  std::string_view header;
  while (!text.empty() && (trim(header).empty() || header.front() == '#')) header = take_line(text);
  const char separator = separator_of(header);
  const std::vector<std::string> names = fields_of(header, separator);
  const auto chosen = series_columns(path, names, column);
  if (!chosen) return unexpected(chosen.error());
  const auto index = [&](const std::optional<std::string>& name) { return name ? static_cast<std::size_t>(std::find(names.begin(), names.end(), *name) - names.begin()) : names.size(); };
  const std::size_t time = index(chosen->time), value = index(chosen->value), kind = index(chosen->kind), zone = index(chosen->zone);
  Rows rows;
  rows.column = chosen->value;
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    if (trim(line).empty()) continue;
    const std::vector<std::string> fields = fields_of(line, separator);
    rows.add(field(fields, time), number_of(field(fields, value), separator), field(fields, kind), field(fields, zone));
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

std::string_view text_in(const nlohmann::json& object, const std::optional<std::string>& key) {
  const auto found = key ? object.find(*key) : object.end();
  return found != object.end() && found->is_string() ? std::string_view(found->get_ref<const std::string&>()) : std::string_view();
}

std::string time_in(const nlohmann::json& object, const std::string& key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number_unsigned() ? std::to_string(found->get<std::uint64_t>()) : std::string(text_in(object, key));
}

// WattTime's answers say beside the rows what they are: {"meta": {"units": "lbs_co2_per_mwh", "signal_type": "co2_moer"}}.
void read_meta(const nlohmann::json& document, Rows& rows) {
  if (!document.is_object() || !document.contains("meta") || !document["meta"].is_object()) return;
  rows.unit_elsewhere = text_in(document["meta"], "units");
  rows.basis_elsewhere = text_in(document["meta"], "signal_type");
}

Result<Rows> rows_of_json(const std::string& path, std::string_view text, const std::string& column) {
  const auto document = nlohmann::json::parse(text, nullptr, false);
  const nlohmann::json* array = document.is_discarded() ? nullptr : array_in(document);
  if (!array || array->empty() || !array->front().is_object())
    return unexpected(Errc::corrupt, fmt::format("reading {}: no array of objects in it", path), "give a JSON array such as [{\"start\": \"2026-01-01T00:00Z\", \"g_per_kwh\": 120}]");
  std::vector<std::string> names;
  for (const auto& [key, value] : array->front().items()) names.push_back(key);
  const auto chosen = series_columns(path, names, column);
  if (!chosen) return unexpected(chosen.error());
  Rows rows;
  rows.column = chosen->value;
  read_meta(document, rows);
  for (const auto& object : *array)
    if (object.is_object()) rows.add(time_in(object, chosen->time), number_in(object, chosen->value), text_in(object, chosen->kind), text_in(object, chosen->zone));
    else ++rows.skipped;
  return rows;
}

// In g/kWh, and what cannot be that left out.
Result<> settle_unit(const std::string& path, Rows& rows) {
  const auto unit = series_unit(rows.unit_elsewhere.empty() ? rows.column : rows.unit_elsewhere);
  if (!unit) return unexpected(Errc::invalid_input, fmt::format("reading {}: '{}' is no intensity of a grid", path, rows.unit_elsewhere.empty() ? rows.column : rows.unit_elsewhere), "name the column of g/kWh with --column");
  for (Row& row : rows.rows) row.value *= unit->grams_per_kwh;
  const std::size_t before = rows.rows.size();
  double most = 0;
  std::erase_if(rows.rows, [](const Row& row) { return row.value > kBeyondBelief; });
  rows.wild = before - rows.rows.size();
  for (const Row& row : rows.rows) most = std::max(most, row.value);
  const bool doubtful = !unit->told && most > 0 && most < kDoubtful && series_basis(rows.column) != "average, direct";
  if (doubtful || (before > 0 && 10 * rows.wild > before))
    return unexpected(Errc::invalid_input, fmt::format("reading {}: figures {} in '{}' are no grid's g/kWh", path, doubtful ? fmt::format("below {:g}", kDoubtful) : fmt::format("above {:g}", kBeyondBelief), rows.column),
                      "say the unit in the column's name: g_per_kwh, kg_per_kwh, kg_per_mwh or lb_per_mwh");
  rows.skipped += rows.wild;
  return {};
}

// Rows of one basis, lifecycle where there are any: a run is judged by one.
void settle_kind(Rows& rows) {
  if (rows.rows.empty()) return;
  const auto of_kind = [&](std::string_view kind) { return std::any_of(rows.rows.begin(), rows.rows.end(), [&](const Row& row) { return row.kind == kind; }); };
  const std::string kept = of_kind("lifecycle") ? "lifecycle" : rows.rows.front().kind;
  rows.other_kind = std::erase_if(rows.rows, [&](const Row& row) { return row.kind != kept; });
  rows.skipped += rows.other_kind;
  if (rows.basis_elsewhere.empty()) rows.basis_elsewhere = kept;
}

// Sorted by time, of repeated times the first stays.
void sort_and_merge(Rows& rows) {
  std::stable_sort(rows.rows.begin(), rows.rows.end(), [](const Row& a, const Row& b) { return a.start < b.start; });
  const auto last = std::unique(rows.rows.begin(), rows.rows.end(), [](const Row& a, const Row& b) { return a.start == b.start; });
  rows.repeated = static_cast<std::size_t>(rows.rows.end() - last);
  rows.skipped += rows.repeated;
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

// What is to be known of a file before its figures are believed.
std::string note_of(const Rows& rows) {
  std::vector<std::string> parts;
  const auto unit = series_unit(rows.unit_elsewhere.empty() ? rows.column : rows.unit_elsewhere);
  if (unit && !unit->name.empty()) parts.push_back("turned from " + unit->name + " into g/kWh");
  if (rows.wild > 0) parts.push_back(fmt::format("{} rows above {:g} g/kWh left out", rows.wild, kBeyondBelief));
  if (rows.other_kind > 0) parts.push_back(fmt::format("{} rows of another basis left out", rows.other_kind));
  if (rows.local && rows.repeated > 0) parts.push_back("times without an offset are read as UTC; an hour that comes twice looks like local time with its clock change");
  return fmt::format("{}", fmt::join(parts, "; "));
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
  figure.basis = series_basis(rows.basis_elsewhere.empty() ? rows.column : rows.basis_elsewhere);
  figure.note = note_of(rows);
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
  const auto text = read_named_file(path, kLargest);
  if (!text) return unexpected(text.error());
  const std::string_view start = trim(std::string_view(*text).substr(0, 256));
  const bool json = !start.empty() && (start.front() == '[' || start.front() == '{');
  auto rows = json ? rows_of_json(path, *text, column) : rows_of_csv(path, *text, column);
  if (!rows) return unexpected(rows.error());
  if (!rows->other_zone.empty())
    return unexpected(Errc::invalid_input, fmt::format("reading {}: it holds several zones: {}, {}", path, rows->zone, rows->other_zone), "give a file of one zone");
  if (const auto settled = settle_unit(path, *rows); !settled) return unexpected(settled.error());
  settle_kind(*rows);
  sort_and_merge(*rows);
  if (rows->rows.empty()) return unexpected(Errc::corrupt, fmt::format("reading {}: no row with a time and a figure in '{}' ({} left out)", path, rows->column, rows->skipped),
                                            "times are ISO 8601, figures g/kWh with a decimal point");
  return series_of(path, *rows);
}

}  // namespace carbontracker
