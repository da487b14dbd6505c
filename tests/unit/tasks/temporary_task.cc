#include "tests/unit/tasks/temporary_task.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

#include "base/digest.h"

namespace flywheel {
namespace {

namespace fs = std::filesystem;

}  // namespace

TemporaryTask::TemporaryTask(const std::string& kind, nlohmann::json parameters, uint64_t seed) {
  spec_.attempt = "c1/i1/" + kind + "/t0/a1";
  spec_.kind = kind;
  spec_.parameters = std::move(parameters);
  spec_.seed = seed;
  for (const char* name : {"inputs", "outputs", "scratch"}) {
    fs::create_directories(fs::path(root()) / name);
  }
}

void TemporaryTask::AddInput(const std::string& name) {
  for (const TaskInput& input : spec_.inputs) {
    if (input.name == name) return;
  }
  // Not the artifact's true digest: tasks pass digests on and do not look into them.
  spec_.inputs.push_back({.name = name, .digest = Sha256Hex(name), .path = "inputs/" + name});
}

void TemporaryTask::AddFile(const std::string& input, const std::string& text) {
  AddInput(input);
  WriteText(root() + "/inputs/" + input, text);
}

void TemporaryTask::AddToFolder(const std::string& input, const std::string& file,
                                const std::string& text) {
  AddInput(input);
  WriteText(root() + "/inputs/" + input + "/" + file, text);
}

void TemporaryTask::AddOutputOf(const TemporaryTask& other, const std::string& output,
                                const std::string& input) {
  AddInput(input);
  fs::copy(other.OutputPath(output), fs::path(root()) / "inputs" / input,
           fs::copy_options::recursive | fs::copy_options::overwrite_existing);
}

Result<TaskResult> TemporaryTask::Run(TaskFunction function) {
  TaskContext context(root(), spec_);
  return function(context);
}

TaskResult TemporaryTask::MustRun(TaskFunction function) {
  const Result<TaskResult> result = Run(function);
  INFO(spec_.kind << ", seed " << spec_.seed << ": " << result.status().message());
  REQUIRE(result.ok());
  for (const TaskOutput& output : result->outputs) {
    INFO("output " << output.name);
    REQUIRE(fs::exists(OutputPath(output.name)));
  }
  return *result;
}

std::string TemporaryTask::OutputPath(const std::string& name) const {
  return root() + "/outputs/" + name;
}

std::string TemporaryTask::Output(const std::string& file) const {
  return ReadText(OutputPath(file));
}

bool TemporaryTask::HasOutput(const std::string& file) const {
  return fs::exists(OutputPath(file));
}

std::map<std::string, std::string> TemporaryTask::Outputs() const {
  return ReadTree(root() + "/outputs");
}

void WriteText(const std::string& path, const std::string& text) {
  fs::create_directories(fs::path(path).parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

std::string ReadText(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  INFO("file " << path);
  REQUIRE(file.good());
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::map<std::string, std::string> ReadTree(const std::string& path) {
  std::map<std::string, std::string> files;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(path)) {
    if (entry.is_regular_file()) {
      files[fs::relative(entry.path(), path).string()] = ReadText(entry.path().string());
    }
  }
  return files;
}

std::vector<nlohmann::json> ParseLines(const std::string& text) {
  std::vector<nlohmann::json> values;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    values.push_back(nlohmann::json::parse(line));
  }
  return values;
}

}  // namespace flywheel
