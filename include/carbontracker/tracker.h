#pragma once
// Measure a training from C++.
//
//   auto tracker = carbontracker::Tracker::start({.name = "resnet", .epochs = 10});
//   for (int epoch = 0; epoch < 10; ++epoch) {
//     auto measured = tracker.epoch();
//     train();
//   }
//   std::cout << tracker.stop();      // the report as JSON, schema 1 (docs/FORMATS.md)
//
// Inside `carbontracker run` a tracker measures nothing itself: it tells the wrapper of its epochs and regions, and the report
// is the wrapper's. No member throws or ends the program; what goes wrong shows in the report as a gap with its reason.

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "carbontracker/energy.h"
#include "carbontracker/result.h"

#if defined(__GNUC__)
#define CARBONTRACKER_API __attribute__((visibility("default")))
#else
#define CARBONTRACKER_API
#endif

namespace carbontracker {

// By which metric the training stops early: target or patience, the first that is met. The report's forecast then has a likely end.
struct EarlyStopping {
  std::string metric;              // the name that metric() is given
  std::optional<double> target;
  std::optional<double> patience;  // evaluations without a new best, which is one better by more than min_delta
  double min_delta = 0;
  bool larger_is_better = false;
};

struct TrackerOptions {
  std::string name;
  std::string project;
  std::map<std::string, std::string> tags;
  std::string place;               // "DK", "US-CA", "aws:eu-west-1", "lat,lon"; empty: found on the machine
  std::optional<double> pue;       // 1 to 10
  double epochs = 0;               // planned; 0: unknown, then there is no forecast
  bool keep = true;                // in the user's store, for `carbontracker report`
  std::optional<EarlyStopping> early_stopping;
};

// A forecast of the whole run; intervals 90 %, energy without PUE.
struct TrackerForecast {
  Joules joules{}, low{}, high{};
  Seconds seconds{}, seconds_low{}, seconds_high{};
  double done = 0, of = 0;
};

// Movable; members may be called from any thread.
class CARBONTRACKER_API Tracker {
 public:
  // Errc::invalid_input for options that make no sense; a machine without sensors is no error.
  [[nodiscard]] static Result<Tracker> start(const TrackerOptions& options);
  Tracker(Tracker&&) noexcept;
  Tracker& operator=(Tracker&&) noexcept;
  ~Tracker();  // stops, if stop() was not called

  void epoch_begin();
  void epoch_end();
  // `done` steps of `of` (0: not known) are finished.
  void step(double done, double of = 0);
  // A value of a metric, after each evaluation; kept with the run. NaN: the training has none.
  void metric(const std::string& name, double value);
  void region_begin(const std::string& name);
  void region_end(const std::string& name);

  // Calls the end when it goes out of scope.
  class CARBONTRACKER_API Scope {
   public:
    Scope(Scope&& other) noexcept;
    Scope& operator=(Scope&&) = delete;
    ~Scope();

   private:
    friend class Tracker;
    Scope(Tracker& tracker, std::string region);
    Tracker* tracker_;
    std::string region_;  // empty: an epoch
  };
  [[nodiscard]] Scope epoch();
  [[nodiscard]] Scope region(const std::string& name);

  // Energy so far, the machine's headline. Inside a wrapper this and what follows is the wrapper's: of its whole run, asked for and
  // waited for at most 0.25 s; Errc::unavailable, or "{}", where it does not answer.
  [[nodiscard]] Result<Energy> energy() const;
  // The newest forecast; Errc::unavailable with the reason where there is none.
  [[nodiscard]] Result<TrackerForecast> forecast() const;
  [[nodiscard]] std::string report_json() const;
  // Ends the measurement; returns the final report. Further calls return the same.
  std::string stop();

 private:
  struct Impl;
  explicit Tracker(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace carbontracker
