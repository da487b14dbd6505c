#include "generators/coco.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <unordered_map>
#include <unordered_set>

#include "base/io/files.h"

namespace flywheel {
namespace {

using nlohmann::json;

// How far a box may reach over the edge of its picture: annotations are rounded.
constexpr double kOverhang = 1.5;  // pixels

// A record of a list of the file, with errors that say which.
class Record {
 public:
  Record(const json& value, std::string where) : value_(value), where_(std::move(where)) {
    if (value_.is_object() && value_.contains("id") && value_["id"].is_number_integer()) {
      where_ += fmt::format(" (id {})", value_["id"].get<int64_t>());
    }
  }

  Status Fail(std::string_view problem) const {
    return InvalidArgument(fmt::format("{}: {}", where_, problem));
  }
  Result<int64_t> Integer(const char* name) const {
    const json* member = Find(name);
    if (member == nullptr || !member->is_number_integer())
      return Fail(fmt::format("{}: expected a whole number, found {}", name, Text(member)));
    return member->get<int64_t>();
  }
  Result<std::string> String(const char* name) const {
    const json* member = Find(name);
    if (member == nullptr || !member->is_string() || member->get_ref<const std::string&>().empty())
      return Fail(fmt::format("{}: expected text, found {}", name, Text(member)));
    return member->get<std::string>();
  }
  Result<Box> ReadBox() const {
    const json* member = Find("bbox");
    const bool numbers = member != nullptr && member->is_array() && member->size() == 4 &&
                         std::all_of(member->begin(), member->end(),
                                     [](const json& one) { return one.is_number(); });
    if (!numbers)
      return Fail(fmt::format("bbox: expected [x, y, width, height], found {}", Text(member)));
    const Box box = {(*member)[0].get<double>(), (*member)[1].get<double>(),
                     (*member)[2].get<double>(), (*member)[3].get<double>()};
    if (!(box.width >= 0 && box.height >= 0))
      return Fail(
          fmt::format("bbox: expected a width and height of 0 or more, found {}", Text(member)));
    return box;
  }
  bool Has(const char* name) const { return Find(name) != nullptr; }

 private:
  const json* Find(const char* name) const {
    if (!value_.is_object()) return nullptr;
    const auto found = value_.find(name);
    return found == value_.end() ? nullptr : &*found;
  }
  static std::string Text(const json* member) {
    return member == nullptr ? "nothing"
                             : member->dump(-1, ' ', false, json::error_handler_t::replace);
  }

  const json& value_;
  std::string where_;
};

// The file without its outlines of objects, which are most of it and not needed.
Result<json> ReadFileWithoutOutlines(const std::string& path) {
  FW_ASSIGN(const std::string text, ReadFile(path));
  const auto keep = [](int, json::parse_event_t event, json& parsed) {
    return event != json::parse_event_t::key || parsed != "segmentation";
  };
  try {
    json value = json::parse(text, keep);
    if (value.is_object()) return value;
  } catch (const json::exception& error) {
    return InvalidArgument(fmt::format("{}: not valid JSON: {}", path, error.what()));
  }
  return InvalidArgument(fmt::format("{}: expected an object with images and annotations", path));
}

using ReadRecord = std::function<Status(const Record& record)>;

// Calls `read` with each record of the list `name`.
Status ForEachRecord(const std::string& path, const json& file, const char* name,
                     const ReadRecord& read) {
  const auto list = file.find(name);
  if (list == file.end() || !list->is_array())
    return InvalidArgument(fmt::format("{}: {}: expected an array", path, name));
  for (size_t i = 0; i < list->size(); ++i) {
    FW_TRY(read(Record((*list)[i], fmt::format("{}: {}[{}]", path, name, i))));
  }
  return OkStatus();
}

struct Reading {
  const CocoFiles& files;
  std::vector<SceneGraph> scenes = {};
  std::unordered_map<int64_t, size_t> scene_of_image = {};
  std::map<int64_t, std::string> categories = {};
  std::unordered_set<int64_t> annotations = {};
};

std::string Join(const std::string& folder, const std::string& name) {
  return folder.empty() ? name : (std::filesystem::path(folder) / name).string();
}

Status AddImage(Reading& reading, const Record& record) {
  FW_ASSIGN(const int64_t id, record.Integer("id"));
  SceneGraph scene;
  scene.source = SceneSource::kCoco;
  FW_ASSIGN(const std::string file_name, record.String("file_name"));
  FW_ASSIGN(const int64_t width, record.Integer("width"));
  FW_ASSIGN(const int64_t height, record.Integer("height"));
  constexpr int64_t kMaxSide = 1 << 20;
  if (width < 1 || height < 1 || width > kMaxSide || height > kMaxSide) {
    return record.Fail(fmt::format("expected a size from 1 x 1 to {0} x {0}, found {1} x {2}",
                                   kMaxSide, width, height));
  }
  scene.image = Join(reading.files.images, file_name);
  scene.width = static_cast<int32_t>(width);
  scene.height = static_cast<int32_t>(height);
  const std::string path = Join(reading.files.root, scene.image);
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) {
    return NotFound(record.Fail(fmt::format("there is no picture {}", path)).message());
  }
  if (!reading.scene_of_image.emplace(id, reading.scenes.size()).second)
    return record.Fail("id: comes twice");
  reading.scenes.push_back(std::move(scene));
  return OkStatus();
}

Status AddCategory(Reading& reading, const Record& record) {
  FW_ASSIGN(const int64_t id, record.Integer("id"));
  FW_ASSIGN(const std::string name, record.String("name"));
  if (!reading.categories.emplace(id, name).second) return record.Fail("id: comes twice");
  return OkStatus();
}

Result<SceneGraph*> SceneOf(Reading& reading, const Record& record) {
  FW_ASSIGN(const int64_t image, record.Integer("image_id"));
  const auto found = reading.scene_of_image.find(image);
  if (found == reading.scene_of_image.end())
    return record.Fail(fmt::format("image_id {} is not in images", image));
  return &reading.scenes[found->second];
}

// At least a pixel each way, inside the picture.
Box SmallestBoxAt(const Box& box, const SceneGraph& scene) {
  const double width = std::max(box.width, 1.0);
  const double height = std::max(box.height, 1.0);
  return {std::clamp(box.x, 0.0, scene.width - width),
          std::clamp(box.y, 0.0, scene.height - height), width, height};
}

Status AddAnnotation(Reading& reading, const Record& record) {
  SceneObject object;
  FW_ASSIGN(object.id, record.Integer("id"));
  if (!reading.annotations.insert(object.id).second) return record.Fail("id: comes twice");
  FW_ASSIGN(SceneGraph * scene, SceneOf(reading, record));
  FW_ASSIGN(const int64_t category, record.Integer("category_id"));
  const auto found = reading.categories.find(category);
  if (found == reading.categories.end())
    return record.Fail(fmt::format("category_id {} is not in categories", category));
  object.name = found->second;
  FW_ASSIGN(object.box, record.ReadBox());
  const Box& box = object.box;
  if (box.x < -kOverhang || box.y < -kOverhang || box.x + box.width > scene->width + kOverhang ||
      box.y + box.height > scene->height + kOverhang) {
    return record.Fail(fmt::format("bbox: [{}, {}, {}, {}] reaches out of a picture of {} x {}",
                                   box.x, box.y, box.width, box.height, scene->width,
                                   scene->height));
  }
  if (record.Has("iscrowd")) {
    FW_ASSIGN(const int64_t crowd, record.Integer("iscrowd"));
    if (crowd != 0 && crowd != 1)
      return record.Fail(fmt::format("iscrowd: expected 0 or 1, found {}", crowd));
    object.crowd = crowd == 1;
  }
  // The full COCO has a few boxes without area: something is there, but not where or how large.
  if (box.width == 0 || box.height == 0) {
    object.crowd = true;
    object.box = SmallestBoxAt(box, *scene);
  }
  scene->objects.push_back(std::move(object));
  return OkStatus();
}

Status AddCaption(Reading& reading, const Record& record) {
  FW_ASSIGN(SceneGraph * scene, SceneOf(reading, record));
  FW_ASSIGN(std::string caption, record.String("caption"));
  scene->captions.push_back(std::move(caption));
  return OkStatus();
}

}  // namespace

Result<std::vector<SceneGraph>> ReadCoco(const CocoFiles& files) {
  Reading reading{.files = files};
  const std::string instances = Join(files.root, files.instances);
  FW_ASSIGN(const json file, ReadFileWithoutOutlines(instances));
  const auto each = [&](const json& from, const std::string& path, const char* name, auto add) {
    return ForEachRecord(path, from, name,
                         [&](const Record& record) { return add(reading, record); });
  };
  FW_TRY(each(file, instances, "images", AddImage));
  FW_TRY(each(file, instances, "categories", AddCategory));
  FW_TRY(each(file, instances, "annotations", AddAnnotation));
  if (!files.captions.empty()) {
    const std::string captions = Join(files.root, files.captions);
    FW_ASSIGN(const json texts, ReadFileWithoutOutlines(captions));
    FW_TRY(each(texts, captions, "annotations", AddCaption));
  }
  return std::move(reading.scenes);
}

const std::array<std::string_view, 80> kCocoCategories = {
    "person",        "bicycle",      "car",
    "motorcycle",    "airplane",     "bus",
    "train",         "truck",        "boat",
    "traffic light", "fire hydrant", "stop sign",
    "parking meter", "bench",        "bird",
    "cat",           "dog",          "horse",
    "sheep",         "cow",          "elephant",
    "bear",          "zebra",        "giraffe",
    "backpack",      "umbrella",     "handbag",
    "tie",           "suitcase",     "frisbee",
    "skis",          "snowboard",    "sports ball",
    "kite",          "baseball bat", "baseball glove",
    "skateboard",    "surfboard",    "tennis racket",
    "bottle",        "wine glass",   "cup",
    "fork",          "knife",        "spoon",
    "bowl",          "banana",       "apple",
    "sandwich",      "orange",       "broccoli",
    "carrot",        "hot dog",      "pizza",
    "donut",         "cake",         "chair",
    "couch",         "potted plant", "bed",
    "dining table",  "toilet",       "tv",
    "laptop",        "mouse",        "remote",
    "keyboard",      "cell phone",   "microwave",
    "oven",          "toaster",      "sink",
    "refrigerator",  "book",         "clock",
    "vase",          "scissors",     "teddy bear",
    "hair drier",    "toothbrush"};

}  // namespace flywheel
