#pragma once
// The next 96 hours as a ridge regression on the last four weeks. Formulas: docs/method/intensity.md.

#include <array>
#include <optional>
#include <vector>

#include "carbon/error_paths.h"
#include "carbon/hourly_log.h"

namespace carbontracker {

inline constexpr int kHorizon = 96;  // hours

struct LogHour {
  double middle = 0, low = 0, high = 0;  // ln(g/kWh); low and high are 90 %
};

class GridModel {
 public:
  // Fitted on everything before the end of `log`, for forecasts issued at that hour of the day; nothing where the log is shorter than kLeastHours.
  [[nodiscard]] static std::optional<GridModel> fit(const HourlyLog& log);
  static constexpr std::size_t kLeastHours = 8 * 7 * 24;

  // From the hour log.log_g[issue] on, which itself and all after it are not looked at. `issue` at least four weeks, the hour of the day that it was fitted for
  // (within two hours of it without harm).
  // What its kind of forecast missed in the past year, whole forecasts at a time.
  [[nodiscard]] const std::vector<ErrorPath>& errors() const { return errors_; }

  [[nodiscard]] std::array<LogHour, kHorizon> forecast(const HourlyLog& log, std::size_t issue) const;

 private:
  struct Part {               // one baseline: the mean of the same hour over `days` days
    int days = 7;
    double scale = 1;         // of the features
    std::vector<double> weights;  // one row of kHorizon for each feature
  };
  std::vector<Part> parts_;
  std::array<double, kHorizon> shift_{}, low_{}, high_{};  // added to the middle
  std::vector<ErrorPath> errors_;
};

}  // namespace carbontracker
