#include "report/render_text.h"

#include <fmt/format.h>

#include "base/duration.h"
#include "base/iso_time.h"
#include "base/printable.h"
#include "report/cells.h"
#include "report/lines.h"
#include "report/numbers.h"

namespace carbontracker {
namespace {

constexpr std::size_t kLabelWidth = 11;

std::string bold(const TextStyle& style, const std::string& text) { return style.colour ? "\033[1m" + text + "\033[0m" : text; }

// Characters, not bytes: all that is printed is valid UTF-8 of one column a character.
std::size_t columns(const std::string& text) {
  std::size_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  return count;
}

std::string padded(const std::string& text, std::size_t width) {
  const std::size_t used = columns(text);
  return used < width ? text + std::string(width - used, ' ') : text;
}

std::string laid_out(const ReportLine& line, const TextStyle& style) {
  std::string out = bold(style, line.label) + std::string(columns(line.label) < kLabelWidth ? kLabelWidth - columns(line.label) : 2, ' ');
  bool first = true;
  for (const std::string& part : line.parts) {
    if (part.empty()) continue;
    out += (first ? "" : "   ") + part;
    first = false;
  }
  return out + "\n";
}

std::string run_row(const RunSummary& r) {
  const std::string energy = r.joules > Joules{} ? show(r.joules) : "no data";
  return padded(r.id, 24) + padded(printable(r.name, 24), 26) + padded(iso_time(r.started).substr(0, 16), 18) + padded(show_duration(r.duration), 14) + padded(energy, 11) +
         std::string(to_string(r.state)) + (r.exit_code && *r.exit_code != 0 ? fmt::format(" (exit {})", *r.exit_code) : "");
}

std::string change(double before, double after) { return before > 0 ? fmt::format("{:+.1f} %", 100 * (after / before - 1)) : "n/a"; }

struct CompareRow {
  std::string what, a, b, change;
};

std::vector<CompareRow> compare_rows(const Report& a, const Report& b) {
  const auto energy = [](const std::optional<Energy>& e) { return e ? show_interval(e->joules, e->low, e->high) : std::string("no data"); };
  const auto grams = [](const Report& r) { return r.carbon ? show(r.carbon->grams) : std::string("no data"); };
  std::vector<CompareRow> rows;
  rows.push_back({"run", a.run.id, b.run.id, ""});
  rows.push_back({"name", printable(a.run.name, 40), printable(b.run.name, 40), ""});
  rows.push_back({"duration", show_duration(a.duration), show_duration(b.duration), change(a.duration.count(), b.duration.count())});
  const bool both = a.total && b.total;
  rows.push_back({"energy", energy(a.total), energy(b.total), both ? change(a.total->joules.value(), b.total->joules.value()) : "n/a"});
  if (both && a.total->high && b.total->high && (a.total->low > *b.total->high || b.total->low > *a.total->high)) rows.back().change += ", intervals apart";
  else if (both) rows.back().change += ", within the uncertainty";
  rows.push_back({"carbon", grams(a), grams(b), both ? change(a.carbon->grams.value(), b.carbon->grams.value()) : "n/a"});
  rows.push_back({"grid", grid_words(a), grid_words(b), ""});
  rows.push_back({"source", origin_words(a), origin_words(b), ""});
  return rows;
}

}  // namespace

std::string report_text(const Report& report, const TextStyle& style) {
  std::string out;
  for (const ReportLine& line : report_lines(report)) out += laid_out(line, style);
  return out;
}

std::string runs_text(const std::vector<RunSummary>& runs, const TextStyle& style) {
  if (runs.empty()) return "no runs yet: carbontracker run -- python train.py\n";
  std::string out = bold(style, padded("id", 24) + padded("name", 26) + padded("started (UTC)", 18) + padded("duration", 14) + padded("energy", 11) + "state") + "\n";
  for (const RunSummary& r : runs) out += run_row(r) + "\n";
  return out;
}

std::string comparison_text(const Report& a, const Report& b, const TextStyle& style) {
  std::string out;
  const auto rows = compare_rows(a, b);
  std::size_t width_a = 0, width_b = 0;
  for (const CompareRow& row : rows) {
    width_a = std::max(width_a, columns(row.a) + 2);
    width_b = std::max(width_b, columns(row.b) + 2);
  }
  for (const CompareRow& row : rows) out += bold(style, padded(row.what, kLabelWidth)) + padded(row.a, width_a) + padded(row.b, width_b) + row.change + "\n";
  return out;
}

std::string report_markdown(const Report& report) {
  std::string out = "| | |\n|---|---|\n";
  for (const ReportLine& line : report_lines(report)) {
    std::string cell;
    for (const std::string& part : line.parts)
      if (!part.empty()) cell += (cell.empty() ? "" : "; ") + part;
    out += "| " + markdown_cell(line.label) + " | " + markdown_cell(cell) + " |\n";
  }
  out += "\n| channel | energy | origin | coverage | counted |\n|---|---|---|---|---|\n";
  for (const ReportChannel& c : report.channels) {
    out += "| " + markdown_cell(c.channel.name) + " | " + (c.energy ? show_interval(c.energy->joules, c.energy->low, c.energy->high) : "no data") + " | " + std::string(to_string(c.channel.origin)) +
           fmt::format(" | {:.3f} | ", c.coverage) + (c.headline ? "yes" : "no") + " |\n";
  }
  return out;
}

std::string runs_markdown(const std::vector<RunSummary>& runs) {
  std::string out = "| id | name | started | duration | energy | state |\n|---|---|---|---|---|---|\n";
  for (const RunSummary& r : runs)
    out += "| " + markdown_cell(r.id) + " | " + markdown_cell(r.name) + " | " + iso_time(r.started) + " | " + show_duration(r.duration) + " | " + (r.joules > Joules{} ? show(r.joules) : "no data") + " | " + std::string(to_string(r.state)) + " |\n";
  return out;
}

std::string comparison_markdown(const Report& a, const Report& b) {
  std::string out = "| | A | B | change |\n|---|---|---|---|\n";
  for (const CompareRow& row : compare_rows(a, b)) out += "| " + row.what + " | " + markdown_cell(row.a) + " | " + markdown_cell(row.b) + " | " + row.change + " |\n";
  return out;
}

std::string comparison_csv(const Report& a, const Report& b) {
  std::string out = "what,a,b,change\n";
  for (const CompareRow& row : compare_rows(a, b)) out += csv_cell(row.what) + "," + csv_cell(row.a) + "," + csv_cell(row.b) + "," + csv_cell(row.change) + "\n";
  return out;
}

}  // namespace carbontracker
