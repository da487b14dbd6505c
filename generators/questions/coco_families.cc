#include "generators/questions/coco_families.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <map>
#include <set>

#include "generators/questions/directions.h"
#include "generators/questions/referents.h"
#include "generators/world/dense_labels.h"
#include "generators/world/words.h"

namespace flywheel {
namespace {

// Shares of the photo's width, height or area.
constexpr double kRegionMargin = 0.04;      // of a centre to a border of regions
constexpr double kLargestLocated = 0.2;     // area of a box that can be said to lie in one region
constexpr double kRegionOverlap = 0.05;     // of a box with a region that may be a wrong option
constexpr double kSmallestCounted = 0.001;  // area below which annotators and people miss things
constexpr double kDirectionMargin = 0.1;
constexpr int kMostCounted = 8;

double AreaShare(const SceneGraph& scene, const Box& box) {
  return box.Area() / (static_cast<double>(scene.width) * scene.height);
}

bool Shows(const SceneGraph& scene, std::string_view category) {
  return std::any_of(scene.objects.begin(), scene.objects.end(),
                     [&](const SceneObject& object) { return object.name == category; });
}

bool CaptionsMention(const SceneGraph& scene, std::string_view category) {
  return std::any_of(scene.captions.begin(), scene.captions.end(), [&](const std::string& text) {
    return MentionsCategory(TidyCaption(text), category);
  });
}

// Objects by category; those with a crowd are left out, because what is in it was not told apart.
std::map<std::string, std::vector<const SceneObject*>> Countable(const SceneGraph& scene) {
  std::map<std::string, std::vector<const SceneObject*>> by_category;
  for (const SceneObject& object : scene.objects) by_category[object.name].push_back(&object);
  std::erase_if(by_category, [](const auto& entry) {
    return std::any_of(entry.second.begin(), entry.second.end(),
                       [](const SceneObject* object) { return object->crowd; });
  });
  return by_category;
}

// The only object of its category.
std::vector<const SceneObject*> Unique(const SceneGraph& scene) {
  std::vector<const SceneObject*> unique;
  for (const auto& [category, objects] : Countable(scene)) {
    if (objects.size() == 1) unique.push_back(objects.front());
  }
  return unique;
}

void AskCaption(const SceneGraph& scene, const PhotoContext& photos, Candidates& out) {
  std::vector<std::string> wrong;
  for (const PhotoContext::Caption& caption : photos.captions) {
    // False here, because it names something that is not here.
    const bool is_false = std::any_of(
        caption.mentioned.begin(), caption.mentioned.end(), [&](const std::string& category) {
          return !Shows(scene, category) && !CaptionsMention(scene, category);
        });
    if (caption.image != scene.image && is_false) wrong.push_back(caption.text);
  }
  for (const std::string& text : scene.captions) {
    const std::string tidy = TidyCaption(text);
    if (tidy.empty()) continue;
    out.push_back(
        {.family = "caption",
         .key = "caption " + tidy,
         .phrasings = {"which sentence describes the image best?", "what is shown in the image?",
                       "which description fits the image?"},
         .answer = tidy,
         .other = wrong});
  }
}

void AskPresentCategory(const SceneGraph& scene, const PhotoContext& photos, Candidates& out) {
  std::vector<std::string> absent;
  for (const std::string& category : photos.categories) {
    if (!Shows(scene, category) && !CaptionsMention(scene, category)) absent.push_back(category);
  }
  for (const std::string& category : photos.categories) {
    const bool visible =
        std::any_of(scene.objects.begin(), scene.objects.end(), [&](const SceneObject& object) {
          return object.name == category && AreaShare(scene, object.box) >= kSmallestCounted;
        });
    if (!visible) continue;
    out.push_back(
        {.family = "present category",
         .key = "present " + category,
         .phrasings = {"which object can be seen in the image?", "which of these is in the image?",
                       "what can be found in the image?"},
         .answer = category,
         .other = absent});
  }
}

// Share of the box that lies in the region.
double Overlap(const SceneGraph& scene, const Box& box, size_t region) {
  const double width = scene.width / 3.0;
  const double height = scene.height / 3.0;
  const double left = static_cast<double>(region % 3) * width;
  const double top = static_cast<double>(region / 3) * height;
  const double x = std::min(box.x + box.width, left + width) - std::max(box.x, left);
  const double y = std::min(box.y + box.height, top + height) - std::max(box.y, top);
  return std::max(0.0, x) * std::max(0.0, y) / box.Area();
}

bool NearBorder(double at, double size) {
  const double margin = kRegionMargin * size;
  return std::abs(at - size / 3) < margin || std::abs(at - 2 * size / 3) < margin;
}

void AskCategoryLocation(const SceneGraph& scene, Candidates& out) {
  for (const SceneObject* object : Unique(scene)) {
    const Box& box = object->box;
    if (AreaShare(scene, box) > kLargestLocated || AreaShare(scene, box) < kSmallestCounted ||
        NearBorder(box.CentreX(), scene.width) || NearBorder(box.CentreY(), scene.height)) {
      continue;
    }
    const auto region = static_cast<size_t>(
        world::RegionOf(box.CentreX(), box.CentreY(), scene.width, scene.height));
    Candidate one{.family = "category location",
                  .key = "location of " + object->name,
                  .phrasings = {fmt::format("where is the {}?", object->name),
                                fmt::format("in which part of the image is the {}?", object->name),
                                fmt::format("where in the image is the {}?", object->name)},
                  .answer = std::string(world::kRegions[region]),
                  .other = {}};
    for (size_t other = 0; other < world::kRegions.size(); ++other) {
      if (other != region && Overlap(scene, box, other) <= kRegionOverlap) {
        one.other.emplace_back(world::kRegions[other]);
      }
    }
    out.push_back(std::move(one));
  }
}

void AskCategoryCount(const SceneGraph& scene, Candidates& out) {
  for (const auto& [category, objects] : Countable(scene)) {
    const auto number = static_cast<int>(objects.size());
    const bool all_visible =
        std::all_of(objects.begin(), objects.end(), [&](const SceneObject* object) {
          return AreaShare(scene, object->box) >= kSmallestCounted;
        });
    if (number > kMostCounted || !all_visible) continue;
    const std::string plural = PluralOfCategory(category);
    out.push_back({.family = "category count",
                   .key = "count " + category,
                   .phrasings = {fmt::format("how many {} are there in the image?", plural),
                                 fmt::format("how many {} can you see?", plural),
                                 fmt::format("what is the number of {}?", plural)},
                   .answer = NumberWord(number),
                   .number = number});
  }
}

// One box lies wholly beyond the other in one direction, and further that way than in the other.
void AskCategoryDirection(const SceneGraph& scene, Candidates& out) {
  const std::vector<const SceneObject*> unique = Unique(scene);
  for (const SceneObject* one : unique) {
    for (const SceneObject* other : unique) {
      if (one == other) continue;
      const Box& a = one->box;
      const Box& b = other->box;
      const double dx = a.CentreX() - b.CentreX();
      const double dy = a.CentreY() - b.CentreY();
      const double margin = kDirectionMargin * std::max(scene.width, scene.height);
      const bool apart_x = a.x + a.width <= b.x || b.x + b.width <= a.x;
      const bool apart_y = a.y + a.height <= b.y || b.y + b.height <= a.y;
      const bool along_x = apart_x && std::abs(dx) >= std::abs(dy) + margin;
      const bool along_y = apart_y && std::abs(dy) >= std::abs(dx) + margin;
      if (!along_x && !along_y) continue;
      out.push_back(DirectionQuestion(one->name, other->name, DirectionOf(dx, dy)));
    }
  }
}

bool IsLetter(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; }

bool HoldsWords(std::string_view text, std::string_view words) {
  for (size_t at = text.find(words); at != std::string_view::npos; at = text.find(words, at + 1)) {
    const size_t end = at + words.size();
    const bool begins = at == 0 || !IsLetter(text[at - 1]);
    if (begins && (end == text.size() || !IsLetter(text[end]))) return true;
  }
  return false;
}

}  // namespace

std::string PluralOfCategory(std::string_view category) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 9> kIrregular = {
      {{"person", "people"},
       {"sheep", "sheep"},
       {"skis", "skis"},
       {"wine glass", "wine glasses"},
       {"knife", "knives"},
       {"mouse", "mice"},
       {"scissors", "scissors"},
       {"broccoli", "broccoli pieces"},
       {"toothbrush", "toothbrushes"}}};
  for (const auto& [one, many] : kIrregular) {
    if (category == one) return std::string(many);
  }
  return PluralOf(category);
}

bool MentionsCategory(std::string_view text, std::string_view category) {
  return HoldsWords(text, category) || HoldsWords(text, PluralOfCategory(category));
}

PhotoContext MakePhotoContext(const std::vector<SceneGraph>& scenes) {
  std::set<std::string> categories;
  for (const SceneGraph& scene : scenes) {
    if (scene.source != SceneSource::kCoco) continue;
    for (const SceneObject& object : scene.objects) categories.insert(object.name);
  }
  PhotoContext photos{.categories = {categories.begin(), categories.end()}, .captions = {}};
  for (const SceneGraph& scene : scenes) {
    if (scene.source != SceneSource::kCoco) continue;
    for (const std::string& text : scene.captions) {
      PhotoContext::Caption caption{scene.image, TidyCaption(text), {}};
      for (const std::string& category : photos.categories) {
        if (Shows(scene, category) && MentionsCategory(caption.text, category)) {
          caption.mentioned.push_back(category);
        }
      }
      if (!caption.mentioned.empty()) photos.captions.push_back(std::move(caption));
    }
  }
  return photos;
}

Candidates CocoCandidates(const SceneGraph& scene, int type, const PhotoContext& photos) {
  Candidates candidates;
  if (type == 1) AskCaption(scene, photos, candidates);
  if (type == 2) AskPresentCategory(scene, photos, candidates);
  if (type == 4) AskCategoryLocation(scene, candidates);
  if (type == 5) AskCategoryCount(scene, candidates);
  if (type == 6) AskCategoryDirection(scene, candidates);
  return candidates;
}

}  // namespace flywheel
