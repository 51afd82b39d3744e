#include "report/cells.h"

#include "base/printable.h"
#include "base/text.h"

namespace carbontracker {

namespace {

// A table is looked at in terminals too: what would move the cursor or set the colour is shown (C0 but tab and line ends, DEL, C1).
std::string without_controls(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool c1 = byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0;
    const bool c0 = (byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r') || byte == 0x7F;
    if (c1) ++i;
    out += c0 || c1 ? printable(text.substr(c1 ? i - 1 : i, c1 ? 2 : 1)) : std::string(1, text[i]);
  }
  return out;
}

}  // namespace

std::string csv_cell(std::string_view text) {
  std::string clean = without_controls(valid_utf8(text));
  const bool formula = !clean.empty() && std::string_view("=+-@\t\r").find(clean.front()) != std::string_view::npos && !parse_double(clean);
  if (formula) clean.insert(clean.begin(), '\'');
  if (clean.find_first_of(",\"\n\r") == std::string::npos) return clean;
  std::string quoted = "\"";
  for (const char c : clean) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

std::string markdown_cell(std::string_view text) {
  std::string out;
  for (const char c : printable(text)) {
    if (c == '|') out += "\\|";
    else if (c == '<') out += "&lt;";
    else out += c;
  }
  return out;
}

}  // namespace carbontracker
