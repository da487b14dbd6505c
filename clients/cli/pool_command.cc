// `flywheel pool`: instruction data in files.
#include "clients/cli/pool_files_commands.h"

namespace flywheel {

void AddPool(CLI::App* app, Invocation* invocation) {
  CLI::App* pool = app->add_subcommand("pool", "Instruction data in files; needs no daemon");
  pool->require_subcommand(1);
  AddPoolSynthesize(pool, invocation);
  AddPoolConvertBoxes(pool, invocation);
}

}  // namespace flywheel
