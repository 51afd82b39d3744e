#pragma once
// The log files of the Python tool's own command line: `carbontracker python train.py` has always left two in ./logs, by default.
// One epoch is the whole command. Line layouts and units are those of its version 2.4.3; `carbontracker.parser` reads them.

#include <optional>
#include <string>

#include "carbontracker/result.h"
#include "launch/descriptor.h"
#include "storage/run_record.h"

namespace carbontracker::cli {

// The factor that its logs have always stated and applied, where none is configured.
struct ToolPue {
  double value = 1.58;
  std::string source = "Daniel Bizo, 2023, Uptime Institute Global Data Center Survey";
};

class ToolLogs {
 public:
  // Makes the folder and the files, and writes their first lines.
  [[nodiscard]] static Result<ToolLogs> open(const std::string& directory, ToolPue pue);
  // Everything else. Called once.
  void finish(const RunRecord& record);

 private:
  ToolLogs(Descriptor standard, Descriptor output, ToolPue pue) : standard_(std::move(standard)), output_(std::move(output)), pue_(std::move(pue)) {}
  void info(const std::string& message) const;
  void out(const std::string& message) const;
  void components(const Snapshot& seen) const;
  void consumption(const RunRecord& record) const;
  Descriptor standard_, output_;
  ToolPue pue_;
};

// "54.35", "300.0": as Python writes a float, but never with an exponent, for people read these lines with regular expressions.
[[nodiscard]] std::string python_float(double value);
// "1:02:03", or "1:02:03.04" with hundredths; hours are not padded.
[[nodiscard]] std::string tool_time(Seconds duration, bool hundredths);

}  // namespace carbontracker::cli
