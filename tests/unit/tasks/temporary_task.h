// A task directory in a temporary folder, for tests that call a task function directly: inputs are
// written as text, the function runs, outputs are read back. Removed at the end.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/records/task.h"
#include "base/result.h"
#include "tests/support/temp_dir.h"
#include "workers/runtime/task_context.h"

namespace flywheel {

class TemporaryTask {
 public:
  TemporaryTask(const std::string& kind, nlohmann::json parameters, uint64_t seed = 1);

  // An input that is one file.
  void AddFile(const std::string& input, const std::string& text);
  // A file of an input that is a folder.
  void AddToFolder(const std::string& input, const std::string& file, const std::string& text);
  // An input that another task made: its output, as it is.
  void AddOutputOf(const TemporaryTask& other, const std::string& output, const std::string& input);

  Result<TaskResult> Run(TaskFunction function);
  // Runs it and fails the test when the task fails.
  TaskResult MustRun(TaskFunction function);

  std::string OutputPath(const std::string& name) const;
  // Text of a file below outputs: "analysis", "bank/scene_graphs.jsonl".
  std::string Output(const std::string& file) const;
  bool HasOutput(const std::string& file) const;
  // Every file below outputs with its bytes.
  std::map<std::string, std::string> Outputs() const;

  TaskSpec& spec() { return spec_; }
  const std::string& root() const { return folder_.path(); }

 private:
  void AddInput(const std::string& name);

  testing::TempDir folder_;
  TaskSpec spec_;
};

// Writes a file with the folders above it.
void WriteText(const std::string& path, const std::string& text);
std::string ReadText(const std::string& path);
// Every file below a folder with its bytes.
std::map<std::string, std::string> ReadTree(const std::string& path);
// The lines of a text, each parsed.
std::vector<nlohmann::json> ParseLines(const std::string& text);

}  // namespace flywheel
