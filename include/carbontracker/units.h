#pragma once
// Physical quantities as types: wrong arithmetic does not compile.
// Every quantity is a double in one fixed unit, named by its type.

#include <chrono>
#include <compare>

namespace carbontracker {

// A value of one kind. Sums and differences stay within the kind, scaling is by plain numbers,
// and the ratio of two of a kind is a plain number. Nothing converts implicitly.
template <class Tag>
class Quantity {
 public:
  constexpr Quantity() = default;
  constexpr explicit Quantity(double value) : value_(value) {}
  [[nodiscard]] constexpr double value() const { return value_; }

  constexpr Quantity& operator+=(Quantity other) { value_ += other.value_; return *this; }
  constexpr Quantity& operator-=(Quantity other) { value_ -= other.value_; return *this; }
  constexpr Quantity& operator*=(double factor) { value_ *= factor; return *this; }

  friend constexpr Quantity operator+(Quantity a, Quantity b) { return Quantity(a.value_ + b.value_); }
  friend constexpr Quantity operator-(Quantity a, Quantity b) { return Quantity(a.value_ - b.value_); }
  friend constexpr Quantity operator-(Quantity a) { return Quantity(-a.value_); }
  friend constexpr Quantity operator*(Quantity a, double k) { return Quantity(a.value_ * k); }
  friend constexpr Quantity operator*(double k, Quantity a) { return Quantity(a.value_ * k); }
  friend constexpr Quantity operator/(Quantity a, double k) { return Quantity(a.value_ / k); }
  friend constexpr double operator/(Quantity a, Quantity b) { return a.value_ / b.value_; }
  friend constexpr auto operator<=>(Quantity, Quantity) = default;

 private:
  double value_ = 0;
};

using Joules = Quantity<struct JoulesTag>;
using Watts = Quantity<struct WattsTag>;
using Grams = Quantity<struct GramsTag>;                      // of CO2 equivalent
using CarbonIntensity = Quantity<struct CarbonIntensityTag>;  // g CO2e per kWh
using Litres = Quantity<struct LitresTag>;
using Seconds = std::chrono::duration<double>;

inline constexpr double kJoulesPerKilowattHour = 3.6e6;

constexpr Joules operator*(Watts power, Seconds time) { return Joules(power.value() * time.count()); }
constexpr Joules operator*(Seconds time, Watts power) { return power * time; }
constexpr Watts operator/(Joules energy, Seconds time) { return Watts(energy.value() / time.count()); }
constexpr Grams operator*(Joules energy, CarbonIntensity grid) {
  return Grams(energy.value() / kJoulesPerKilowattHour * grid.value());
}

constexpr Joules kilowatt_hours(double kwh) { return Joules(kwh * kJoulesPerKilowattHour); }
constexpr double in_kilowatt_hours(Joules energy) { return energy.value() / kJoulesPerKilowattHour; }

}  // namespace carbontracker
