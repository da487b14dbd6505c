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

std::vector<Rule> MakeRules() {
  const std::string colour = "(red|green|blue|yellow|purple|orange|pink|white)";
  const std::string thing = "((?:" + colour.substr(1, colour.size() - 2) +
                            ")? ?(?:circle|square|triangle|diamond|cross|star|heart|ring))";
  const std::string agent = "(man|woman|robot)";
  const Judge count = [](const SceneGraph& scene, const std::smatch& match,
                         const std::string& option) {
    return JudgeCount(Matching(scene, Singular(match[1])), option);
  };
  const Judge located = OfSingle(
      [](const SceneGraph& scene, const SceneObject& one) { return Region(scene, one.box); });
  const Judge coloured =
      OfSingle([](const SceneGraph&, const SceneObject& one) { return one.colour; });
  const Judge shaped = OfSingle([](const SceneGraph&, const SceneObject& one) { return one.name; });
  const Judge present = [](const SceneGraph& scene, const std::smatch&,
                           const std::string& option) -> std::optional<bool> {
    return !Matching(scene, option).empty();
  };
  const auto rule = [](const std::string& words, Judge judge) {
    return Rule{std::regex(words), std::move(judge)};
  };
  return {
      rule("what place is shown in the image\\?|where was this picture taken\\?|which scene is "
           "this\\?",
           Equals([](const SceneGraph& scene) { return scene.place; })),
      rule("(?:what|which) time of day is (?:it|shown in the image)\\?",
           Equals([](const SceneGraph& scene) { return scene.daylight; })),
      rule("what would you most likely find here\\?|which of these belongs here\\?|what fits this "
           "place best\\?",
           Equals([](const SceneGraph& scene) { return kBelongs.at(scene.place); })),
      rule("what do people usually do at this time of day\\?|what would people most likely do "
           "now\\?",
           Equals([](const SceneGraph& scene) { return kDoes.at(scene.daylight); })),
      rule("what does the sign say\\?|what is written on the sign\\?|what can be read on the "
           "sign\\?",
           Equals([](const SceneGraph& scene) {
             return scene.texts.size() == 1 ? scene.texts.front().text : "no single sign";
           })),
      rule("which object can be seen in the image\\?|which of these is in the image\\?|which shape "
           "is "
           "shown\\?",
           present),
      rule("which color is most common among the shapes\\?|what is the most common color of the "
           "shapes\\?",
           JudgeCommonColour),
      rule("what is the " + colour + " object\\?", shaped),
      rule("which shape is " + colour + "\\?", shaped),
      rule("what shape is the " + colour + " object\\?", shaped),
      rule("what color is the " + thing + "\\?", coloured),
      rule("what is the color of the " + thing + "\\?", coloured),
      rule("which color does the " + thing + " have\\?", coloured),
      rule("which description fits the " + thing + "\\?", JudgeDescription),
      rule("how does the " + thing + " look\\?", JudgeDescription),
      rule("what does the " + thing + " look like\\?", JudgeDescription),
      rule("where is the " + thing + " relative to the " + thing + "\\?",
           [](const SceneGraph& scene, const std::smatch& match, const std::string& option) {
             return JudgeDirection(scene, match[1], {match[2], option});
           }),
      rule("seen from the " + thing + ", where is the " + thing + "\\?",
           [](const SceneGraph& scene, const std::smatch& match, const std::string& option) {
             return JudgeDirection(scene, match[2], {match[1], option});
           }),
      rule("where is the " + thing + "\\?", located),
      rule("in which part of the image is the " + thing + "\\?", located),
      rule("where in the image is the " + thing + "\\?", located),
      rule("how many (.*) are there in the image\\?", count),
      rule("how many (.*) can you see\\?", count),
      rule("what is the number of (.*)\\?", count),
      rule("how many shapes remain if the " + colour + " ones are removed\\?", JudgeRemaining),
      rule("if all " + colour + " shapes are taken away, how many are left\\?", JudgeRemaining),
      rule("what is the " + agent + " doing\\?", JudgeAction),
      rule("which action is the " + agent + " doing\\?", JudgeAction),
      rule("what is the " + agent + " doing with the " + thing + "\\?", JudgeAction),
      rule("what does the " + agent + " do with the " + thing + "\\?", JudgeAction),
      rule("what is the " + agent + " (holding|balancing|standing on|kicking|pulling)\\?",
           JudgeActionObject),
      rule("which object is the " + agent + " (holding|balancing|standing on|kicking|pulling)\\?",
           JudgeActionObject),
  };
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
