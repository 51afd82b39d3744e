#include "fake_internal.h"

#include <math.h>

double integral(const Curve* c, double t) {
  if (c->shape == CONSTANT) return c->low * t;
  const double at = t + c->phase, whole = floor(at / c->period), rest = at - whole * c->period;
  const double mean = (c->low + c->high) / 2, turns = whole * c->period * mean;
  if (c->shape == SQUARE) {
    const double high = fmin(rest, c->period / 2);
    return turns + c->high * high + c->low * (rest - high);
  }
  if (c->shape == SAW) return turns + c->low * rest + (c->high - c->low) * rest * rest / (2 * c->period);
  const double w = 2 * M_PI / c->period; /* sine: low is the mean, high the amplitude */
  return c->low * t - c->high / w * (cos(w * at) - 1);
}

static double watts(const Curve* c, double t) {
  if (c->shape == CONSTANT) return c->low;
  const double turn = (t + c->phase) / c->period, part = turn - floor(turn);
  if (c->shape == SQUARE) return part < 0.5 ? c->high : c->low;
  if (c->shape == SAW) return c->low + (c->high - c->low) * part;
  return c->low + c->high * sin(2 * M_PI * part);
}

double mean_watts(const Curve* c, double t, double window) {
  return window > 0 ? (integral(c, t) - integral(c, t - window)) / window : watts(c, t);
}

double last_tick(double t, double tick, double phase) { return tick > 0 ? floor((t - phase) / tick) * tick + phase : t; }
