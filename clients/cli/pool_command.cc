// `flywheel pool`: the parent of the commands on pools of instruction data. None needs a daemon.
#include "clients/cli/pool_command.h"

#include "clients/cli/pool_files_commands.h"

namespace flywheel {

void AddPoolOption(CLI::App* command, std::string* pool) {
  command->add_option("--pool", *pool, "Folder of the pool")->type_name("DIR")->required();
}

void AddPool(CLI::App* app, Invocation* invocation) {
  CLI::App* pool = app->add_subcommand(
      "pool", "Import, query, select and export instruction data; needs no daemon");
  pool->require_subcommand(1);
  AddPoolImport(pool, invocation);
  AddPoolStats(pool, invocation);
  AddPoolQuery(pool, invocation);
  AddPoolTag(pool, invocation);
  AddPoolSignatures(pool, invocation);
  AddPoolSelect(pool, invocation);
  AddPoolCheck(pool, invocation);
  AddPoolSubmit(pool, invocation);
  AddPoolPack(pool, invocation);
  AddPoolExport(pool, invocation);
  AddPoolConvertBoxes(pool, invocation);
  AddPoolSynthesize(pool, invocation);
}

}  // namespace flywheel
