#include "oracle.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <regex>
#include <set>
#include <vector>

namespace flywheel::oracle {
namespace {

const std::set<std::string> kAgents = {"man", "woman", "robot"};
const std::vector<std::string> kNumbers = {"zero", "one", "two",   "three", "four",
                                           "five", "six", "seven", "eight", "nine"};

using Objects = std::vector<SceneObject>;

Objects Shapes(const SceneGraph& scene) {
  Objects shapes;
  for (const SceneObject& object : scene.objects) {
    if (!kAgents.contains(object.name)) shapes.push_back(object);
  }
  return shapes;
}

// Shapes that "star", "red star", "red" or "shapes" speak of.
Objects Matching(const SceneGraph& scene, const std::string& words) {
  Objects found;
  for (const SceneObject& shape : Shapes(scene)) {
    if (words == "shapes" || words == shape.name || words == shape.colour ||
        words == shape.colour + " " + shape.name) {
      found.push_back(shape);
    }
  }
  return found;
}

std::optional<SceneObject> Single(const SceneGraph& scene, const std::string& words) {
  const Objects found = Matching(scene, words);
  if (found.size() != 1) return std::nullopt;
  return found.front();
}

std::string Singular(const std::string& words) {
  if (words == "shapes") return words;
  if (words == "crosses") return "cross";
  const std::string suffix = " shapes";
  if (words.ends_with(suffix)) return words.substr(0, words.size() - suffix.size());
  return words.substr(0, words.size() - 1);
}

std::string Region(const SceneGraph& scene, const Box& box) {
  const std::vector<std::vector<std::string>> names = {{"top left", "top", "top right"},
                                                       {"left", "center", "right"},
                                                       {"bottom left", "bottom", "bottom right"}};
  const auto third = [](double at, int size) {
    return at < size / 3.0 ? 0 : at < size * 2 / 3.0 ? 1 : 2;
  };
  return names[static_cast<size_t>(third(box.y + box.height / 2, scene.height))]
              [static_cast<size_t>(third(box.x + box.width / 2, scene.width))];
}

std::string Direction(const Box& one, const Box& other) {
  const double dx = (one.x + one.width / 2) - (other.x + other.width / 2);
  const double dy = (one.y + one.height / 2) - (other.y + other.height / 2);
  // Eight pixels more one way than the other, or it is not certain.
  if (std::abs(dx) >= std::abs(dy) + 8) return dx > 0 ? "to the right" : "to the left";
  if (std::abs(dy) >= std::abs(dx) + 8) return dy > 0 ? "below" : "above";
  return "uncertain";
}

using Judge = std::function<std::optional<bool>(const SceneGraph&, const std::smatch&,
                                                const std::string& option)>;

std::optional<bool> JudgeCount(const Objects& objects, const std::string& option) {
  return objects.size() < kNumbers.size() && option == kNumbers[objects.size()];
}

std::optional<bool> JudgeRemaining(const SceneGraph& scene, const std::smatch& match,
                                   const std::string& option) {
  Objects left;
  for (const SceneObject& shape : Shapes(scene)) {
    if (shape.colour != match[1]) left.push_back(shape);
  }
  return JudgeCount(left, option);
}

std::optional<bool> JudgeCommonColour(const SceneGraph& scene, const std::smatch&,
                                      const std::string& option) {
  std::map<std::string, int> counts;
  for (const SceneObject& shape : Shapes(scene)) ++counts[shape.colour];
  for (const auto& [colour, count] : counts) {
    if (colour != option && count >= counts[option]) return false;
  }
  return counts[option] > 0;
}

// The relation whose agent is `agent`, when there is one such agent.
const SceneRelation* RelationOf(const SceneGraph& scene, const std::string& agent) {
  const SceneRelation* found = nullptr;
  for (const SceneRelation& relation : scene.relations) {
    if (FindObject(scene, relation.subject)->name != agent) continue;
    if (found != nullptr) return nullptr;
    found = &relation;
  }
  return found;
}

std::optional<bool> JudgeAction(const SceneGraph& scene, const std::smatch& match,
                                const std::string& option) {
  const SceneRelation* relation = RelationOf(scene, match[1]);
  if (relation == nullptr) return std::nullopt;
  if (match.size() > 2) {
    const auto object = Single(scene, match[2]);
    if (!object || object->id != relation->object) return std::nullopt;
  }
  return option == relation->predicate;
}

std::optional<bool> JudgeActionObject(const SceneGraph& scene, const std::smatch& match,
                                      const std::string& option) {
  const SceneRelation* relation = RelationOf(scene, match[1]);
  if (relation == nullptr || relation->predicate != match[2]) return std::nullopt;
  return option == FindObject(scene, relation->object)->name;
}

std::optional<bool> JudgeDescription(const SceneGraph& scene, const std::smatch& match,
                                     const std::string& option) {
  const auto shape = Single(scene, match[1]);
  if (!shape) return std::nullopt;
  return option == shape->size + " and " + shape->colour;
}

std::optional<bool> JudgeDirection(const SceneGraph& scene, const std::string& one,
                                   const std::pair<std::string, std::string>& other_and_option) {
  const auto a = Single(scene, one);
  const auto b = Single(scene, other_and_option.first);
  if (!a || !b || a->id == b->id) return std::nullopt;
  const std::string direction = Direction(a->box, b->box);
  if (direction == "uncertain") return std::nullopt;
  return other_and_option.second == direction;
}

const std::map<std::string, std::string> kBelongs = {
    {"beach", "sandcastle"}, {"street", "bus"},  {"kitchen", "pan"},    {"forest", "deer"},
    {"desert", "camel"},     {"ocean", "whale"}, {"mountain", "skier"}, {"farm", "tractor"}};
const std::map<std::string, std::string> kDoes = {{"morning", "eat breakfast"},
                                                  {"noon", "eat lunch"},
                                                  {"evening", "eat dinner"},
                                                  {"night", "sleep"}};

struct Rule {
  std::regex words;
  Judge judge;
};

Judge Equals(std::function<std::string(const SceneGraph&)> truth) {
  return
      [truth](const SceneGraph& scene, const std::smatch&,
              const std::string& option) -> std::optional<bool> { return option == truth(scene); };
}

Judge OfSingle(std::function<std::string(const SceneGraph&, const SceneObject&)> truth) {
  return [truth](const SceneGraph& scene, const std::smatch& match,
                 const std::string& option) -> std::optional<bool> {
    const auto shape = Single(scene, match[1]);
    if (!shape) return std::nullopt;
    return option == truth(scene, *shape);
  };
}

constexpr std::string_view kColours = "red|green|blue|yellow|purple|orange|pink|white";
constexpr std::string_view kNames = "circle|square|triangle|diamond|cross|star|heart|ring";

// Groups for the words of a rule: COLOUR, THING ("star" or "red star"), AGENT and ACTION.
Rule MakeRule(std::string words, Judge judge) {
  const auto fill = [&](std::string_view place, const std::string& group) {
    for (size_t at = words.find(place); at != std::string::npos; at = words.find(place)) {
      words.replace(at, place.size(), group);
    }
  };
  const std::string colours(kColours);
  fill("COLOUR", "(" + colours + ")");
  fill("THING", "((?:" + colours + ")? ?(?:" + std::string(kNames) + "))");
  fill("AGENT", "(man|woman|robot)");
  fill("ACTION", "(holding|balancing|standing on|kicking|pulling)");
  return {std::regex(words + "\\?"), std::move(judge)};
}

// About the scene as a whole.
void AddSceneRules(std::vector<Rule>& rules) {
  const Judge place = Equals([](const SceneGraph& scene) { return scene.place; });
  const Judge belongs = Equals([](const SceneGraph& scene) { return kBelongs.at(scene.place); });
  const Judge does = Equals([](const SceneGraph& scene) { return kDoes.at(scene.daylight); });
  const Judge sign = Equals([](const SceneGraph& scene) {
    return scene.texts.size() == 1 ? scene.texts.front().text : "no single sign";
  });
  const Judge present = [](const SceneGraph& scene, const std::smatch&,
                           const std::string& option) -> std::optional<bool> {
    return !Matching(scene, option).empty();
  };
  const auto add = [&](const char* words, const Judge& judge) {
    rules.push_back(MakeRule(words, judge));
  };
  add("(?:what place is shown in the image|where was this picture taken|which scene is this)",
      place);
  add("(?:what|which) time of day is (?:it|shown in the image)",
      Equals([](const SceneGraph& scene) { return scene.daylight; }));
  add("what would you most likely find here", belongs);
  add("which of these belongs here", belongs);
  add("what fits this place best", belongs);
  add("what do people usually do at this time of day", does);
  add("what would people most likely do now", does);
  add("(?:what does the sign say|what is written on the sign|what can be read on the sign)", sign);
  add("(?:which object can be seen|which of these is) in the image", present);
  add("which shape is shown", present);
}

// About one shape, or one as seen from another.
void AddShapeRules(std::vector<Rule>& rules) {
  const Judge located = OfSingle(
      [](const SceneGraph& scene, const SceneObject& one) { return Region(scene, one.box); });
  const Judge coloured =
      OfSingle([](const SceneGraph&, const SceneObject& one) { return one.colour; });
  const Judge shaped = OfSingle([](const SceneGraph&, const SceneObject& one) { return one.name; });
  const Judge seen = [](const SceneGraph& scene, const std::smatch& match,
                        const std::string& option) {
    return JudgeDirection(scene, match[1], {match[2], option});
  };
  const Judge seen_from = [](const SceneGraph& scene, const std::smatch& match,
                             const std::string& option) {
    return JudgeDirection(scene, match[2], {match[1], option});
  };
  const auto add = [&](const char* words, const Judge& judge) {
    rules.push_back(MakeRule(words, judge));
  };
  add("what is the COLOUR object", shaped);
  add("which shape is COLOUR", shaped);
  add("what shape is the COLOUR object", shaped);
  add("what color is the THING", coloured);
  add("what is the color of the THING", coloured);
  add("which color does the THING have", coloured);
  add("which description fits the THING", JudgeDescription);
  add("how does the THING look", JudgeDescription);
  add("what does the THING look like", JudgeDescription);
  add("where is the THING relative to the THING", seen);
  add("seen from the THING, where is the THING", seen_from);
  add("where is the THING", located);
  add("in which part of the image is the THING", located);
  add("where in the image is the THING", located);
}

// About how many there are, and what agents do.
void AddCountAndActionRules(std::vector<Rule>& rules) {
  const Judge count = [](const SceneGraph& scene, const std::smatch& match,
                         const std::string& option) {
    return JudgeCount(Matching(scene, Singular(match[1])), option);
  };
  const auto add = [&](const char* words, const Judge& judge) {
    rules.push_back(MakeRule(words, judge));
  };
  add("how many (.*) are there in the image", count);
  add("how many (.*) can you see", count);
  add("what is the number of (.*)", count);
  add("how many shapes remain if the COLOUR ones are removed", JudgeRemaining);
  add("if all COLOUR shapes are taken away, how many are left", JudgeRemaining);
  add("which color is most common among the shapes", JudgeCommonColour);
  add("what is the most common color of the shapes", JudgeCommonColour);
  add("what is the AGENT doing", JudgeAction);
  add("which action is the AGENT doing", JudgeAction);
  add("what is the AGENT doing with the THING", JudgeAction);
  add("what does the AGENT do with the THING", JudgeAction);
  add("what is the AGENT ACTION", JudgeActionObject);
  add("which object is the AGENT ACTION", JudgeActionObject);
}

std::vector<Rule> MakeRules() {
  std::vector<Rule> rules;
  AddSceneRules(rules);
  AddShapeRules(rules);
  AddCountAndActionRules(rules);
  return rules;
}

}  // namespace

std::optional<bool> IsRight(const SceneGraph& scene, const std::string& question,
                            const std::string& option) {
  static const std::vector<Rule> kRules = MakeRules();
  for (const Rule& rule : kRules) {
    std::smatch match;
    if (std::regex_match(question, match, rule.words)) return rule.judge(scene, match, option);
  }
  return std::nullopt;
}

}  // namespace flywheel::oracle
