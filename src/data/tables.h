#pragma once
// The embedded tables: data/<name>.csv as text, read row by row when asked (no start-up cost, no relocation).

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace carbontracker {

// Text of data/<name>.csv; empty when there is no such table.
[[nodiscard]] std::string_view table_text(std::string_view name);

// One row of a table, its fields found by column name.
class TableRow {
 public:
  TableRow(const std::vector<std::string>& columns, std::vector<std::string> fields)
      : columns_(&columns), fields_(std::move(fields)) {}
  // Empty when the table has no such column or the field is empty.
  [[nodiscard]] std::string_view operator[](std::string_view column) const;

 private:
  const std::vector<std::string>* columns_;
  std::vector<std::string> fields_;
};

// Calls `visit` for each row (lines that begin with # are left out) until it returns false.
void for_each_row(std::string_view table, const std::function<bool(const TableRow&)>& visit);

}  // namespace carbontracker
