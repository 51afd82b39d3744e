#include "data/tables.h"

#include "base/text.h"

namespace carbontracker {
namespace {

std::string_view next_line(std::string_view& text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(line.size() + 1, text.size()));
  return line;
}

bool is_data(std::string_view line) { return !trim(line).empty() && line.front() != '#'; }

// Takes comments and the header off the front of `text`.
TableRow::Columns take_columns(std::string_view& text) {
  while (!text.empty()) {
    const std::string_view line = next_line(text);
    if (is_data(line)) return std::make_shared<const std::vector<std::string>>(csv_fields(line));
  }
  return std::make_shared<const std::vector<std::string>>();
}

}  // namespace

std::string_view TableRow::operator[](std::string_view column) const {
  for (std::size_t i = 0; i < columns_->size() && i < fields_.size(); ++i)
    if ((*columns_)[i] == column) return fields_[i];
  return {};
}

std::optional<double> TableRow::number(std::string_view column) const { return parse_double((*this)[column]); }

void for_each_row(std::string_view table, const std::function<bool(const TableRow&)>& visit) {
  std::string_view text = table_text(table);
  const TableRow::Columns columns = take_columns(text);
  while (!text.empty()) {
    const std::string_view line = next_line(text);
    if (is_data(line) && !visit(TableRow(columns, csv_fields(line)))) return;
  }
}

std::optional<TableRow> find_row(std::string_view table, std::string_view key) {
  std::string_view text = table_text(table);
  const TableRow::Columns columns = take_columns(text);
  if (key.empty() || key.find_first_of(",\n\"") != std::string_view::npos) return std::nullopt;
  const std::string start = std::string(key) + ",";
  if (text.substr(0, start.size()) != start) {
    const auto at = text.find("\n" + start);
    if (at == std::string_view::npos) return std::nullopt;
    text.remove_prefix(at + 1);
  }
  return TableRow(columns, csv_fields(next_line(text)));
}

}  // namespace carbontracker
