#include "progress/user_pattern.h"

#include <regex.h>

#include <algorithm>
#include <chrono>
#include <vector>

#include "base/text.h"

namespace carbontracker {

struct UserPattern::Compiled {
  regex_t expression{};
  bool ready = false;
  std::size_t groups = 0, done = 0, of = 0;
  bool epochs = false;
  std::chrono::steady_clock::time_point rests_until{};
  ~Compiled() { if (ready) ::regfree(&expression); }
};

namespace {

constexpr std::chrono::microseconds kLong{1000};
constexpr int kRest = 20;  // times as long as a line took: 5 % of a core at most
constexpr const char* kHint = "use POSIX extended syntax with groups (?<done>[0-9]+) and (?<of>[0-9]+)";

// "(?<name>" or "(?P<name>" at `at`: the name, and its length with the brackets.
std::optional<std::pair<std::string, std::size_t>> named_group(std::string_view pattern, std::size_t at) {
  std::size_t open = at + 2;
  if (pattern.substr(open).starts_with('P')) ++open;
  const auto close = pattern.find('>', open);
  if (!pattern.substr(open).starts_with('<') || close == std::string_view::npos) return std::nullopt;
  return std::pair(std::string(pattern.substr(open + 1, close - open - 1)), close + 1 - at);
}

// "{2,40}" at `at`, which moves to its end: 40; "{3,}": 4.
double repetitions(std::string_view pattern, std::size_t& at) {
  const auto close = pattern.find('}', at);
  if (close == std::string_view::npos) return 1;
  const std::string_view inside = pattern.substr(at + 1, close - at - 1);
  at = close;
  const auto comma = inside.find(',');
  const double least = parse_double(inside.substr(0, comma)).value_or(1);
  return comma == std::string_view::npos ? least : std::max(parse_double(inside.substr(comma + 1)).value_or(least + 1), least);
}

// The characters that the pattern comes to with each repetition written out.
double written_out(std::string_view pattern) {
  std::vector<double> sizes{0};
  double last = 0;
  const auto add = [&](double size) { sizes.back() += last = size; };
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    const char c = pattern[at];
    if (c == '\\') ++at, add(1);
    else if (c == '[') {
      const auto close = pattern.find(']', at + (pattern.substr(at + 1).starts_with("^]") ? 3 : 2));
      at = close == std::string_view::npos ? pattern.size() : close;
      add(1);
    } else if (c == '(') sizes.push_back(0);
    else if (c == ')' && sizes.size() > 1) {
      const double inner = sizes.back();
      sizes.pop_back();
      add(inner);
    } else if (c == '{') {
      const double times = repetitions(pattern, at);
      sizes.back() += last * (times - 1);
      last *= times;
    } else add(1);
  }
  return sizes.back();
}

}  // namespace

UserPattern::UserPattern() : compiled_(std::make_unique<Compiled>()) {}
UserPattern::~UserPattern() = default;
UserPattern::UserPattern(UserPattern&&) noexcept = default;
UserPattern& UserPattern::operator=(UserPattern&&) noexcept = default;

Result<UserPattern> UserPattern::compile(const std::string& pattern, const std::string& what) {
  const std::string reading = "reading the " + what + " '" + pattern + "': ";
  UserPattern out;
  Compiled& compiled = *out.compiled_;
  std::string posix;
  bool in_brackets = false;
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    const char c = pattern[at];
    if (c == '\\' && at + 1 < pattern.size()) {
      const char next = pattern[++at];
      if (!in_brackets && next >= '1' && next <= '9') return unexpected(Errc::invalid_input, reading + "back references are not possible", kHint);
      if (next == 'd') posix += in_brackets ? "0-9" : "[0-9]";
      else posix += std::string{'\\', next};
      continue;
    }
    if (c == '[') in_brackets = true;
    if (c == ']') in_brackets = false;
    posix += c;
    if (c != '(' || in_brackets) continue;
    ++compiled.groups;
    const std::string_view rest = std::string_view(pattern).substr(at);
    if (rest.starts_with("(?:")) at += 2;
    else if (rest.starts_with("(?")) {
      const auto named = named_group(pattern, at);
      if (!named) return unexpected(Errc::invalid_input, reading + "(? is not known here", kHint);
      if (named->first == "of" || named->first == "total") compiled.of = compiled.groups;
      else compiled.done = compiled.groups;
      compiled.epochs = compiled.epochs || named->first == "epoch";
      at += named->second - 1;
    }
  }
  if (compiled.groups == 0) return unexpected(Errc::invalid_input, reading + "it has no group", kHint);
  if (written_out(posix) > kLargest)
    return unexpected(Errc::invalid_input, reading + "its repetitions come to more than 1000 characters", "write * or + instead of {m,n}");
  if (compiled.done == 0) compiled.done = 1;
  if (compiled.of == 0 && compiled.done == 1 && compiled.groups >= 2) compiled.of = 2;
  const int failure = ::regcomp(&compiled.expression, posix.c_str(), REG_EXTENDED);
  compiled.ready = failure == 0;
  if (failure == 0) return out;
  char why[128];
  ::regerror(failure, &compiled.expression, why, sizeof why);
  return unexpected(Errc::invalid_input, reading + why, kHint);
}

// Where the groups stand in a line.
struct UserPattern::Groups {
  regmatch_t at[10];
  [[nodiscard]] std::optional<std::string_view> text(std::string_view line, std::size_t group) const {
    if (group == 0 || group >= 10 || at[group].rm_so < 0) return std::nullopt;
    return line.substr(static_cast<std::size_t>(at[group].rm_so), static_cast<std::size_t>(at[group].rm_eo - at[group].rm_so));
  }
  [[nodiscard]] std::optional<double> number(std::string_view line, std::size_t group) const {
    const auto found = text(line, group);
    return found ? parse_double(*found) : std::nullopt;
  }
};

std::optional<UserPattern::Groups> UserPattern::find(std::string_view line) const {
  const auto began = std::chrono::steady_clock::now();
  if (line.size() > kLongest || began < compiled_->rests_until) return std::nullopt;
  Groups groups;
  const bool found = ::regexec(&compiled_->expression, std::string(line).c_str(), 10, groups.at, 0) == 0;
  const auto took = std::chrono::steady_clock::now() - began;
  if (took > kLong) compiled_->rests_until = began + took * kRest;
  return found ? std::optional(groups) : std::nullopt;
}

std::optional<Observation> UserPattern::match(std::string_view line) const {
  const auto groups = find(line);
  const auto done = groups ? groups->number(line, compiled_->done) : std::nullopt;
  if (!done || *done < 0) return std::nullopt;
  Observation seen;
  seen.kind = compiled_->epochs ? Observation::Kind::epochs_done : Observation::Kind::steps;
  seen.source = "pattern";
  seen.n = *done;
  seen.of = groups->number(line, compiled_->of).value_or(0);
  return seen;
}

std::optional<std::string_view> UserPattern::value(std::string_view line) const {
  const auto groups = find(line);
  return groups ? groups->text(line, compiled_->done) : std::nullopt;
}

}  // namespace carbontracker
