#pragma once
// What one line says of a training's progress, taken alone. Whether it is believed is ProgressModel's business.

#include <optional>
#include <string_view>

namespace carbontracker {

struct Observation {
  enum class Kind {
    epoch,         // epoch number `n` (as printed) of `of` begins or ends: see phase
    epoch_inner,   // within epoch `n` of `of`: `inner` of `inner_of`
    epochs_done,   // `n` epochs are done, fractions included
    inner,         // `inner` of `inner_of` within the epoch that was named before
    steps,         // `n` steps of `of` of the whole run
    bar,           // a progress bar that does not say what it counts: `n` of `of`, `elapsed` seconds on its own clock
    total_epochs,  // `of` epochs are planned
    total_steps,
    evidence,      // numbers of a training (a loss), but no progress
  };
  enum class Phase { unsaid, begin, end };

  Kind kind = Kind::evidence;
  const char* source = "";
  double n = 0, of = 0;        // of 0: not said
  double inner = 0, inner_of = 0;
  double elapsed = 0;
  Phase phase = Phase::unsaid;
  bool metrics = false;        // the line carries a loss, a learning rate or the like
  bool result = false;         // ... a loss or a score: what is known only after training
  bool of_is_last = false;     // `of` is the number of the last epoch, counted from 0
  bool from_zero = false;      // this source always counts from 0
  bool sure = false;           // a bar: its description says that it is the training's
  bool doubtful = false;       // a bar without a description, after a line that names other work ("Tokenizing ...")
};

// Lines without escape sequences, of at most LineSplitter::kLongestLine bytes; any bytes. Under 1 us where nothing is found.
[[nodiscard]] std::optional<Observation> observe(std::string_view line);

// The parts that observe() tries, most particular first.
[[nodiscard]] std::optional<Observation> observe_bar(std::string_view line);     // tqdm, Lightning, Keras, Ultralytics, rich
[[nodiscard]] std::optional<Observation> observe_record(std::string_view line);  // JSON lines, Python dicts
[[nodiscard]] std::optional<Observation> observe_epoch(std::string_view line);   // "Epoch [3/100], loss: 0.5"
[[nodiscard]] std::optional<Observation> observe_step(std::string_view line);    // "iteration 201/ 250000 | ..."
[[nodiscard]] std::optional<Observation> observe_count(std::string_view line);   // "[3/100] loss: 0.5", "loss: 2.3  [6400/60000]"
[[nodiscard]] std::optional<Observation> observe_plan(std::string_view line);    // "Num Epochs = 3"

}  // namespace carbontracker
