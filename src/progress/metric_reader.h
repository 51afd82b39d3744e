#pragma once
// --metric NAME|REGEX: the values of one metric in what a training prints. What is unsure is nothing.

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "carbontracker/result.h"
#include "progress/mark.h"
#include "progress/user_pattern.h"

namespace carbontracker {

// Which way a metric gets better, where the field agrees on it: loss, error, perplexity fall; accuracy, f1, auc, bleu rise (the words of
// `name`, in any case; numbers and signs part them). Nothing for other names, and for those that say both or turn it round (neg_...).
[[nodiscard]] std::optional<bool> larger_is_better(std::string_view name);

class MetricReader {
 public:
  struct Seen {
    double value = 0;   // NaN where it says nan or inf
    MetricSource source = MetricSource::line;
  };

  // A name as the training prints it ("val_loss", "val loss", in any case), followed by its value: "val_loss: 0.31", "val_loss=0.31",
  // "'val_loss': 0.31", "val loss 0.31". With a group, "(...)", it is a regular expression (UserPattern) whose first group is the value.
  [[nodiscard]] static Result<MetricReader> make(const std::string& words);
  [[nodiscard]] const std::string& name() const { return name_; }
  // One line without escape sequences. Nothing where the name does not stand alone, where what follows is no number, and where it is told
  // of another moment ("best val_loss: 0.30", "val_loss: 0.41 -> 0.31") or twice.
  [[nodiscard]] std::optional<Seen> read(std::string_view line) const;

 private:
  [[nodiscard]] std::optional<double> after_name(std::string_view line) const;
  std::string name_, lower_;
  std::optional<UserPattern> pattern_;
};

}  // namespace carbontracker
