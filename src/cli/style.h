#pragma once
// How output looks where: decided once, from the environment and the terminal.

#include <string>
#include <string_view>

#include "base/host.h"

namespace carbontracker::cli {

struct Style {
  bool colour = false;
  bool live = false;      // a terminal that can redraw a line
  int width = 80;

  [[nodiscard]] std::string bold(std::string_view text) const;
  [[nodiscard]] std::string dim(std::string_view text) const;
  [[nodiscard]] std::string red(std::string_view text) const;
};

// NO_COLOR forbids colour, CLICOLOR_FORCE forces it, TERM=dumb has neither colour nor redrawing.
[[nodiscard]] Style style_of(int descriptor, const Host& host);

// An error or a warning as one line: "carbontracker: what (hint)". Control characters in it are shown, never sent.
[[nodiscard]] std::string message_line(std::string_view what, std::string_view hint = {});
void print_message(const Style& style, std::string_view what, std::string_view hint = {});

// What was asked for, to stdout. Returns the exit code: 1, with a message, where it could not be written (a full disk).
[[nodiscard]] int print_product(std::string_view text, const Host& host);

}  // namespace carbontracker::cli
