#include "cli/style.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/printable.h"

namespace carbontracker::cli {
namespace {

std::string wrapped(bool on, const char* code, std::string_view text) {
  return on ? std::string("\033[") + code + "m" + std::string(text) + "\033[0m" : std::string(text);
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

int print_product(std::string_view text, const Host& host) {
  const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
  if (!written) print_message(style_of(STDERR_FILENO, host), std::string("writing the output: ") + std::strerror(errno));
  return written ? 0 : 1;
}

}  // namespace carbontracker::cli
