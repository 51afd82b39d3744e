#include "cli/style.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>

namespace carbontracker::cli {
namespace {

std::string wrapped(bool on, const char* code, std::string_view text) {
  return on ? std::string("\033[") + code + "m" + std::string(text) + "\033[0m" : std::string(text);
}

std::string printable(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7f) {
      out += c;
      continue;
    }
    char escaped[8];
    std::snprintf(escaped, sizeof escaped, "\\x%02x", byte);
    out += escaped;
  }
  return out;
}

}  // namespace

std::string Style::bold(std::string_view text) const { return wrapped(colour, "1", text); }
std::string Style::dim(std::string_view text) const { return wrapped(colour, "2", text); }
std::string Style::red(std::string_view text) const { return wrapped(colour, "31", text); }

Style style_of(int descriptor, const Host& host) {
  Style style;
  const bool terminal = ::isatty(descriptor) == 1;
  const bool dumb = host.env("TERM").value_or("") == "dumb";
  const bool forbidden = !host.env("NO_COLOR").value_or("").empty();
  const std::string force = host.env("CLICOLOR_FORCE").value_or("0");
  style.live = terminal && !dumb;
  style.colour = !forbidden && ((terminal && !dumb) || (force != "0" && !force.empty()));
  winsize size{};
  if (terminal && ::ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) style.width = size.ws_col;
  return style;
}

std::string message_line(std::string_view what, std::string_view hint) {
  std::string line = "carbontracker: " + printable(what);
  if (!hint.empty()) line += " (" + printable(hint) + ")";
  return line;
}

void print_message(const Style& style, std::string_view what, std::string_view hint) {
  const std::string line = style.red("carbontracker:") + message_line(what, hint).substr(std::string_view("carbontracker:").size()) + "\n";
  std::fwrite(line.data(), 1, line.size(), stderr);
}

}  // namespace carbontracker::cli
