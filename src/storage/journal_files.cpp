#include "storage/journal_files.h"

#include <algorithm>

#include "base/host.h"
#include "storage/codec.h"
#include "storage/journal.h"

namespace carbontracker {
namespace {

constexpr std::size_t kLongestPart = 80;

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

std::string hexadecimal(std::uint32_t value) {
  std::string out;
  for (int shift = 28; shift >= 0; shift -= 4) out += "0123456789abcdef"[value >> shift & 15];
  return out;
}

}  // namespace

std::string data_home(const Host& host) {
  const auto set = [&](std::string_view name) { return host.env(name).value_or(""); };
  if (const std::string own = set("CARBONTRACKER_HOME"); !own.empty()) return own;
  // XDG: a relative path is invalid and is to be ignored.
  if (const std::string xdg = set("XDG_DATA_HOME"); xdg.starts_with('/')) return xdg + "/carbontracker";
  if (const std::string home = set("HOME"); !home.empty()) return home + "/.local/share/carbontracker";
  return {};
}

std::string journals_directory(const std::string& home) { return home + "/journals"; }

std::string file_name_part(std::string_view text) {
  std::string part(text.substr(0, kLongestPart));
  std::replace_if(part.begin(), part.end(), [](char c) { return !is_plain(c); }, '_');
  if (part.starts_with('.')) part[0] = '_';
  if (part.empty() || part != text) part += '-' + hexadecimal(crc32(text));
  return part;
}

std::string journal_name(const std::string& run_id, const std::string& node, int attempt) {
  return file_name_part(run_id) + "." + file_name_part(node) + "." + std::to_string(attempt) + ".journal";
}

std::string name_file(const std::string& run_id) { return file_name_part(run_id) + ".name"; }

}  // namespace carbontracker
