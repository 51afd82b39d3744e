#pragma once
// One mark as it travels from a tracker to the wrapper: one datagram of text, documented in docs/FORMATS.md, "Mark socket".

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace carbontracker {

struct WireMark {
  enum class Kind { epoch_begin, epoch_end, step, region_begin, region_end, plan, metric };
  Kind kind = Kind::step;
  std::int64_t monotonic_ns = 0;  // CLOCK_MONOTONIC of the sender; the same for every process of the machine
  double done = 0, of = 0;        // of 0: not said
  std::string unit;               // one word, may be empty
  std::string name;               // may be empty; no control characters, at most kLongestName bytes
  double value = 0;               // of a metric, in the place of `done`; any number, or NaN
};

inline constexpr std::size_t kLongestName = 200;
inline constexpr std::size_t kLongestMark = 512;

// The rule by which the wrapped program stops early: the first that is met.
struct WireRule {
  std::string metric;             // as a mark's name; not empty
  std::optional<double> target, patience;
  double min_delta = 0;
  bool larger_is_better = true;
};

// Name and unit are cut and cleaned so that the result is always valid.
[[nodiscard]] std::string encode(const WireMark& mark);
// Anything that is not such a mark (other words, no numbers, negative, NaN, too long) is nothing.
[[nodiscard]] std::optional<WireMark> decode(std::string_view datagram);
[[nodiscard]] std::string encode(const WireRule& rule);
[[nodiscard]] std::optional<WireRule> decode_rule(std::string_view datagram);

// What a tracker asks of the wrapper: the counted channels so far, or the run's figures as text.
enum class AskFor { channels, snapshot, forecast, report, summary };
struct WireAsk {
  std::uint64_t number = 0;  // the answer bears it too
  bool now = false;          // have the sensors read: the next answer is fresh
  std::int64_t monotonic_ns = 0;  // up to this moment of CLOCK_MONOTONIC; 0: up to now
  AskFor what = AskFor::channels; // the two before are of channels alone
};
struct WireChannel {
  std::string name, domain;      // one word each
  std::optional<double> joules;  // since the run began; empty: no data
  double run = 0;                // the part of the wrapped program's processes
  std::string label;             // for people, may be empty
};
struct WireAnswer {
  std::uint64_t number = 0;
  std::vector<WireChannel> channels;
};
struct WireText {
  std::uint64_t number = 0;
  std::string text;  // of any length: one that is too long for a datagram travels in a file of its own, attached to its first line
};
inline constexpr std::size_t kLongestAnswer = 60000;  // channels beyond are left out

[[nodiscard]] std::string encode(const WireAsk& ask);
[[nodiscard]] std::optional<WireAsk> decode_ask(std::string_view datagram);
[[nodiscard]] std::string encode(const WireAnswer& answer);
[[nodiscard]] std::optional<WireAnswer> decode_answer(std::string_view datagram);
[[nodiscard]] std::string encode(const WireText& text);
[[nodiscard]] std::optional<WireText> decode_text(std::string_view datagram);
// The number of the question that a datagram answers, of either kind.
[[nodiscard]] std::optional<std::uint64_t> answer_number(std::string_view datagram);

}  // namespace carbontracker
