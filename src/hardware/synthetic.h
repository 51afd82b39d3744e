#pragma once
// Declared channels in place of the machine's: CARBONTRACKER_SYNTHETIC="gpu0=square:100:400:2s gpu1=const:300@tick=100ms".
//
// Each word is NAME=WAVEFORM[@OPTION[,OPTION...]]. NAME says the domain: gpu0, package-0, dram-0, soc, platform, psys, module.
// WAVEFORM: waveform.h. Options:
//   gauge           watts at the moment of reading instead of a counter of microjoules
//   tick=D          the value moves only every D
//   wrap=J          the counter wraps at J joules
//   reset=T         the counter begins again from 0 at T
//   fail=A..[B]     each reading from A to B is an error
//   freeze=A..[B]   the value stands still from A to B; a counter then has what it missed
//   gain=X          relative error to be claimed (0.05: +-5 %); default 0
//   busy=P          percent of the time it works    memory=USED:TOTAL  of its memory, in GiB    limit=W  its power limit
//   label=TEXT      what the device is, _ for a blank: NVIDIA_H100_80GB_HBM3
// The energy is the exact integral of the waveform since opening, by the clock given.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "carbontracker/result.h"
#include "hardware/energy_source.h"
#include "hardware/waveform.h"

namespace carbontracker {

struct Span {
  Seconds from{};
  std::optional<Seconds> to;  // empty: for ever
  [[nodiscard]] bool holds(Seconds t) const { return t >= from && (!to || t < *to); }
};

struct SyntheticChannel {
  Channel channel;
  Waveform wave;
  Seconds tick{};
  std::optional<Seconds> reset;
  std::optional<Span> fail, freeze;
  std::optional<Activity> activity;
};

// Errc::invalid_input names the word that does not parse and gives the grammar.
[[nodiscard]] Result<std::vector<SyntheticChannel>> parse_synthetic(std::string_view specification);

// What a channel reads at `t` after opening.
[[nodiscard]] Reading synthetic_reading(const SyntheticChannel& channel, Seconds t);

}  // namespace carbontracker
