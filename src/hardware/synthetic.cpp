#include "hardware/synthetic.h"

#include <algorithm>
#include <cmath>

#include "base/duration.h"
#include "base/text.h"
#include "hardware/backend.h"

namespace carbontracker {
namespace {

constexpr Joules kMicrojoule{1e-6};
constexpr Watts kMostPower{1e9};  // the microjoules of five hours of it fit a counter of 64 bits
constexpr std::string_view kGrammar =
    "write CARBONTRACKER_SYNTHETIC as NAME=WAVEFORM[@OPTION,...] separated by spaces, e.g. \"gpu0=square:100:400:2s package-0=const:90@tick=100ms\"; "
    "NAME is gpuN, package-N, dram-N, soc, platform, psys or module; WAVEFORM is const:W, square:LOW:HIGH:PERIOD[:DUTY], sine:LOW:HIGH:PERIOD, "
    "ramp:FROM:TO:DURATION or steps:W:DURATION:...:W; OPTION is gauge, tick=D, wrap=J, reset=T, fail=A..B, freeze=A..B, gain=X, busy=P, memory=USED:TOTAL, limit=W or label=TEXT";

Unexpected refused(std::string_view word, std::string_view why) {
  return unexpected(Errc::invalid_input, "CARBONTRACKER_SYNTHETIC: '" + std::string(word) + "': " + std::string(why), std::string(kGrammar));
}

// "gpu0", "package-1", "soc": the domain's name, a number with or without a dash behind it.
std::optional<Domain> domain_of(std::string_view name) {
  auto stem = name.substr(0, name.find_last_not_of("0123456789") + 1);
  if (!stem.empty() && stem.back() == '-' && stem.size() < name.size()) stem.remove_suffix(1);
  const auto domain = domain_from(stem);
  return domain == Domain::other ? std::nullopt : domain;
}

std::optional<Span> parse_span(std::string_view text) {
  const auto dots = text.find("..");
  if (dots == std::string_view::npos) return std::nullopt;
  const auto from = parse_duration(text.substr(0, dots)), to = parse_duration(text.substr(dots + 2));
  if (!from || (!to && dots + 2 != text.size()) || (to && *to <= *from)) return std::nullopt;
  return Span{*from, to};
}

Activity& activity_of(SyntheticChannel& channel) { return channel.activity ? *channel.activity : channel.activity.emplace(); }

bool take_memory(std::string_view value, SyntheticChannel& out) {
  constexpr double kGibibyte = 1024.0 * 1024 * 1024;
  const auto colon = value.find(':');
  const auto used = parse_double(value.substr(0, colon)), total = parse_double(colon == std::string_view::npos ? "" : value.substr(colon + 1));
  if (!used || !total || *used < 0 || *total < *used) return false;
  activity_of(out).memory_used = *used * kGibibyte;
  activity_of(out).memory_total = *total * kGibibyte;
  return true;
}

// True where `option` is known and its value makes sense.
bool take_option(std::string_view option, SyntheticChannel& out, double& wrap_joules) {
  const auto equals = option.find('=');
  const auto key = option.substr(0, equals);
  const auto value = equals == std::string_view::npos ? std::string_view{} : option.substr(equals + 1);
  if (key == "gauge" && equals == std::string_view::npos) return out.channel.kind = Gauge{}, true;
  if (key == "tick") return out.tick = parse_duration(value).value_or(Seconds(0)), out.tick.count() > 0;
  if (key == "reset") return (out.reset = parse_duration(value)).has_value();
  if (key == "fail") return (out.fail = parse_span(value)).has_value();
  if (key == "freeze") return (out.freeze = parse_span(value)).has_value();
  if (key == "label") return out.channel.label = value, std::replace(out.channel.label.begin(), out.channel.label.end(), '_', ' '), !value.empty();
  if (key == "memory") return take_memory(value, out);
  const double number = parse_double(value).value_or(-1);
  if (key == "gain") return out.channel.gain_error = number, number >= 0 && number < 1;
  if (key == "wrap") return wrap_joules = number, number > 0 && number < 1e12;
  if (key == "busy") return activity_of(out).busy = number / 100, number >= 0 && number <= 100;
  if (key == "limit") return activity_of(out).limit = activity_of(out).limit_default = Watts(number), number > 0;
  return false;
}

Result<SyntheticChannel> parse_word(std::string_view word) {
  const auto equals = word.find('='), at = word.find('@');
  if (equals == std::string_view::npos || equals > at) return refused(word, "no NAME=WAVEFORM");
  SyntheticChannel out;
  const auto domain = domain_of(word.substr(0, equals));
  if (!domain) return refused(word, "no domain is called '" + std::string(word.substr(0, equals)) + "'");
  auto wave = Waveform::parse(word.substr(equals + 1, at == std::string_view::npos ? at : at - equals - 1));
  if (!wave) return refused(word, wave.error().what);
  if (!(wave->peak() <= kMostPower)) return refused(word, "more than 1 GW");
  out.wave = std::move(*wave);
  out.channel.kind = Counter{kMicrojoule, 0};
  double wrap_joules = 0;
  if (at != std::string_view::npos)
    for (const auto option : split(word.substr(at + 1), ','))
      if (!take_option(option, out, wrap_joules)) return refused(word, "option '" + std::string(option) + "' is unknown or has no sensible value");
  if (auto* counter = std::get_if<Counter>(&out.channel.kind)) counter->wrap = static_cast<std::uint64_t>(std::llround(wrap_joules * 1e6));
  else if (wrap_joules > 0 || out.reset) return refused(word, "a gauge neither wraps nor resets");
  out.channel.name = out.channel.device = word.substr(0, equals);
  out.channel.domain = *domain;
  out.channel.origin = Origin::synthetic;
  out.channel.refresh = out.tick;
  out.channel.max_power = out.wave.peak();
  out.channel.note = "declared: " + std::string(word.substr(equals + 1));
  return out;
}

class SyntheticSource final : public EnergySource {
 public:
  SyntheticSource(const Clock& clock, std::vector<SyntheticChannel> synthetic) : clock_(clock), start_(clock.now()), synthetic_(std::move(synthetic)) {
    for (const auto& one : synthetic_) channels_.push_back(one.channel);
  }
  [[nodiscard]] std::string_view name() const override { return kSyntheticBackend.name; }
  [[nodiscard]] std::span<const Channel> channels() const override { return channels_; }
  void read(std::span<Reading> out) override {
    const Seconds t = seconds_between(start_, clock_.now());
    for (std::size_t i = 0; i < synthetic_.size() && i < out.size(); ++i) out[i] = synthetic_reading(synthetic_[i], t);
  }
  std::optional<Activity> activity(std::size_t channel) override { return synthetic_[channel].activity; }

 private:
  const Clock& clock_;
  Instant start_;
  std::vector<SyntheticChannel> synthetic_;
  std::vector<Channel> channels_;
};

Result<std::vector<std::unique_ptr<EnergySource>>> open_synthetic(const Host& host, const Clock& clock, std::vector<Error>&) {
  const auto specification = host.env("CARBONTRACKER_SYNTHETIC");
  if (!specification || trim(*specification).empty())
    return unexpected(Errc::not_found, "no synthetic channel is declared", "CARBONTRACKER_SYNTHETIC=\"gpu0=square:100:400:2s\" declares one, for demonstrations and tests");
  auto channels = parse_synthetic(*specification);
  if (!channels) return unexpected(channels.error());
  std::vector<std::unique_ptr<EnergySource>> sources;
  sources.push_back(std::make_unique<SyntheticSource>(clock, std::move(*channels)));
  return sources;
}

}  // namespace

Result<std::vector<SyntheticChannel>> parse_synthetic(std::string_view specification) {
  std::string words(specification);
  std::replace_if(words.begin(), words.end(), [](char c) { return c == ';' || c == '\n' || c == '\t' || c == '\r'; }, ' ');
  std::vector<SyntheticChannel> channels;
  for (const auto word : split(words, ' ')) {
    if (word.empty()) continue;
    auto channel = parse_word(word);
    if (!channel) return unexpected(channel.error());
    for (const auto& other : channels)
      if (other.channel.name == channel->channel.name) return refused(word, "the name is declared twice");
    channels.push_back(std::move(*channel));
  }
  if (channels.empty()) return refused(specification, "no channel in it");
  return channels;
}

Reading synthetic_reading(const SyntheticChannel& synthetic, Seconds t) {
  if (synthetic.fail && synthetic.fail->holds(t)) return Error{Errc::unavailable, "synthetic failure of " + synthetic.channel.name, ""};
  if (synthetic.freeze && synthetic.freeze->holds(t)) t = synthetic.freeze->from;
  // A nanosecond's grace: 0.3 s is three ticks of 0.1 s, though 0.3 / 0.1 is a little less than three.
  if (synthetic.tick.count() > 0) t = synthetic.tick * std::floor(t / synthetic.tick + 1e-9);
  const auto* counter = std::get_if<Counter>(&synthetic.channel.kind);
  if (!counter) return synthetic.wave.power_at(t);
  Joules energy = synthetic.wave.energy_until(t);
  if (synthetic.reset && t >= *synthetic.reset) energy -= synthetic.wave.energy_until(*synthetic.reset);
  const auto ticks = static_cast<std::uint64_t>(std::llround(energy / kMicrojoule));
  return counter->wrap ? ticks % counter->wrap : ticks;
}

const Backend kSyntheticBackend{"synthetic", false, open_synthetic};

}  // namespace carbontracker
