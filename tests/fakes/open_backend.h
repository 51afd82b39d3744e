#pragma once
// Opens a sensor family on a fake machine and answers questions about what came of it.

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "fakes/fake_clock.h"
#include "hardware/backend.h"

namespace carbontracker {

struct Opened {
  std::vector<std::unique_ptr<EnergySource>> sources;
  std::vector<Error> notes;
  Error refusal;  // of the family; empty text when it opened
  std::shared_ptr<void> keeps;  // the machine, where the test has no name for it

  [[nodiscard]] std::vector<Channel> channels() const {
    std::vector<Channel> all;
    for (const auto& source : sources) all.insert(all.end(), source->channels().begin(), source->channels().end());
    return all;
  }
  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const Channel& channel : channels()) all.push_back(channel.name);
    std::sort(all.begin(), all.end());
    return all;
  }
  // The channels that the total sums.
  [[nodiscard]] std::vector<std::string> summed() const {
    std::vector<std::string> all;
    for (const Channel& channel : channels())
      if (is_headline(channel.domain) && channel.contained_in.empty()) all.push_back(channel.name);
    std::sort(all.begin(), all.end());
    return all;
  }
  // An unnamed channel when there is none of that name.
  [[nodiscard]] Channel channel(const std::string& name) const {
    for (const Channel& channel : channels())
      if (channel.name == name) return channel;
    return {};
  }
  [[nodiscard]] Reading read(const std::string& name) const {
    for (const auto& source : sources) {
      std::vector<Reading> out(source->channels().size(), Error{Errc::internal, "not filled", ""});
      source->read(out);
      for (std::size_t i = 0; i < out.size(); ++i)
        if (source->channels()[i].name == name) return out[i];
    }
    return Error{Errc::not_found, "no such channel: " + name, ""};
  }
  [[nodiscard]] std::string notes_text() const {
    std::string text;
    for (const Error& note : notes) text += note.what + " | " + note.hint + "\n";
    return text;
  }
};

template <class Result>
Opened opened_from(Result result, std::vector<Error> notes) {
  Opened opened;
  opened.notes = std::move(notes);
  if (result) opened.sources = std::move(*result);
  else opened.refusal = result.error();
  return opened;
}

inline Opened open_backend(const Backend& backend, const Host& host) {
  static const FakeClock clock;
  std::vector<Error> notes;
  auto result = backend.open(host, clock, notes);
  return opened_from(std::move(result), std::move(notes));
}

}  // namespace carbontracker
