// The commands under `flywheel pool`: each Add function declares one on the parent.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "clients/cli/command.h"

namespace flywheel {

void AddPoolImport(CLI::App* pool, Invocation* invocation);
void AddPoolStats(CLI::App* pool, Invocation* invocation);
void AddPoolQuery(CLI::App* pool, Invocation* invocation);
void AddPoolSelect(CLI::App* pool, Invocation* invocation);
void AddPoolExport(CLI::App* pool, Invocation* invocation);
void AddPoolTag(CLI::App* pool, Invocation* invocation);
void AddPoolSignatures(CLI::App* pool, Invocation* invocation);
void AddPoolCheck(CLI::App* pool, Invocation* invocation);
void AddPoolSubmit(CLI::App* pool, Invocation* invocation);
void AddPoolPack(CLI::App* pool, Invocation* invocation);

// --pool DIR, which each command but those on plain files needs.
void AddPoolOption(CLI::App* command, std::string* pool);

}  // namespace flywheel
