#pragma once
// Who runs on which GPU, by the driver's process lists. Asking may cost milliseconds on real drivers, so answers are kept for a
// while: half a second, or longer where asking is slow, so that it takes a five-hundredth of the time at most.

#include <optional>
#include <span>
#include <vector>

#include "base/clock.h"
#include "base/host.h"
#include "hardware/nvml_library.h"

namespace carbontracker::nvml {

// One thread at a time.
class ProcessLists {
 public:
  ProcessLists(const Library& library, const Host& host, const Clock& clock, std::size_t gpus);

  // Whether one of `pids` runs on the card.
  [[nodiscard]] bool runs_on(std::size_t gpu, Device device, std::span<const int> pids);
  // How much of the card's use is theirs: 1 or 0 where nobody else or none of them is there, by SM time where it is shared.
  // Nothing where the driver does not tell, or numbers processes otherwise than we do (in a container).
  [[nodiscard]] std::optional<double> share(std::size_t gpu, Device device, std::span<const int> pids);

 private:
  struct Card {
    std::optional<std::vector<unsigned>> pids;  // nothing: the driver does not tell
    std::optional<Instant> ask_again;
    bool utilization_due = false;               // not asked since the list was
    unsigned long long utilization_since_us = 0;
    double last_shared = -1;                    // by the last samples that showed any use; negative: none yet
  };
  [[nodiscard]] const std::optional<std::vector<unsigned>>& on(std::size_t gpu, Device device);
  [[nodiscard]] std::optional<double> shared(Card& card, Device device, std::span<const int> pids);

  const Library& library_;
  const Clock& clock_;
  bool same_numbers_;  // the driver's process ids are ours: we are in the machine's own pid namespace
  std::vector<Card> cards_;
};

}  // namespace carbontracker::nvml
