#include "progress/user_pattern.h"

#include <regex.h>

#include "base/text.h"

namespace carbontracker {

struct UserPattern::Compiled {
  regex_t expression{};
  bool ready = false;
  std::size_t groups = 0, done = 0, of = 0;
  bool epochs = false;
  ~Compiled() { if (ready) ::regfree(&expression); }
};

namespace {

constexpr const char* kHint = "use POSIX extended syntax with groups (?<done>[0-9]+) and (?<of>[0-9]+)";

// "(?<name>" or "(?P<name>" at `at`: the name, and its length with the brackets.
std::optional<std::pair<std::string, std::size_t>> named_group(std::string_view pattern, std::size_t at) {
  std::size_t open = at + 2;
  if (pattern.substr(open).starts_with('P')) ++open;
  const auto close = pattern.find('>', open);
  if (!pattern.substr(open).starts_with('<') || close == std::string_view::npos) return std::nullopt;
  return std::pair(std::string(pattern.substr(open + 1, close - open - 1)), close + 1 - at);
}

}  // namespace

UserPattern::UserPattern() : compiled_(std::make_unique<Compiled>()) {}
UserPattern::~UserPattern() = default;
UserPattern::UserPattern(UserPattern&&) noexcept = default;
UserPattern& UserPattern::operator=(UserPattern&&) noexcept = default;

Result<UserPattern> UserPattern::compile(const std::string& pattern) {
  UserPattern out;
  Compiled& compiled = *out.compiled_;
  std::string posix;
  bool in_brackets = false;
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    const char c = pattern[at];
    if (c == '\\' && at + 1 < pattern.size()) {
      const char next = pattern[++at];
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
      if (!named) return unexpected(Errc::invalid_input, "reading the progress pattern '" + pattern + "': (? is not known here", kHint);
      if (named->first == "of" || named->first == "total") compiled.of = compiled.groups;
      else compiled.done = compiled.groups;
      compiled.epochs = compiled.epochs || named->first == "epoch";
      at += named->second - 1;
    }
  }
  if (compiled.groups == 0) return unexpected(Errc::invalid_input, "reading the progress pattern '" + pattern + "': it has no group", kHint);
  if (compiled.done == 0) compiled.done = 1;
  if (compiled.of == 0 && compiled.done == 1 && compiled.groups >= 2) compiled.of = 2;
  const int failure = ::regcomp(&compiled.expression, posix.c_str(), REG_EXTENDED);
  compiled.ready = failure == 0;
  if (failure == 0) return out;
  char why[128];
  ::regerror(failure, &compiled.expression, why, sizeof why);
  return unexpected(Errc::invalid_input, "reading the progress pattern '" + pattern + "': " + why, kHint);
}

std::optional<Observation> UserPattern::match(std::string_view line) const {
  if (line.size() > kLongest) return std::nullopt;
  const std::string text(line);
  regmatch_t groups[10];
  if (::regexec(&compiled_->expression, text.c_str(), 10, groups, 0) != 0) return std::nullopt;
  const auto number = [&](std::size_t group) -> std::optional<double> {
    if (group == 0 || group >= 10 || groups[group].rm_so < 0) return std::nullopt;
    return parse_double(std::string_view(text).substr(static_cast<std::size_t>(groups[group].rm_so), static_cast<std::size_t>(groups[group].rm_eo - groups[group].rm_so)));
  };
  const auto done = number(compiled_->done);
  if (!done || *done < 0) return std::nullopt;
  Observation seen;
  seen.kind = compiled_->epochs ? Observation::Kind::epochs_done : Observation::Kind::steps;
  seen.source = "pattern";
  seen.n = *done;
  seen.of = number(compiled_->of).value_or(0);
  return seen;
}

}  // namespace carbontracker
