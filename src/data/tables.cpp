#include "data/tables.h"

#include "base/text.h"

namespace carbontracker {

std::string_view TableRow::operator[](std::string_view column) const {
  for (std::size_t i = 0; i < columns_->size() && i < fields_.size(); ++i)
    if ((*columns_)[i] == column) return fields_[i];
  return {};
}

void for_each_row(std::string_view table, const std::function<bool(const TableRow&)>& visit) {
  std::string_view text = table_text(table);
  std::vector<std::string> columns;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (trim(line).empty() || line.front() == '#') continue;
    if (columns.empty()) columns = csv_fields(line);
    else if (!visit(TableRow(columns, csv_fields(line)))) return;
  }
}

}  // namespace carbontracker
