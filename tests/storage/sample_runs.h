#pragma once
// Runs as the tests of storage write them.

#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <random>

#include "fakes/temp_dir.h"
#include "storage/journal.h"

namespace carbontracker {

inline constexpr WallTime kStart{std::chrono::milliseconds(1'764'064'800'000)};  // 2025-11-25T10:00:00Z

inline RunRecord sample_run(const std::string& id = "20251125-100000-aaaa") {
  RunRecord run;
  run.id = id;
  run.name = "digits";
  run.project = "demo";
  run.tags = {{"model", "mlp"}, {"lr", "0.1"}};
  run.command = {"python", "train.py", "--lr", "0.1"};
  run.directory = "/home/u/train";
  run.tool_version = "3.0.0";
  return run;
}

inline ChannelTotal sample_channel(const std::string& name, Domain domain, double joules) {
  ChannelTotal total;
  total.channel.name = name;
  total.channel.domain = domain;
  total.channel.device = "device of " + name;
  total.channel.label = "label of " + name;
  total.channel.kind = Counter{Joules(1e-6), 262'143'328'850};
  total.channel.origin = Origin::counter;
  total.channel.refresh = Seconds(0.001);
  total.channel.gain_error = 0.02;
  total.channel.max_power = Watts(250);
  total.measured = {Joules(joules), Joules(joules * 0.02), Joules(1), std::nullopt, Seconds(59)};
  total.expected = Seconds(60);
  total.run = Joules(joules / 2);
  total.by_power = Joules(0.5);
  total.cross_check = Joules(joules + 1);
  total.headline = true;
  return total;
}

inline Segment sample_segment(const std::string& node = "n1", int attempt = 0) {
  Segment segment;
  segment.node = node;
  segment.attempt = attempt;
  segment.boot_id = "b00t";
  segment.started = kStart;
  segment.last_seen = kStart + std::chrono::seconds(65);
  segment.place = "DK";
  segment.place_from = "--place";
  segment.pue = 1.2;
  segment.pue_from = "--pue";
  Snapshot& totals = segment.totals;
  totals.began = kStart;
  totals.duration = Seconds(65);
  totals.suspended = Seconds(2);
  totals.channels = {sample_channel("package-0", Domain::package, 1000), sample_channel("gpu0", Domain::gpu, 3000)};
  totals.total = {Joules(4000), Joules(3900), Joules(4100)};
  totals.coverage = 0.98;
  totals.run = {Joules(2000), Joules(1900), std::nullopt};
  totals.run_method = "cpu time of the process tree";
  totals.idle = Joules(300);
  totals.gaps = {{"gpu1", "the driver does not answer", "restart it", Seconds(12)}};
  return segment;
}

inline Minute sample_minute(std::int64_t number, float first = 10, float second = 20) { return {number, {first, second}, {60, 59.5}}; }

inline std::unique_ptr<JournalWriter> start(const std::string& home, const RunRecord& run, const Segment& segment) {
  auto writer = JournalWriter::create(home, run, segment);
  EXPECT_TRUE(writer) << (writer ? "" : writer.error().what);
  return writer ? std::move(*writer) : nullptr;
}

inline std::vector<MetricRecord> sample_metrics() {
  return {{Seconds(30), "val_loss", 1, "epoch", 0.5}, {Seconds(60), "val_loss", 2, "epoch", std::nan("")}, {Seconds(60), "accuracy", 2, "epoch", -0.25}};
}
inline std::vector<EndRecord> sample_ends() {
  EndRecord none{Seconds(31), "val_loss", std::nullopt, 3, 0.001, false, "fewer than three evaluations have been seen"};
  EndRecord end{Seconds(61), "val_loss", 0.1, 3, 0, false, "", 12, 9, 20, 0.98, Joules(8000), Joules(7000), Joules(9000), Seconds(130), Seconds(120), Seconds(150)};
  return {none, end};
}

// A whole finished run; returns its journal's path.
inline std::string keep_run(const std::string& home, const RunRecord& run, const Segment& segment, int exit_code = 0) {
  auto writer = start(home, run, segment);
  EXPECT_TRUE(writer->flush(segment));
  EXPECT_TRUE(writer->finish(segment, RunState::finished, exit_code));
  return writer->path();
}

}  // namespace carbontracker
