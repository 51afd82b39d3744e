#include "launch/mark_wire.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include "base/text.h"

namespace carbontracker {
namespace {

constexpr std::string_view kVersion = "ct1";
constexpr std::array<std::string_view, 7> kKinds = {"epoch_begin", "epoch_end", "step", "region_begin", "region_end", "plan", "metric"};
constexpr std::array<std::string_view, 4> kTexts = {"snapshot", "forecast", "report", "summary"};  // AskFor, but for the first

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

std::string cleaned(std::string_view text, bool one_word) {
  std::string out(text.substr(0, kLongestName));
  std::replace_if(out.begin(), out.end(), [&](char c) { return is_control(c) || (one_word && c == ' '); }, '_');
  return out.empty() ? "-" : out;
}

std::string any_number(double value) {
  char buffer[32];
  return std::isfinite(value) ? std::string(buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr) : std::string("nan");
}

std::string shortest(double value) { return any_number(std::isfinite(value) && value > 0 ? value : 0.0); }

std::string_view next_field(std::string_view& text) {
  const auto space = text.find(' ');
  const std::string_view field = text.substr(0, space);
  text.remove_prefix(space == std::string_view::npos ? text.size() : space + 1);
  return field;
}

std::string_view next_line(std::string_view& text) {
  const auto end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

std::string unless_empty(std::string_view field) { return field == "-" ? std::string() : std::string(field); }

}  // namespace

std::string encode(const WireMark& mark) {
  const bool metric = mark.kind == WireMark::Kind::metric;
  std::string out(kVersion);
  out += ' ';
  out += kKinds[static_cast<std::size_t>(mark.kind)];
  out += ' ' + std::to_string(mark.monotonic_ns) + ' ' + (metric ? any_number(mark.value) : shortest(mark.done)) + ' ' + shortest(mark.of);
  out += ' ' + cleaned(std::string_view(mark.unit).substr(0, 32), true) + ' ' + cleaned(mark.name, false);
  return out;
}

std::optional<WireMark> decode(std::string_view datagram) {
  if (datagram.size() > kLongestMark || next_field(datagram) != kVersion) return std::nullopt;
  const auto kind = std::find(kKinds.begin(), kKinds.end(), next_field(datagram));
  const auto time = parse_uint(next_field(datagram));
  const std::string_view figure = next_field(datagram);
  const auto done = figure == "nan" ? std::numeric_limits<double>::quiet_NaN() : parse_double(figure), of = parse_double(next_field(datagram));
  const std::string_view unit = next_field(datagram), name = datagram;
  if (kind == kKinds.end() || !time || !done || !of || *of < 0 || unit.empty() || name.empty()) return std::nullopt;
  const bool metric = kind == std::prev(kKinds.end());
  if (metric ? name == "-" : !(*done >= 0)) return std::nullopt;
  if (name.size() > kLongestName || std::any_of(name.begin(), name.end(), is_control)) return std::nullopt;
  if (std::any_of(unit.begin(), unit.end(), is_control) || *time > static_cast<std::uint64_t>(INT64_MAX)) return std::nullopt;
  return WireMark{static_cast<WireMark::Kind>(kind - kKinds.begin()), static_cast<std::int64_t>(*time), metric ? 0 : *done, *of, unless_empty(unit), unless_empty(name), metric ? *done : 0};
}

std::string encode(const WireRule& rule) {
  const auto part = [](const std::optional<double>& value) { return value ? any_number(*value) : std::string("-"); };
  return std::string(kVersion) + " stop_rule " + part(rule.target) + ' ' + part(rule.patience) + ' ' + any_number(rule.min_delta) + ' ' +
         (rule.larger_is_better ? "larger" : "smaller") + ' ' + cleaned(rule.metric, false);
}

std::optional<WireRule> decode_rule(std::string_view datagram) {
  if (datagram.size() > kLongestMark || next_field(datagram) != kVersion || next_field(datagram) != "stop_rule") return std::nullopt;
  const std::string_view target = next_field(datagram), patience = next_field(datagram);
  const auto min_delta = parse_double(next_field(datagram));
  const std::string_view way = next_field(datagram);
  WireRule rule{std::string(datagram), parse_double(target), parse_double(patience), min_delta.value_or(0), way == "larger"};
  if ((!rule.target && target != "-") || (!rule.patience && patience != "-") || (!rule.target && !rule.patience)) return std::nullopt;
  if (!min_delta || rule.patience.value_or(0) < 0 || (way != "larger" && way != "smaller") || rule.metric.empty() || rule.metric == "-") return std::nullopt;
  if (rule.metric.size() > kLongestName || std::any_of(rule.metric.begin(), rule.metric.end(), is_control)) return std::nullopt;
  return rule;
}

// --- asking and answering ---

std::string encode(const WireAsk& ask) {
  if (ask.what != AskFor::channels) return std::string(kVersion) + " ask " + std::to_string(ask.number) + ' ' + std::string(kTexts[static_cast<std::size_t>(ask.what) - 1]);
  const std::string when = ask.now ? "now" : ask.monotonic_ns > 0 ? std::to_string(ask.monotonic_ns) : "-";
  return std::string(kVersion) + " ask " + std::to_string(ask.number) + ' ' + when;
}

std::optional<WireAsk> decode_ask(std::string_view datagram) {
  if (next_field(datagram) != kVersion || next_field(datagram) != "ask") return std::nullopt;
  const auto number = parse_uint(next_field(datagram));
  if (!number) return std::nullopt;
  if (datagram == "now" || datagram == "-") return WireAsk{*number, datagram == "now", 0};
  if (const auto text = std::find(kTexts.begin(), kTexts.end(), datagram); text != kTexts.end())
    return WireAsk{*number, false, 0, static_cast<AskFor>(text - kTexts.begin() + 1)};
  const auto time = parse_uint(datagram);
  if (!time || *time > static_cast<std::uint64_t>(INT64_MAX)) return std::nullopt;
  return WireAsk{*number, false, static_cast<std::int64_t>(*time)};
}

std::string encode(const WireAnswer& answer) {
  std::string out = std::string(kVersion) + " channels " + std::to_string(answer.number) + '\n';
  for (const WireChannel& channel : answer.channels) {
    std::string line = cleaned(channel.name, true) + ' ' + cleaned(channel.domain, true) + ' ';
    line += (channel.joules ? shortest(*channel.joules) : "-") + ' ' + shortest(channel.run) + ' ' + cleaned(channel.label, false) + '\n';
    if (out.size() + line.size() > kLongestAnswer) break;
    out += line;
  }
  return out;
}

std::optional<WireAnswer> decode_answer(std::string_view datagram) {
  std::string_view head = next_line(datagram);
  if (next_field(head) != kVersion || next_field(head) != "channels") return std::nullopt;
  const auto number = parse_uint(head);
  if (!number) return std::nullopt;
  WireAnswer answer{*number, {}};
  while (!datagram.empty()) {
    std::string_view line = next_line(datagram);
    WireChannel channel;
    channel.name = next_field(line);
    channel.domain = next_field(line);
    const std::string_view joules = next_field(line);
    const auto counted = parse_double(joules), run = parse_double(next_field(line));
    if (channel.name.empty() || !run || (!counted && joules != "-")) return std::nullopt;
    channel.joules = counted;
    channel.run = *run;
    channel.label = unless_empty(line);
    answer.channels.push_back(std::move(channel));
  }
  return answer;
}

std::string encode(const WireText& text) { return std::string(kVersion) + " text " + std::to_string(text.number) + '\n' + text.text; }

std::optional<WireText> decode_text(std::string_view datagram) {
  std::string_view head = next_line(datagram);
  if (next_field(head) != kVersion || next_field(head) != "text") return std::nullopt;
  const auto number = parse_uint(head);
  if (!number) return std::nullopt;
  return WireText{*number, std::string(datagram)};
}

std::optional<std::uint64_t> answer_number(std::string_view datagram) {
  std::string_view head = next_line(datagram);
  if (next_field(head) != kVersion) return std::nullopt;
  const std::string_view kind = next_field(head);
  return kind == "channels" || kind == "text" ? parse_uint(head) : std::nullopt;
}

}  // namespace carbontracker
