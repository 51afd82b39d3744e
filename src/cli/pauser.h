#pragma once
// run --pause-above: stops the command while the grid is dirty, and lets it go on.

#include <functional>
#include <optional>
#include <string>

#include "advice/pause.h"
#include "base/clock.h"

namespace carbontracker::cli {

// "300", "300g", "300g/kWh", "300 gCO2e/kWh". Errc::invalid_input names the text.
[[nodiscard]] Result<CarbonIntensity> parse_limit(const std::string& text);

// All in the thread that waits for the child.
class Pauser {
 public:
  struct Hands {
    std::function<Result<>()> stop;
    std::function<Result<>()> go_on;                                  // an error: it still stands still, and is asked again
    std::function<const IntensitySeries*(WallTime now)> grid;         // null: not known
    std::function<std::optional<Seconds>(Seconds ran)> rest;          // work left, after so much of running
    std::function<bool()> progressed;                                 // a unit, or a part of one, was seen to be done
    std::function<Joules()> spent;                                    // by the whole run, up to now
    std::function<void(bool begins)> mark;
    std::function<void(const std::string&)> say;
    std::function<std::string()> trouble;                             // why the grid is not known as of now; empty: it is. May be none
  };
  Pauser(PauseRule rule, Hands hands, const Clock& clock);

  void tick();                       // about once a second
  void signalled(int signal);        // it was passed on, and has continued the child; after one that may end it there is no further pause
  void continued();                  // somebody else has continued the child
  void frozen(bool begins);          // somebody else has stopped the child, or let it go on: no pause of ours, and no time of work
  void end();                        // no further pause; goes on where it is paused
  [[nodiscard]] bool paused() const { return state_.paused; }
  // "paused 1 h 20 min, 0.4 kWh while paused"; empty where it never was.
  [[nodiscard]] std::string summary() const;

 private:
  void look(Instant now);
  void begin(const PauseDecision& told, WallTime now);
  void close(const std::string& why);
  void say_once(const std::string& why);
  void say_outage(WallTime until);
  [[nodiscard]] std::string because() const;
  [[nodiscard]] Seconds ran(Instant now) const;
  [[nodiscard]] double idle_share(Joules spent, Instant now) const;

  PauseRule rule_;
  Hands hands_;
  const Clock& clock_;
  PauseState state_;
  Instant began_, since_;            // of the run; of the last change
  bool changed_ = false;
  Seconds used_before_{};            // in the pauses before this one
  Seconds lost_{};                   // in stops of others
  std::optional<Instant> frozen_since_;
  Joules spent_at_{}, idle_{};
  bool off_ = false, outage_said_ = false;
  std::string said_;
};

}  // namespace carbontracker::cli
