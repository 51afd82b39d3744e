#pragma once
// The embedded tables: data/<name>.csv as text, read row by row when asked (no start-up cost, no relocation).

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace carbontracker {

// Text of data/<name>.csv; empty when there is no such table.
[[nodiscard]] std::string_view table_text(std::string_view name);

// One row of a table, its fields found by column name.
class TableRow {
 public:
  using Columns = std::shared_ptr<const std::vector<std::string>>;
  TableRow(Columns columns, std::vector<std::string> fields) : columns_(std::move(columns)), fields_(std::move(fields)) {}
  // Empty when the table has no such column or the field is empty. The view lives as long as the row.
  [[nodiscard]] std::string_view operator[](std::string_view column) const;
  // The field as a number; nothing when it is empty or no number.
  [[nodiscard]] std::optional<double> number(std::string_view column) const;

 private:
  Columns columns_;
  std::vector<std::string> fields_;
};

// Calls `visit` for each row (lines that begin with # are left out) until it returns false. About 1 us a row.
void for_each_row(std::string_view table, const std::function<bool(const TableRow&)>& visit);

// The row whose first field is `key` (as written, no quotes), found by a text search: about 10 us in 30 KB.
[[nodiscard]] std::optional<TableRow> find_row(std::string_view table, std::string_view key);

}  // namespace carbontracker
