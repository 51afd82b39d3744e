// Measures a training from within, in C++. Build it against the installed library:
//
//   g++ -std=c++20 tracker.cpp -lcarbontracker -o tracker
//   ./tracker                          # measures itself and prints the report
//   carbontracker run -- ./tracker     # the wrapper measures; the tracker tells it of epochs and regions

#include <chrono>
#include <cstdio>
#include <thread>

#include "carbontracker/tracker.h"

static void train_for(double seconds) { std::this_thread::sleep_for(std::chrono::duration<double>(seconds)); }

int main() {
  auto started = carbontracker::Tracker::start({.name = "example", .tags = {{"model", "none"}}, .place = "DK", .epochs = 3});
  if (!started) {
    std::fprintf(stderr, "%s (%s)\n", started.error().what.c_str(), started.error().hint.c_str());
    return 1;
  }
  carbontracker::Tracker& tracker = *started;
  for (int epoch = 0; epoch < 3; ++epoch) {
    const auto measured = tracker.epoch();
    train_for(0.3);
    const auto validation = tracker.region("validate");
    train_for(0.1);
  }
  if (const auto forecast = tracker.forecast()) {
    std::fprintf(stderr, "forecast %.1f J (%.1f to %.1f) for %g epochs\n", forecast->joules.value(), forecast->low.value(), forecast->high.value(), forecast->of);
  }
  std::fputs(tracker.stop().c_str(), stdout);
}
