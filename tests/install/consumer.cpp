// Uses what is installed as a stranger would; says what went wrong and ends with 1 if it is not right.
#include <cstdio>
#include <cstring>

#include "carbontracker/units.h"
#include "carbontracker/version.h"

int main() {
  using namespace carbontracker;
  const Joules hour = Watts(250) * Seconds(3600);  // 250 W for an hour: 0.25 kWh
  const Grams emitted = hour * CarbonIntensity(400);  // 0.25 kWh x 400 g/kWh
  std::printf("%s: %.2f kWh, %.0f g\n", kVersion, in_kilowatt_hours(hour), emitted.value());
  const bool right = std::strcmp(kVersion, EXPECTED_VERSION) == 0 && in_kilowatt_hours(hour) == 0.25 && emitted.value() == 100;
  return right ? 0 : 1;
}
