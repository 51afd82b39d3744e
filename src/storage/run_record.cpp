#include "storage/run_record.h"

namespace carbontracker {

std::string_view to_string(RunState state) {
  switch (state) {
    case RunState::running: return "running";
    case RunState::finished: return "finished";
    case RunState::interrupted: return "interrupted";
  }
  return "interrupted";
}

}  // namespace carbontracker
