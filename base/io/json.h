// JSON text to values with errors that name the place, and canonical text back. Reading is strict:
// duplicate keys and trailing text are errors. Comments are allowed only where asked for.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace flywheel {

enum class JsonComments { kRefuse, kAllow };

// `source` names the file (or "file:12" for a line) in errors. INVALID_ARGUMENT with line and
// column.
Result<nlohmann::json> ParseJson(std::string_view text, std::string_view source,
                                 JsonComments comments = JsonComments::kRefuse);
Result<nlohmann::json> ReadJsonFile(const std::string& path,
                                    JsonComments comments = JsonComments::kRefuse);

// Keys sorted, no spaces, UTF-8: equal values give equal bytes. Not for values with NaN.
std::string CanonicalJson(const nlohmann::json& value);

// The text with U+FFFD for what is not UTF-8: words of other programs, before they go where only
// UTF-8 may go.
std::string ToValidUtf8(std::string_view text);

// Takes the members of one JSON object apart, remembers which were read, and reports everything
// wrong with them in one place: type errors, missing members, unknown members.
class JsonObjectReader {
 public:
  // `where` names the object in errors: "parameters.world".
  JsonObjectReader(const nlohmann::json& object, std::string where);

  // Missing members keep *value as it is; a wrong type is recorded as an error.
  void Optional(std::string_view name, bool* value);
  void Optional(std::string_view name, int32_t* value);
  void Optional(std::string_view name, int64_t* value);   // number or decimal string
  void Optional(std::string_view name, uint64_t* value);  // number or decimal string
  void Optional(std::string_view name, double* value);
  void Optional(std::string_view name, std::string* value);
  void Optional(std::string_view name, std::vector<double>* value);
  void Optional(std::string_view name, std::vector<std::string>* value);
  void Optional(std::string_view name, nlohmann::json* value);

  // The same; a missing member is an error.
  template <typename T>
  void Required(std::string_view name, T* value) {
    if (!Has(name)) Fail(name, "is missing");
    Optional(name, value);
  }

  bool Has(std::string_view name) const;
  // Records an error about a member: "<where>.<name>: <problem>".
  void Fail(std::string_view name, std::string_view problem);

  // INVALID_ARGUMENT with the first error, or with the first member nobody read.
  Status Finish() const;
  // The same, unknown members allowed.
  Status FinishAllowingUnknown() const;

 private:
  const nlohmann::json* Find(std::string_view name);

  const nlohmann::json& object_;
  std::string where_;
  std::vector<std::string> seen_;
  std::string error_;
};

}  // namespace flywheel
