#pragma once
// Whether what was read back is what was kept.

#include <gtest/gtest.h>

#include <cmath>

#include "storage/run_record.h"

namespace carbontracker {

inline void expect_same(const Measured& a, const Measured& b) {
  EXPECT_EQ(a.joules, b.joules);
  EXPECT_EQ(a.systematic, b.systematic);
  EXPECT_EQ(a.random, b.random);
  EXPECT_EQ(a.missing, b.missing);
  EXPECT_EQ(a.covered, b.covered);
}

inline void expect_same(const ChannelTotal& a, const ChannelTotal& b) {
  EXPECT_EQ(a.channel.name, b.channel.name);
  EXPECT_EQ(a.channel.domain, b.channel.domain);
  EXPECT_EQ(a.channel.device, b.channel.device);
  EXPECT_EQ(a.channel.label, b.channel.label);
  EXPECT_EQ(a.channel.kind.index(), b.channel.kind.index());
  EXPECT_EQ(a.channel.origin, b.channel.origin);
  EXPECT_EQ(a.channel.refresh, b.channel.refresh);
  EXPECT_EQ(a.channel.gain_error, b.channel.gain_error);
  EXPECT_EQ(a.channel.max_power, b.channel.max_power);
  expect_same(a.measured, b.measured);
  EXPECT_EQ(a.expected, b.expected);
  EXPECT_EQ(a.run, b.run);
  EXPECT_EQ(a.by_power, b.by_power);
  EXPECT_EQ(a.cross_check, b.cross_check);
  EXPECT_EQ(a.headline, b.headline);
}

inline void expect_same(const Snapshot& a, const Snapshot& b) {
  EXPECT_EQ(a.began, b.began);
  EXPECT_EQ(a.duration, b.duration);
  EXPECT_EQ(a.suspended, b.suspended);
  EXPECT_EQ(a.total.joules, b.total.joules);
  EXPECT_EQ(a.total.low, b.total.low);
  EXPECT_EQ(a.total.high, b.total.high);
  EXPECT_EQ(a.coverage, b.coverage);
  EXPECT_EQ(a.run.joules, b.run.joules);
  EXPECT_EQ(a.run.high, b.run.high);
  EXPECT_EQ(a.run_method, b.run_method);
  EXPECT_EQ(a.idle, b.idle);
  ASSERT_EQ(a.channels.size(), b.channels.size());
  for (std::size_t i = 0; i < a.channels.size(); ++i) expect_same(a.channels[i], b.channels[i]);
  ASSERT_EQ(a.gaps.size(), b.gaps.size());
  for (std::size_t i = 0; i < a.gaps.size(); ++i) {
    EXPECT_EQ(a.gaps[i].what, b.gaps[i].what);
    EXPECT_EQ(a.gaps[i].reason, b.gaps[i].reason);
    EXPECT_EQ(a.gaps[i].remedy, b.gaps[i].remedy);
    EXPECT_EQ(a.gaps[i].length, b.gaps[i].length);
  }
  ASSERT_EQ(a.regions.size(), b.regions.size());
  for (std::size_t i = 0; i < a.regions.size(); ++i) {
    EXPECT_EQ(a.regions[i].name, b.regions[i].name);
    EXPECT_EQ(a.regions[i].parent, b.regions[i].parent);
    EXPECT_EQ(a.regions[i].start, b.regions[i].start);
    EXPECT_EQ(a.regions[i].duration, b.regions[i].duration);
    EXPECT_EQ(a.regions[i].open, b.regions[i].open);
    EXPECT_EQ(a.regions[i].provisional, b.regions[i].provisional);
    expect_same(a.regions[i].measured, b.regions[i].measured);
  }
}

inline void expect_same(const GridAnswer& a, const GridAnswer& b) {
  EXPECT_EQ(a.asked, b.asked);
  EXPECT_EQ(a.zone, b.zone);
  EXPECT_EQ(a.zone_name, b.zone_name);
  EXPECT_EQ(a.provider, b.provider);
  EXPECT_EQ(a.basis, b.basis);
  EXPECT_EQ(a.year, b.year);
  EXPECT_EQ(a.step, b.step);
  EXPECT_EQ(a.note, b.note);
  ASSERT_EQ(a.readings.size(), b.readings.size());
  for (std::size_t i = 0; i < a.readings.size(); ++i) {
    EXPECT_EQ(a.readings[i].start, b.readings[i].start);
    EXPECT_FLOAT_EQ(static_cast<float>(a.readings[i].g_per_kwh.value()), static_cast<float>(b.readings[i].g_per_kwh.value()));
    EXPECT_FLOAT_EQ(static_cast<float>(a.readings[i].low.value()), static_cast<float>(b.readings[i].low.value()));
    EXPECT_FLOAT_EQ(static_cast<float>(a.readings[i].high.value()), static_cast<float>(b.readings[i].high.value()));
    EXPECT_EQ(a.readings[i].forecast, b.readings[i].forecast);
    EXPECT_EQ(a.readings[i].estimated, b.readings[i].estimated);
  }
}

inline void expect_same(const MetricRecord& a, const MetricRecord& b) {
  EXPECT_EQ(a.at, b.at);
  EXPECT_EQ(a.name, b.name);
  EXPECT_EQ(a.done, b.done);
  EXPECT_EQ(a.unit, b.unit);
  EXPECT_TRUE(a.value == b.value || (std::isnan(a.value) && std::isnan(b.value)));
}

inline void expect_same(const EndRecord& a, const EndRecord& b) {
  EXPECT_EQ(a.made_at, b.made_at);
  EXPECT_EQ(a.metric, b.metric);
  EXPECT_EQ(a.target, b.target);
  EXPECT_EQ(a.patience, b.patience);
  EXPECT_EQ(a.min_delta, b.min_delta);
  EXPECT_EQ(a.larger_is_better, b.larger_is_better);
  EXPECT_EQ(a.reason, b.reason);
  EXPECT_EQ(a.units, b.units);
  EXPECT_EQ(a.low, b.low);
  EXPECT_EQ(a.high, b.high);
  EXPECT_EQ(a.before_plan, b.before_plan);
  EXPECT_EQ(a.joules, b.joules);
  EXPECT_EQ(a.joules_low, b.joules_low);
  EXPECT_EQ(a.joules_high, b.joules_high);
  EXPECT_EQ(a.seconds, b.seconds);
  EXPECT_EQ(a.seconds_low, b.seconds_low);
  EXPECT_EQ(a.seconds_high, b.seconds_high);
}

inline void expect_same(const Segment& a, const Segment& b) {
  EXPECT_EQ(a.node, b.node);
  EXPECT_EQ(a.attempt, b.attempt);
  EXPECT_EQ(a.boot_id, b.boot_id);
  EXPECT_EQ(a.started, b.started);
  EXPECT_EQ(a.last_seen, b.last_seen);
  EXPECT_EQ(a.place, b.place);
  EXPECT_EQ(a.place_from, b.place_from);
  EXPECT_EQ(a.pue, b.pue);
  EXPECT_EQ(a.pue_from, b.pue_from);
  expect_same(a.totals, b.totals);
  ASSERT_EQ(a.minutes.size(), b.minutes.size());
  for (std::size_t i = 0; i < a.minutes.size(); ++i) {
    EXPECT_EQ(a.minutes[i].number, b.minutes[i].number);
    EXPECT_EQ(a.minutes[i].joules, b.minutes[i].joules);
    EXPECT_EQ(a.minutes[i].covered_s, b.minutes[i].covered_s);
  }
  ASSERT_EQ(a.marks.size(), b.marks.size());
  for (std::size_t i = 0; i < a.marks.size(); ++i) {
    EXPECT_EQ(a.marks[i].at, b.marks[i].at);
    EXPECT_EQ(a.marks[i].done, b.marks[i].done);
    EXPECT_EQ(a.marks[i].of, b.marks[i].of);
    EXPECT_EQ(a.marks[i].unit, b.marks[i].unit);
    EXPECT_EQ(a.marks[i].joules, b.marks[i].joules);
  }
  ASSERT_EQ(a.forecasts.size(), b.forecasts.size());
  for (std::size_t i = 0; i < a.forecasts.size(); ++i) {
    EXPECT_EQ(a.forecasts[i].joules, b.forecasts[i].joules);
    EXPECT_EQ(a.forecasts[i].high, b.forecasts[i].high);
    EXPECT_EQ(a.forecasts[i].seconds_low, b.forecasts[i].seconds_low);
    EXPECT_EQ(a.forecasts[i].method, b.forecasts[i].method);
  }
  ASSERT_EQ(a.metrics.size(), b.metrics.size());
  for (std::size_t i = 0; i < a.metrics.size(); ++i) expect_same(a.metrics[i], b.metrics[i]);
  ASSERT_EQ(a.ends.size(), b.ends.size());
  for (std::size_t i = 0; i < a.ends.size(); ++i) expect_same(a.ends[i], b.ends[i]);
  ASSERT_EQ(a.grid.size(), b.grid.size());
  for (std::size_t i = 0; i < a.grid.size(); ++i) expect_same(a.grid[i], b.grid[i]);
  expect_same(a.grid_ahead, b.grid_ahead);
}

}  // namespace carbontracker
