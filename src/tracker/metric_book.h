#pragma once
// The metrics of a run, each value at its progress, and the rule by which the run stops early. Memory is bounded.

#include <optional>
#include <string>
#include <vector>

#include "prediction/early_forecast.h"
#include "progress/mark.h"
#include "storage/run_record.h"

namespace carbontracker {

struct MetricRule {
  std::string metric;
  StopRule stop;
};

// As it is kept. `at`: when it was made.
[[nodiscard]] EndRecord end_record(const EarlyEnd& made, const std::string& metric, const StopRule& rule, Seconds at);

// Not locked: the session owns it.
class MetricBook {
 public:
  // Of this metric's values; a second rule replaces the first.
  void follow(MetricRule rule);
  [[nodiscard]] const std::optional<MetricRule>& rule() const { return rule_; }

  // A metric mark, when `done` units were finished; true where it may change the likely end. Values that calls tell outrank those that are read from
  // the output. A value of a bar counts when it changes, or, of no validation, where an epoch ends.
  bool take(const Mark& mark, double done, Seconds at);
  // A progress mark: what was told since the last belongs to the end of the epoch that it was told in, where that is the next to end.
  void progressed(const Mark& mark);

  // Of the rule's metric, in units.
  [[nodiscard]] std::vector<MetricPoint> points() const;
  // To keep with the run. Only grows.
  [[nodiscard]] const std::vector<MetricRecord>& kept() const { return kept_; }
  // Settles what is open.
  void end();

 private:
  struct Bar {
    double value = 0;
    bool shown = false, changed = false;
  };
  void add(const std::string& name, double value, double done, Seconds at);
  bool take_bar(double value, double done, Seconds at);
  void put(const MetricRecord& record);
  void settle(double done, bool epoch_ends);
  void end_epoch_of_bar(double done);
  [[nodiscard]] bool follows(const std::string& name) const { return rule_ && rule_->metric == name; }

  std::optional<MetricRule> rule_;
  std::vector<MetricRecord> open_;   // told since the last progress
  std::vector<MetricRecord> kept_;
  std::vector<MetricPoint> points_;
  std::string unit_;
  bool within_epoch_ = true;         // the last progress was an epoch's beginning, or a part of one
  bool leads_ = false;               // the first value came before any progress: it is told before an epoch's end is
  bool called_ = false;
  Bar bar_;
  Seconds last_at_{};
};

}  // namespace carbontracker
