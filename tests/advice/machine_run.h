#pragma once
// Runs as a machine would have left them.

#include "storage/run_record.h"

namespace carbontracker {

struct MadeRun {
  RunRecord record;
  Segment& segment() { return record.segments[0]; }

  explicit MadeRun(double seconds) {
    record.id = "20260101-000000-000001";
    record.state = RunState::finished;
    record.exit_code = 0;
    record.segments.emplace_back();
    segment().node = "n1";
    segment().totals.duration = Seconds(seconds);
  }
  ChannelTotal& channel(const std::string& name, Domain domain, double watts, const std::string& label = "") {
    ChannelTotal total;
    total.channel.name = name;
    total.channel.domain = domain;
    total.channel.label = label;
    total.measured.covered = total.expected = segment().totals.duration;
    total.measured.joules = Watts(watts) * segment().totals.duration;
    total.headline = true;
    segment().totals.channels.push_back(total);
    return segment().totals.channels.back();
  }
  ActivityTotal& activity(const std::string& name, double busy) {
    ActivityTotal total;
    total.name = name;
    total.busy = busy;
    total.seen = segment().totals.duration;
    segment().totals.activity.push_back(total);
    return segment().totals.activity.back();
  }
  ActivityTotal& gpu(const std::string& name, double watts, double busy, const std::string& label = "NVIDIA H100 80GB HBM3") {
    channel(name, Domain::gpu, watts, label);
    ActivityTotal& seen = activity(name, busy);
    seen.memory_peak = 60 * 1073741824.0;
    seen.memory_total = 80 * 1073741824.0;
    seen.limit = seen.limit_default = Watts(700);
    return seen;
  }
  void cpu(double own, double cpus) {
    ActivityTotal& seen = activity("cpu", own / cpus);
    seen.own = own;
    seen.cpus = cpus;
  }
  void minute(std::vector<float> joules, std::vector<std::uint8_t> busy) {
    Minute m;
    m.number = static_cast<std::int64_t>(segment().minutes.size());
    m.covered_s.assign(joules.size(), 60);
    m.joules = std::move(joules);
    m.busy = std::move(busy);
    segment().minutes.push_back(std::move(m));
  }
};

}  // namespace carbontracker
