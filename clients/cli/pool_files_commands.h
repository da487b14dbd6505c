// `flywheel pool synthesize` and `flywheel pool convert-boxes`: the commands on pool files that
// need no index. Declared on the parent that pool_command makes.
#pragma once

#include "clients/cli/command.h"

namespace flywheel {

void AddPoolSynthesize(CLI::App* pool, Invocation* invocation);
void AddPoolConvertBoxes(CLI::App* pool, Invocation* invocation);

}  // namespace flywheel
