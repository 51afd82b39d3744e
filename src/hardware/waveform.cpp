#include "hardware/waveform.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>

#include "base/duration.h"
#include "base/text.h"

namespace carbontracker {
namespace {

constexpr double kTurn = 2 * std::numbers::pi;

bool take_watts(std::string_view text, double& out) {
  const auto value = parse_double(text);
  if (value && *value >= 0) out = *value;
  return value && *value >= 0;
}

bool take_period(std::string_view text, double& out) {
  const auto value = parse_duration(text);
  if (value && value->count() > 0) out = value->count();
  return value && value->count() > 0;
}

}  // namespace

bool Waveform::take_steps(const std::vector<std::string_view>& arguments) {
  if (arguments.size() % 2 == 0) return false;
  for (std::size_t i = 0; i < arguments.size(); i += 2) {
    Step step;
    if (!take_watts(arguments[i], step.watts)) return false;
    if (i + 1 < arguments.size() && !take_period(arguments[i + 1], step.seconds)) return false;
    steps_.push_back(step);
  }
  return true;
}

bool Waveform::take(std::string_view shape, const std::vector<std::string_view>& arguments) {
  const auto count = arguments.size();
  if (shape == "const" && count == 1) return take_steps(arguments);
  if (shape == "steps") return take_steps(arguments);
  shape_ = shape == "square" ? Shape::square : shape == "sine" ? Shape::sine : Shape::ramp;
  if (shape != "square" && shape != "sine" && shape != "ramp") return false;
  if (count < 3 || !take_watts(arguments[0], low_) || !take_watts(arguments[1], high_) || !take_period(arguments[2], period_)) return false;
  if (count == 3) return true;
  const auto duty = parse_double(arguments[3]);
  duty_ = duty.value_or(-1);
  return shape == "square" && count == 4 && duty_ >= 0 && duty_ <= 1;
}

Result<Waveform> Waveform::parse(std::string_view text) {
  auto parts = split(text, ':');
  const auto shape = parts.front();
  parts.erase(parts.begin());
  Waveform wave;
  if (wave.take(shape, parts)) return wave;
  return unexpected(Errc::invalid_input, "waveform '" + std::string(text) + "' does not parse",
                    "write const:W, square:LOW:HIGH:PERIOD[:DUTY], sine:LOW:HIGH:PERIOD, ramp:FROM:TO:DURATION or steps:W:DURATION:...:W");
}

Watts Waveform::power_at(Seconds time) const {
  const double t = std::max(0.0, time.count());
  switch (shape_) {
    case Shape::square: return Watts(std::fmod(t, period_) < period_ * (1 - duty_) ? low_ : high_);
    case Shape::sine: return Watts((low_ + high_) / 2 + (high_ - low_) / 2 * std::sin(kTurn * t / period_));
    case Shape::ramp: return Watts(t < period_ ? low_ + (high_ - low_) * t / period_ : high_);
    case Shape::steps: break;
  }
  double begin = 0;
  for (std::size_t i = 0; i + 1 < steps_.size(); begin += steps_[i].seconds, ++i)
    if (t < begin + steps_[i].seconds) return Watts(steps_[i].watts);
  return Watts(steps_.back().watts);
}

Joules Waveform::energy_until(Seconds time) const {
  const double t = std::max(0.0, time.count());
  if (shape_ == Shape::square) {
    const double periods = std::floor(t / period_), rest = t - periods * period_, quiet = period_ * (1 - duty_);
    const double high_time = periods * period_ * duty_ + std::max(0.0, rest - quiet);
    return Joules(low_ * (t - high_time) + high_ * high_time);
  }
  if (shape_ == Shape::sine) return Joules((low_ + high_) / 2 * t + (high_ - low_) / 2 * period_ / kTurn * (1 - std::cos(kTurn * t / period_)));
  if (shape_ == Shape::ramp) {
    const double rising = std::min(t, period_);
    return Joules(low_ * rising + (high_ - low_) * rising * rising / (2 * period_) + high_ * (t - rising));
  }
  double left = t, joules = 0;
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const double spent = i + 1 < steps_.size() ? std::min(left, steps_[i].seconds) : left;
    joules += steps_[i].watts * spent;
    left -= spent;
  }
  return Joules(joules);
}

Watts Waveform::peak() const {
  double peak = std::max(low_, high_);
  for (const auto& step : steps_) peak = std::max(peak, step.watts);
  return Watts(peak);
}

}  // namespace carbontracker
