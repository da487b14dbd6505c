// SIGTERM as a flag that TaskContext::StopRequested reads. A part of the runtime.
#pragma once

namespace flywheel {

// From now on SIGTERM sets the flag instead of ending the process. Clears the flag.
void WatchStopSignal();

}  // namespace flywheel
