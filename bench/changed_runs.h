#pragma once
// The same recordings as another machine or logger would have left them: a forecast that knows shapes, and no constants of these
// recordings, errs the same on each. A recording is changed as text, so that its reader is tried too.

#include <random>

#include "back_test_table.h"
#include "base/files.h"
#include "base/text.h"

namespace back_test {

struct Change {
  std::string name;
  double time = 1, power = 1;  // factors
  double spacing = 0;          // s between readings, at least
  double skip = 0;             // s of readings left out at the start: where the rare ones fall
  bool shuffled = false;       // lines of marks in any order
  bool crlf = false;
};

inline std::vector<Change> changes() {
  return {{"as recorded"}, {"time x 0.2", 0.2}, {"time x 0.5", 0.5}, {"time x 5", 5}, {"time x 10", 10}, {"power x 0.1", 1, 0.1}, {"power x 3", 1, 3}, {"time x 10, power x 0.1", 10, 0.1},
          {"readings 20 s apart", 1, 1, 20}, {"... from 4 s later", 1, 1, 20, 4}, {"... from 8 s later", 1, 1, 20, 8}, {"... from 12 s later", 1, 1, 20, 12},
          {"... from 16 s later", 1, 1, 20, 16}, {"marks out of order, CRLF", 1, 1, 0, 0, true, true}};
}

// Times of a file stay as far from the first time of the power file as the factor says.
inline std::vector<std::string> changed_lines(const std::string& text, const Change& change, double origin, bool readings) {
  std::vector<std::string> lines;
  double last = -1e300;
  bool header = true;
  for (const auto line : ct::split(text, '\n')) {
    const auto fields = ct::csv_fields(line);
    if (fields.size() < 2) continue;
    const auto at = ct::parse_double(fields[0]);
    if (std::exchange(header, false) || !at) {
      lines.push_back(std::string(ct::trim(line)));
      continue;
    }
    if (readings && (*at - last < change.spacing * 1000 || *at - origin < change.skip * 1000)) continue;
    last = *at;
    std::string out = fmt::format("{:.3f}", origin + (*at - origin) * change.time);
    for (std::size_t i = 1; i < fields.size(); ++i) out += "," + (readings && i == 1 ? fmt::format("{}", ct::parse_double(fields[i]).value_or(0) * change.power) : std::string(ct::trim(fields[i])));
    lines.push_back(out);
  }
  return lines;
}

inline std::string joined(std::vector<std::string> lines, const Change& change, bool marks) {
  std::mt19937 engine(7);
  if (change.shuffled && marks && lines.size() > 2) std::shuffle(lines.begin() + 1, lines.end(), engine);
  std::string text;
  for (const auto& line : lines) text += line + (change.crlf ? "\r\n" : "\n");
  return text;
}

inline std::optional<ct::Trace> changed_trace(const fs::path& directory, const std::string& name, const Change& change) {
  const auto power = ct::read_file((directory / (name + ".power.csv")).string(), 1u << 30), events = ct::read_file((directory / (name + ".events.csv")).string(), 1u << 30);
  if (!power || !events) return std::nullopt;
  const auto rows = ct::split(*power, '\n');
  const double origin = rows.size() > 1 ? ct::parse_double(ct::csv_fields(rows[1])[0]).value_or(0) : 0;
  auto trace = ct::parse_trace(joined(changed_lines(*power, change, origin, true), change, false), joined(changed_lines(*events, change, origin, false), change, true));
  if (!trace) return std::nullopt;
  return std::move(*trace);
}

inline std::vector<Run> changed_runs(const std::vector<Run>& runs, const fs::path& directory, const Change& change) {
  std::vector<Run> out;
  for (const Run& run : runs) {
    auto trace = changed_trace(directory, run.name, change);
    if (!trace) continue;
    Run other;
    other.name = run.name, other.family = run.family, other.trace = std::move(*trace);
    keep(std::move(other), out);
  }
  return out;
}

// The figures of the table's rows with a target, one line for each change; `missed`: how many targets are.
struct ChangedFigures {
  std::string name;
  std::vector<Figure> rows;
  std::size_t runs = 0;
};

inline std::vector<ChangedFigures> figures_of_changes(const std::vector<Run>& runs, const fs::path& directory) {
  std::vector<ChangedFigures> all;
  for (const Change& change : changes()) {
    const auto other = changed_runs(runs, directory, change);
    ChangedFigures figures{change.name, {}, other.size()};
    for (auto& row : table_of(other, {}, {}))
      if (row.target) figures.rows.push_back(std::move(row));
    all.push_back(std::move(figures));
  }
  return all;
}

}  // namespace back_test
