#pragma once
// A run's grid where the program that is measured is this very process (a tracker in Python): a thread of ours has `carbontracker grid-feed` started now and then
// (cli/grid_feed.h), detached from the process, and hands on what it was told. Nothing is waited for, and nothing of it is seen by the program: no child, no signal, no descriptor.

#include <map>
#include <memory>
#include <string>

#include "base/host.h"
#include "tracker/session.h"

namespace carbontracker::cli {

// Whether a program is to ask: as it says itself, else by the setting `live`; never where the setting `offline` forbids it (CARBONTRACKER_OFFLINE).
[[nodiscard]] bool asks_live(std::optional<bool> live, const Host& host);

struct GridThreadRequest {
  std::string program;                          // path of carbontracker; empty: there is none, which is the answer
  std::string provider;                         // its id; empty: the first that fits
  std::map<std::string, std::string> settings;  // "ELECTRICITY_MAPS_KEY": key. Told to the process through a pipe: neither its words nor its environment have them
};
[[nodiscard]] bool is_provider(std::string_view name);

class GridThread {
 public:
  // Begins to ask at once, or within half a minute where the process is one of many. A thread or process that cannot be had is told as an answer.
  GridThread(GridThreadRequest request, Session& session, const Host& host);
  // Not in the child of a fork: there is no such thread there. After this the session is not touched any more. A question that is under way is ended. Takes no longer than a quarter of a second.
  ~GridThread();
  GridThread(const GridThread&) = delete;
  GridThread& operator=(const GridThread&) = delete;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace carbontracker::cli
