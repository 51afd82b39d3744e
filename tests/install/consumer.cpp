// Uses what is installed as a stranger would; says what went wrong and ends with 1 if it is not right.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "carbontracker/carbontracker.h"
#include "carbontracker/tracker.h"
#include "carbontracker/units.h"
#include "carbontracker/version.h"

static bool units_are_right() {
  using namespace carbontracker;
  const Joules hour = Watts(250) * Seconds(3600);  // 250 W for an hour: 0.25 kWh
  const Grams emitted = hour * CarbonIntensity(400);  // 0.25 kWh x 400 g/kWh
  std::printf("%s: %.2f kWh, %.0f g\n", kVersion, in_kilowatt_hours(hour), emitted.value());
  return std::strcmp(kVersion, EXPECTED_VERSION) == 0 && in_kilowatt_hours(hour) == 0.25 && emitted.value() == 100;
}

static bool tracker_works() {
  auto tracker = carbontracker::Tracker::start({.name = "consumer", .place = "DK", .epochs = 1, .keep = false});
  if (!tracker) return false;
  { const auto measured = tracker->epoch(); }
  const std::string report = tracker->stop();
  const auto refused = carbontracker::Tracker::start({.place = "Atlantis", .keep = false});
  return report.find("\"name\": \"epoch 1\"") != std::string::npos && !refused && !refused.error().what.empty();
}

static bool c_interface_works() {
  ct_tracker* tracker = ct_start("consumer", 1, "DK");
  if (!tracker) return false;
  ct_epoch_begin(tracker);
  ct_epoch_end(tracker);
  char report[16];
  const std::size_t length = ct_stop(tracker, report, sizeof report);
  return length > sizeof report && std::strlen(report) == sizeof report - 1 && !ct_start("consumer", 1, "Atlantis") && ct_last_error()[0] != '\0';
}

int main() {
  ::setenv("CARBONTRACKER_SYNTHETIC", "package-0=const:100", 1);
  ::setenv("CARBONTRACKER_HOME", "/nonexistent/home", 1);  // a store that cannot be written is no failure
  const bool right[] = {units_are_right(), tracker_works(), c_interface_works()};
  std::printf("units %d, Tracker %d, C interface %d\n", right[0], right[1], right[2]);
  return right[0] && right[1] && right[2] ? 0 : 1;
}
