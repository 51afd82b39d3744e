#include "storage/emissions_csv.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <numeric>

#include "base/iso_time.h"
#include "base/text.h"

namespace carbontracker {
namespace {

using Fields = std::vector<std::string>;

// A record may go over several lines where a quoted field does.
struct Record {
  std::size_t line = 0;
  std::string text;
};

std::vector<Record> records_of(std::string_view text) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  std::vector<Record> records;
  std::size_t line = 0;
  bool quoted = false;
  for (const std::string_view part : split(text, '\n')) {
    ++line;
    if (quoted) records.back().text += "\n" + std::string(part);
    else records.push_back({line, std::string(part)});
    quoted ^= std::count(part.begin(), part.end(), '"') % 2 != 0;
  }
  std::erase_if(records, [](const Record& record) { return trim(record.text).empty(); });
  return records;
}

class Header {
 public:
  explicit Header(const Fields& names) : size_(names.size()) {
    for (std::size_t i = 0; i < names.size(); ++i) columns_.emplace(std::string(trim(names[i])), i);
  }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool has(const std::string& name) const { return columns_.contains(name); }
  [[nodiscard]] std::string text(const Fields& row, const std::string& name) const {
    const auto column = columns_.find(name);
    return column == columns_.end() ? std::string() : std::string(trim(row[column->second]));
  }

 private:
  std::map<std::string, std::size_t> columns_;
  std::size_t size_;
};

class RowReader {
 public:
  RowReader(const Header& header, const Record& record) : header_(header), line_(record.line), fields_(csv_fields(record.text)) {}

  [[nodiscard]] Result<EmissionsRow> read() {
    if (fields_.size() != header_.size())
      return bad("it has " + std::to_string(fields_.size()) + " fields, the header " + std::to_string(header_.size()));
    EmissionsRow row;
    row.line = line_;
    words(row);
    const auto stamp = parse_iso_time(row.timestamp);
    if (!stamp) return bad("timestamp '" + row.timestamp + "' is no time");
    row.ended = *stamp;
    const auto seconds = number("duration"), kwh = number("energy_consumed"), kg = number("emissions");
    if (!seconds || !kwh || !kg) return bad(fault_);
    row.duration = Seconds(*seconds);
    row.kwh = *kwh;
    row.kg = *kg;
    row.pue = header_.text(fields_, "pue").empty() ? 1 : number("pue").value_or(0);
    if (row.pue < 1) return bad("pue '" + header_.text(fields_, "pue") + "' is not a number of 1 or more");
    for (auto [name, into] : {std::pair{"cpu_energy", &row.cpu_kwh}, {"gpu_energy", &row.gpu_kwh}, {"ram_energy", &row.ram_kwh}})
      if (!header_.text(fields_, name).empty() && !(*into = number(name))) return bad(fault_);
    return row;
  }

 private:
  void words(EmissionsRow& row) const {
    const std::pair<const char*, std::string EmissionsRow::*> columns[] = {
        {"run_id", &EmissionsRow::run_id}, {"experiment_id", &EmissionsRow::experiment_id}, {"project_name", &EmissionsRow::project},
        {"timestamp", &EmissionsRow::timestamp}, {"codecarbon_version", &EmissionsRow::version}, {"country_iso_code", &EmissionsRow::country},
        {"region", &EmissionsRow::region}, {"cloud_provider", &EmissionsRow::cloud_provider}, {"cloud_region", &EmissionsRow::cloud_region},
        {"cpu_model", &EmissionsRow::cpu_model}, {"gpu_model", &EmissionsRow::gpu_model}, {"tracking_mode", &EmissionsRow::tracking_mode}};
    for (const auto& [name, member] : columns) row.*member = header_.text(fields_, name);
  }
  std::optional<double> number(const char* name) {
    const std::string text = header_.text(fields_, name);
    const auto value = parse_double(text);
    if (value && *value >= 0 && std::isfinite(*value)) return value;
    fault_ = std::string(name) + " '" + text + "' is not a number of 0 or more";
    return std::nullopt;
  }
  [[nodiscard]] Unexpected bad(const std::string& why) const {
    return unexpected(Errc::invalid_input, "line " + std::to_string(line_) + ": " + why, "the row is left out");
  }

  const Header& header_;
  std::size_t line_;
  Fields fields_;
  std::string fault_;
};

std::string shortest(double value) {
  char buffer[32];
  return std::string(buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr);
}

Seconds start_of(const EmissionsRow& row) { return Seconds(row.ended.time_since_epoch()) - row.duration; }

// The first generation has no run_id: rows of one experiment that began together are states of one run.
bool same_run(const EmissionsRow& a, const EmissionsRow& b) {
  if (!a.run_id.empty() || !b.run_id.empty()) return a.run_id == b.run_id;
  return a.experiment_id == b.experiment_id && a.project == b.project && std::abs((start_of(a) - start_of(b)).count()) < 2;
}

// Each state holds all that came before it: the longest stands for the run.
std::size_t keep_last_states(std::vector<EmissionsRow>& rows) {
  std::map<std::string, std::vector<std::size_t>> seen;
  std::vector<EmissionsRow> kept;
  for (EmissionsRow& row : rows) {
    auto& candidates = seen[row.run_id.empty() ? row.experiment_id : row.run_id];
    const auto found = std::find_if(candidates.begin(), candidates.end(), [&](std::size_t i) { return same_run(kept[i], row); });
    if (found == candidates.end()) {
      candidates.push_back(kept.size());
      kept.push_back(std::move(row));
    } else if (row.duration >= kept[*found].duration) {
      kept[*found] = std::move(row);
    }
  }
  const std::size_t earlier = rows.size() - kept.size();
  rows = std::move(kept);
  return earlier;
}

ChannelTotal channel_of(std::string name, Domain domain, std::string label, Joules joules, Seconds duration) {
  ChannelTotal total;
  total.channel.name = std::move(name);
  total.channel.domain = domain;
  total.channel.label = std::move(label);
  total.channel.origin = Origin::model;
  total.measured = {joules, Joules{}, Joules{}, std::nullopt, duration};
  total.expected = duration;
  total.run = joules;
  total.headline = true;
  return total;
}

// The total is what the row says. Where its parts do not sum to it, it is kept whole.
std::vector<ChannelTotal> channels_of(const EmissionsRow& row) {
  const auto joules = [&](double kwh) { return kilowatt_hours(kwh / row.pue); };
  const double parts = row.cpu_kwh.value_or(0) + row.gpu_kwh.value_or(0) + row.ram_kwh.value_or(0);
  std::vector<ChannelTotal> out;
  if (std::abs(parts - row.kwh) > 1e-3 * row.kwh) {
    out.push_back(channel_of("machine", Domain::soc, "the whole of it, as stated", joules(row.kwh), row.duration));
    return out;
  }
  const double rounding = parts > 0 ? row.kwh / parts : 1;  // the parts of a sum that is stated to fewer digits
  if (row.gpu_kwh.value_or(0) > 0) out.push_back(channel_of("gpu0", Domain::gpu, row.gpu_model, joules(*row.gpu_kwh * rounding), row.duration));
  if (row.cpu_kwh) out.push_back(channel_of("package-0", Domain::package, row.cpu_model, joules(*row.cpu_kwh * rounding), row.duration));
  if (row.ram_kwh) out.push_back(channel_of("dram-0", Domain::dram, "", joules(*row.ram_kwh * rounding), row.duration));
  if (out.empty()) out.push_back(channel_of("machine", Domain::soc, "the whole of it, as stated", joules(row.kwh), row.duration));
  return out;
}

}  // namespace

Result<EmissionsFile> parse_emissions(std::string_view text) {
  const std::vector<Record> records = records_of(text);
  const Header header(records.empty() ? Fields{} : csv_fields(records.front().text));
  if (header.has("task_name"))
    return unexpected(Errc::invalid_input, "this is a file of tasks: they are parts of runs", "import emissions.csv, which has the runs");
  for (const char* name : {"timestamp", "duration", "emissions", "energy_consumed"})
    if (!header.has(name)) return unexpected(Errc::invalid_input, "no emissions.csv of CodeCarbon: its first line has no column " + std::string(name), "a comma parts the columns");
  EmissionsFile file;
  for (std::size_t i = 1; i < records.size(); ++i) {
    auto row = RowReader(header, records[i]).read();
    if (row) file.rows.push_back(std::move(*row));
    else file.bad.push_back(row.error());
  }
  file.earlier_states = keep_last_states(file.rows);
  return file;
}

RunRecord imported_run(const EmissionsRow& row, std::chrono::seconds offset) {
  const std::string source = "CodeCarbon" + (row.version.empty() ? "" : " " + row.version);
  RunRecord run;
  run.name = run.project = row.project;
  run.state = RunState::finished;
  run.tags = {{kImportedFrom, source}, {kImportedRun, row.run_id.empty() ? row.experiment_id : row.run_id}, {kImportedStamp, row.timestamp},
              {kImportedEmissions, shortest(row.kg)}};
  if (!row.tracking_mode.empty()) run.tags["tracking_mode"] = row.tracking_mode;
  Segment segment;
  segment.ended = row.ended - offset;
  segment.started = *segment.ended - std::chrono::duration_cast<std::chrono::milliseconds>(row.duration);
  segment.last_seen = *segment.ended;
  segment.pue = row.pue;
  segment.pue_from = "imported from " + source;
  Snapshot& totals = segment.totals;
  totals.began = segment.started;
  totals.duration = row.duration;
  totals.channels = channels_of(row);
  std::vector<const ChannelTotal*> counted;
  for (const ChannelTotal& channel : totals.channels) counted.push_back(&channel);
  totals.total = combine(counted);
  totals.run = totals.total;
  totals.run_method = source + (row.tracking_mode.empty() ? "" : ", tracking mode " + row.tracking_mode);
  totals.coverage = 1;
  run.segments.push_back(std::move(segment));
  return run;
}

}  // namespace carbontracker
