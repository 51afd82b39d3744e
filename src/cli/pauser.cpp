#include "cli/pauser.h"

#include <signal.h>

#include <algorithm>
#include <utility>

#include "base/duration.h"
#include "base/iso_time.h"
#include "cli/option_kinds.h"
#include "report/numbers.h"

namespace carbontracker::cli {
namespace {

constexpr Seconds kEnoughToMeasure{60};

}  // namespace

Result<CarbonIntensity> parse_limit(const std::string& text) {
  const auto number = parse_g_per_kwh(text);
  if (number && *number > 0) return CarbonIntensity(*number);
  return unexpected(Errc::invalid_input, "--pause-above: '" + text + "' is no intensity of a grid", "write 300g: grams of CO2e a kWh");
}

Pauser::Pauser(PauseRule rule, Hands hands, const Clock& clock) : rule_(rule), hands_(std::move(hands)), clock_(clock), began_(clock.now()), since_(began_) {
  state_.settled = false;
}

Seconds Pauser::ran(Instant now) const { return seconds_between(began_, now) - state_.used - lost_; }

double Pauser::idle_share(Joules spent, Instant now) const {
  const Seconds ran = this->ran(now);
  const Joules busy = spent - idle_;
  if (state_.used < kEnoughToMeasure || ran < kEnoughToMeasure || !(busy.value() > 0)) return PauseState{}.idle_share;
  return std::clamp((idle_.value() / state_.used.count()) / (busy.value() / ran.count()), 0.0, 1.0);
}

// What is known at this moment. The last change is told by the steady clock: the wall clock may have been set since.
void Pauser::look(Instant now) {
  if (state_.paused) state_.used = used_before_ + seconds_between(since_, now);
  else state_.idle_share = idle_share(hands_.spent(), now);
  const Seconds ran = this->ran(now);
  state_.rest = hands_.rest(ran);
  state_.settled = state_.settled || ran >= kBeforeTheFirst || hands_.progressed();
  if (changed_) state_.since = clock_.wall() - std::chrono::duration_cast<WallTime::duration>(now - since_);
}

void Pauser::tick() {
  if (off_) {
    if (state_.paused) close({});
    return;
  }
  if (frozen_since_) return;
  look(clock_.now());
  const IntensitySeries* grid = hands_.grid(clock_.wall());
  const PauseDecision told = decide_pause(rule_, grid ? *grid : IntensitySeries{}, state_, clock_.wall());
  if (told.pause == state_.paused) {
    if (!told.pause) say_once(told.why);
    else say_outage(told.until);
    return;
  }
  if (told.pause) begin(told, clock_.wall());
  else close(told.why);
}

void Pauser::say_once(const std::string& why) {
  if (why.empty() || why == said_) return;
  said_ = why;
  hands_.say("not paused: " + why + because());
}

std::string Pauser::because() const {
  const std::string trouble = hands_.trouble ? hands_.trouble() : "";
  return trouble.empty() ? "" : " (" + trouble + ")";
}

// Once an outage: what is known of the grid goes on for a while as it was told last.
void Pauser::say_outage(WallTime until) {
  const std::string why = because();
  if (!why.empty() && !outage_said_) hands_.say("still paused, by what was told of the grid before" + why + "; goes on at " + iso_time(until).substr(11, 5) + "Z or earlier");
  outage_said_ = !why.empty();
}

void Pauser::begin(const PauseDecision& told, WallTime now) {
  if (const auto stopped = hands_.stop(); !stopped) {
    off_ = true;
    return hands_.say("not paused: " + stopped.error().what);
  }
  state_.paused = changed_ = true;
  state_.since = now;
  since_ = clock_.now();
  spent_at_ = hands_.spent();
  hands_.mark(true);
  const std::string why = because();
  outage_said_ = !why.empty();
  hands_.say("paused: " + told.why + why + "; goes on at " + iso_time(told.until).substr(11, 5) + "Z or earlier");
}

void Pauser::close(const std::string& why) {
  if (const auto gone_on = hands_.go_on(); !gone_on) {
    if (said_ != gone_on.error().what) hands_.say("still paused, and tried again: " + gone_on.error().what);
    said_ = gone_on.error().what;
    return;
  }
  used_before_ += seconds_between(since_, clock_.now());
  idle_ = idle_ + (hands_.spent() - spent_at_);
  state_.used = used_before_;
  state_.paused = false;
  since_ = clock_.now();
  state_.since = clock_.wall();
  hands_.mark(false);
  said_ = why;  // it goes on for a reason that keeps it from the next pause, too: said once
  if (!why.empty()) hands_.say("goes on: " + why + because());
}

void Pauser::signalled(int signal) {
  off_ = off_ || (signal != SIGCONT && signal != SIGTSTP && signal != SIGWINCH);
  if (state_.paused && signal != SIGWINCH) close("a signal came");
}

void Pauser::continued() {
  if (state_.paused) close("somebody has continued it");
}

void Pauser::frozen(bool begins) {
  if (begins == frozen_since_.has_value()) return;
  if (begins) {
    frozen_since_ = clock_.now();
    return;
  }
  lost_ += seconds_between(*frozen_since_, clock_.now());
  frozen_since_.reset();
}

void Pauser::end() {
  off_ = true;
  if (state_.paused) close({});
}

std::string Pauser::summary() const {
  if (used_before_ <= Seconds(0)) return {};
  return "paused " + show_duration(used_before_) + ", " + show(idle_) + " while paused";
}

}  // namespace carbontracker::cli
