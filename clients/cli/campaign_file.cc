#include "clients/cli/campaign_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <vector>

#include "base/digest.h"
#include "base/io/files.h"
#include "base/io/json.h"
#include "clients/cli/message_json.h"

namespace flywheel {
namespace {

namespace fs = std::filesystem;

// "path=value" taken apart.
struct Setting {
  std::string path;
  std::string value;
};

Result<Setting> ParseSetting(const std::string& text) {
  const size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    return InvalidArgument(
        fmt::format("--set {}: expected path=value, such as train.epochs=2", text));
  }
  return Setting{text.substr(0, equals), text.substr(equals + 1)};
}

std::string Absolute(const std::string& path, const fs::path& base) {
  std::string absolute = fs::path(base / path).lexically_normal().string();
  // One spelling for a folder, so that equal campaigns have equal digests.
  if (absolute.size() > 1 && absolute.back() == '/') absolute.pop_back();
  return absolute;
}

void MakeSourcesAbsolute(const std::string& current_dir, v1::CampaignSpec* spec) {
  for (v1::GenerateSource& source : *spec->mutable_generate()->mutable_sources()) {
    if (!source.has_pool()) continue;
    v1::PoolSource& pool = *source.mutable_pool();
    if (!pool.path().empty()) pool.set_path(Absolute(pool.path(), current_dir));
    if (!pool.images_root().empty()) {
      pool.set_images_root(Absolute(pool.images_root(), current_dir));
    }
  }
}

// A display name made of a file name: what is no letter, digit, '-' or '_' becomes '-'.
std::string NameFromPath(const fs::path& path) {
  std::string name = path.stem().string();
  for (char& c : name) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!plain && c != '_') c = '-';
  }
  return name;
}

Status ApplySettings(const CampaignFile& file, nlohmann::json* value, JsonPlaces* places) {
  const auto& type = *v1::CampaignSpec::descriptor();
  for (const std::string& text : file.settings) {
    FW_ASSIGN(const Setting setting, ParseSetting(text));
    FW_TRY(SetMember(setting.path, setting.value, type, value).WithContext("--set " + text));
    places->Override(setting.path, "--set " + text);
    // Checked one by one, so that the error is about the setting that is wrong.
    FW_ASSIGN(*value, CheckMessageJson(*value, type, *places));
  }
  return OkStatus();
}

// "spec.train.epochs: 0: expected at least 1" with the place of train.epochs instead of its name.
std::string LocateProblem(const std::string& problem, const JsonPlaces& places) {
  const size_t begin = problem.starts_with("spec.") ? 5 : 0;
  const size_t colon = problem.find(": ");
  if (colon == std::string::npos || colon < begin) return problem;
  const std::string path = problem.substr(begin, colon - begin);
  const std::string member = path.substr(0, path.find_first_of(".["));
  if (v1::CampaignSpec::descriptor()->FindFieldByName(member) == nullptr) return problem;
  return places.Describe(path) + problem.substr(colon);
}

}  // namespace

Result<LoadedCampaign> LoadCampaign(const CampaignFile& file) {
  FW_ASSIGN(const std::string text, ReadFile(file.path));
  FW_ASSIGN(const nlohmann::json parsed, ParseJson(text, file.path, JsonComments::kAllow));
  JsonPlaces places(text, file.path);
  FW_ASSIGN(nlohmann::json value,
            CheckMessageJson(parsed, *v1::CampaignSpec::descriptor(), places));
  FW_TRY(ApplySettings(file, &value, &places));
  v1::CampaignSpec spec;
  FW_TRY(FillMessage(value, &spec).WithContext(file.path));

  const fs::path path = Absolute(file.path, file.current_dir);
  if (spec.display_name().empty()) spec.set_display_name(NameFromPath(path));
  if (!spec.model().base().empty()) {
    // A path given with --set was typed by someone who stands in the current folder.
    const bool typed = places.Describe("model.base").starts_with("--set ");
    const fs::path base = typed ? fs::path(file.current_dir) : path.parent_path();
    spec.mutable_model()->set_base(Absolute(spec.model().base(), base));
  }
  if (!spec.data_root().empty()) {
    spec.set_data_root(Absolute(spec.data_root(), file.current_dir));
  }
  if (spec.has_generate()) MakeSourcesAbsolute(file.current_dir, &spec);
  return LoadedCampaign{std::move(spec), std::move(places)};
}

Status LocateSpecProblems(const Status& status, const JsonPlaces& places) {
  if (status.code() != StatusCode::kInvalidArgument) return status;
  std::vector<std::string> lines;
  std::string_view rest = status.message();
  while (!rest.empty()) {
    const size_t end = std::min(rest.find("; "), rest.size());
    lines.push_back(LocateProblem(std::string(rest.substr(0, end)), places));
    rest.remove_prefix(std::min(end + 2, rest.size()));
  }
  return InvalidArgument(fmt::format("{}", fmt::join(lines, "\n")));
}

std::string SpecDigest(const v1::CampaignSpec& spec) {
  // Through nlohmann's sorted objects: a proto map has no order of its own.
  return Sha256Hex(CanonicalJson(nlohmann::json::parse(ToJsonText(spec))));
}

}  // namespace flywheel
