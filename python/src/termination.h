#pragma once
// SIGTERM for a tracker that began outside of the main thread, where Python installs no handler.

namespace carbontracker::python {

// A descriptor that becomes readable when SIGTERM comes, its owner's to close; -1 where somebody else handles it, or it is being listened for already.
int hear_sigterm();
// Ends that: the descriptor is at its end then. A handler that somebody has set meanwhile stays. In the child of a fork as well.
void give_sigterm_back();

}  // namespace carbontracker::python
