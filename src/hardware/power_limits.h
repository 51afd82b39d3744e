#pragma once
// The power limits of the NVIDIA GPUs that a program started here would see: read, set, put back. Setting needs root.

#include <map>
#include <string>
#include <vector>

#include "base/host.h"
#include "carbontracker/result.h"
#include "carbontracker/units.h"
#include "hardware/nvml_library.h"

namespace carbontracker {

struct LimitedGpu {
  std::string name, label;              // "gpu0", "NVIDIA H100 80GB HBM3"
  std::string device;                   // its UUID, or its PCI address
  Watts before{};                       // in force when it was opened: what is put back
  Watts least{}, most{};                // what may be set
  nvml::Device handle = nullptr;
};

// One thread.
class PowerLimits {
 public:
  // Errc::not_found: no driver or no GPU that is visible; unsupported: a card without limits.
  [[nodiscard]] static Result<PowerLimits> open(const Host& host);
  [[nodiscard]] const std::vector<LimitedGpu>& gpus() const { return gpus_; }
  // Whether limits may be set, found out by setting what is in force. Errc::permission with the remedy where not.
  [[nodiscard]] Result<> try_rights() const;
  // `share` of what was in force, for each card, within what may be set. Stops at the first refusal.
  [[nodiscard]] Result<> set_share(double share) const;
  // What was in force before, by device, as it was kept: for whom a sweep has left other limits behind.
  void take_as_before(const std::map<std::string, Watts>& limits);
  // Every card, even where one refuses; the first refusal is returned.
  [[nodiscard]] Result<> put_back() const;

 private:
  [[nodiscard]] Result<> set(const LimitedGpu& gpu, Watts limit) const;

  nvml::Library library_;
  std::vector<LimitedGpu> gpus_;
};

}  // namespace carbontracker
