#include "pool/training/question_grammar.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/io/json.h"
#include "base/rng.h"
#include "pool/text/type_model.h"

namespace flywheel {
namespace {

using nlohmann::json;

constexpr int kMostNesting = 6;
// Tries a template may take before its type is said to be exhausted.
constexpr int kTriesAQuestion = 200;

class Expander {
 public:
  Expander(const QuestionGrammar& grammar, uint64_t seed) : grammar_(grammar), rng_(seed) {}

  Result<std::string> Question(const std::string& pattern) {
    FW_ASSIGN(std::string plain, Expand(pattern, 0));
    plain = OneSpaced(plain);
    std::string text = rng_.Pick(grammar_.registers);
    Replace("{question}", plain, &text);
    std::string lower = plain;
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return std::tolower(c); });
    if (lower.ends_with('?') && rng_.Chance(0.5)) lower.pop_back();
    Replace("{lower}", lower, &text);
    return text;
  }

 private:
  static void Replace(std::string_view what, const std::string& by, std::string* text) {
    const size_t at = text->find(what);
    if (at != std::string::npos) text->replace(at, what.size(), by);
  }

  // Without the double spaces that an empty alternative leaves.
  static std::string OneSpaced(std::string text) {
    const auto end =
        std::unique(text.begin(), text.end(), [](char a, char b) { return a == ' ' && b == ' '; });
    text.erase(end, text.end());
    while (text.starts_with(' ')) text.erase(0, 1);
    for (size_t at; (at = text.find(" ?")) != std::string::npos;) text.erase(at, 1);
    return text;
  }

  Result<std::string> Expand(const std::string& pattern, int depth) {
    if (depth > kMostNesting) return InvalidArgument("slots that name each other: " + pattern);
    std::string text;
    for (size_t at = 0; at < pattern.size();) {
      const char open = pattern[at];
      if (open != '[' && open != '{') {
        text += open;
        ++at;
        continue;
      }
      const size_t end = pattern.find(open == '[' ? ']' : '}', at);
      if (end == std::string::npos) {
        return InvalidArgument(fmt::format("\"{}\": a {} without its end", pattern, open));
      }
      const std::string inside = pattern.substr(at + 1, end - at - 1);
      FW_ASSIGN(const std::string chosen,
                open == '[' ? Expand(Alternative(inside), depth + 1) : Slot(inside, depth));
      text += chosen;
      at = end + 1;
    }
    return text;
  }

  std::string Alternative(const std::string& inside) {
    std::vector<std::string> all(1);
    for (const char c : inside) {
      if (c == '|') {
        all.emplace_back();
      } else {
        all.back() += c;
      }
    }
    return rng_.Pick(all);
  }

  Result<std::string> Slot(const std::string& inside, int depth) {
    const bool article = inside.starts_with("a:");
    const std::string name = article ? inside.substr(2) : inside;
    if (name == "box") return Box();
    const auto slot = grammar_.slots.find(name);
    if (slot == grammar_.slots.end()) {
      return InvalidArgument(fmt::format("{{{}}}: there is no such slot", name));
    }
    FW_ASSIGN(const std::string text, Expand(rng_.Pick(slot->second), depth + 1));
    if (!article) return text;
    const bool vowel = text.find_first_of("aeiou") == 0;
    return (vowel ? "an " : "a ") + text;
  }

  std::string Box() {
    const double left = rng_.Unit() * 0.6, top = rng_.Unit() * 0.6;
    return fmt::format("[{:.3f}, {:.3f}, {:.3f}, {:.3f}]", left, top,
                       left + 0.05 + rng_.Unit() * 0.3, top + 0.05 + rng_.Unit() * 0.3);
  }

  const QuestionGrammar& grammar_;
  Rng rng_;
};

Status ExpandType(const std::vector<std::string>& templates, size_t wanted, int type,
                  Expander* expander, std::vector<LabelledQuestion>* questions) {
  std::set<std::string> seen;
  const size_t tries = wanted * kTriesAQuestion;
  for (size_t at = 0; seen.size() < wanted; ++at) {
    if (at == tries) {
      return FailedPrecondition(
          fmt::format("type {}: {} different questions, {} wanted", type, seen.size(), wanted));
    }
    Result<std::string> text = expander->Question(templates[at % templates.size()]);
    if (!text.ok()) return text.status().WithContext(templates[at % templates.size()]);
    if (seen.insert(*text).second) questions->push_back({*std::move(text), type});
  }
  return OkStatus();
}

}  // namespace

Result<QuestionGrammar> ReadQuestionGrammar(const std::string& path) {
  FW_ASSIGN(const json value, ReadJsonFile(path));
  QuestionGrammar grammar;
  try {
    value.at("slots").get_to(grammar.slots);
    value.at("registers").get_to(grammar.registers);
    for (const auto& [type, templates] : value.at("templates").items()) {
      if (type.size() != 1 || type[0] < '0' || type[0] > '9') {
        return InvalidArgument(fmt::format("{}: templates.{}: expected 0 to 9", path, type));
      }
      templates.get_to(grammar.templates[type[0] - '0']);
      if (templates.empty()) {
        return InvalidArgument(fmt::format("{}: templates.{}: is empty", path, type));
      }
    }
  } catch (const json::exception& error) {
    return InvalidArgument(fmt::format("{}: {}", path, error.what()));
  }
  if (grammar.registers.empty()) return InvalidArgument(path + ": registers: is empty");
  return grammar;
}

Result<std::vector<LabelledQuestion>> ExpandGrammar(const QuestionGrammar& grammar, int count,
                                                    uint64_t seed) {
  Expander expander(grammar, seed);
  std::vector<LabelledQuestion> questions;
  for (const auto& [type, templates] : grammar.templates) {
    const size_t wanted = static_cast<size_t>(count) * (type == 0 ? 2 : 1);
    FW_TRY(ExpandType(templates, wanted, type, &expander, &questions));
  }
  return questions;
}

}  // namespace flywheel
