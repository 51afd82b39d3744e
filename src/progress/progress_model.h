#pragma once
// From what single lines say to one series of marks: which source is believed, in which unit, and what was a wrong guess.
//
// Rules. Epochs are preferred to steps; steps within an epoch make fractions of it, as `step` marks with unit "epoch" (done 2.35 of 10).
// An epoch line with a result (a loss, a score) is taken for the epoch's end; when the time pattern contradicts (the first line came in less than
// half the time between the first two) the guess is turned round and the mark `revises`. The first line without a result is held until
// what follows tells: its marks come late, with the line's own time. Numbers may count from 0 or 1: the first number seen tells.
// A bar without a description is believed once it has run for 2 s by its own clock or a loss was seen, unless the line before it names other
// work; a quick one (loading data) never is. Going backwards starts another phase (`revises`).

#include <optional>
#include <vector>

#include "progress/mark.h"
#include "progress/observation.h"

namespace carbontracker {

// The name of marks that rest on one bar alone: it may count the whole training, one epoch of it, or work before it.
inline constexpr const char* kLoneBar = "a bar that may be a part of the run";
// The name of a plan whose time is when the bar began that it rests on.
inline constexpr const char* kBarBegins = "a bar's beginning";

class ProgressModel {
 public:
  explicit ProgressModel(Instant began) : began_(began) {}
  // Appends the marks that follow from `seen`, often none.
  void take(const Observation& seen, Instant at, std::vector<Mark>& out);
  // Steps told so far, counted on from epoch to epoch; 0: none.
  [[nodiscard]] double steps() const { return steps_; }

 private:
  struct Bar {
    double of = 0, n = 0, elapsed = 0;
    int restarts = 0;
    Instant first_seen{}, changed{};
    bool believed = false, sure = false, doubtful = false;
    bool from_start = false;  // it was seen at 0
  };
  enum class Bare { unknown, begin, end };  // what an epoch line without a result means

  void take_epoch(const Observation& seen, Instant at, std::vector<Mark>& out);
  bool holds(const Observation& seen, Instant at, std::vector<Mark>& out);
  void release(Bare what, std::vector<Mark>& out);
  void settle_held(const Observation& seen, std::vector<Mark>& out);
  void take_inner(const Observation& seen, double before, Instant at, std::vector<Mark>& out);
  void take_epochs_done(double done, const char* source, Instant at, std::vector<Mark>& out);
  void take_steps(double done, double of, const char* source, Instant at, std::vector<Mark>& out);
  void take_bar(const Observation& seen, Instant at, std::vector<Mark>& out);
  void take_bar_within(const Bar& bar, const Observation& seen, Instant at, std::vector<Mark>& out);
  void take_round(const Bar& bar, const Observation& seen, Instant at, std::vector<Mark>& out);
  Bar& bar_of(const Observation& seen, Instant at);
  bool counts_steps_to_an_end(Instant at, std::vector<Mark>& out);
  [[nodiscard]] bool believes(const Bar& bar, const Observation& seen) const;
  [[nodiscard]] std::optional<Instant> begin_of(const Bar& bar, Instant at) const;
  [[nodiscard]] const Bar* outer_of(const Bar& inner) const;
  void number_epochs(const Observation& seen, Instant at, std::vector<Mark>& out);
  void plan(double of, const char* unit, const char* source, Instant at, std::vector<Mark>& out);
  void mark(MarkKind kind, double done, const char* source, Instant at, std::vector<Mark>& out, bool revises = false);
  [[nodiscard]] double before(double n) const { return n - first_number_; }
  [[nodiscard]] bool guesses_end(const Observation& seen) const;
  void check_guess(const Observation& seen, Instant at);

  Instant began_;
  // The series that is given out.
  const char* unit_ = "";
  double done_ = -1, of_ = 0;
  double steps_ = 0;
  double whole_bar_ = 0;            // the total of a bar of which something else says that it counts the whole training
  // Epochs.
  bool numbered_ = false;
  double first_number_ = 1;         // 0 or 1
  double current_ = -1;             // finished epochs before the one that runs
  double inner_of_ = 0;
  double line_number_ = -1;         // of the last epoch line
  Instant line_at_{};
  int lines_ = 0;
  bool lines_begin_ = false;        // the time pattern has told so
  bool revise_next_ = false;
  Bare bare_ = Bare::unknown;
  std::optional<double> held_;      // the number of a first line that is not understood yet
  bool epoch_bar_ = false;          // a bar counts the epochs
  double planned_epochs_ = 0;
  // Bars without a name.
  std::vector<Bar> bars_;
  bool loss_seen_ = false;
  bool rounds_ = false;             // a bar's rounds are the epochs
  double rounds_of_ = 0;
};

}  // namespace carbontracker
