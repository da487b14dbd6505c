#include "workers/llava/packing.h"

#include <algorithm>

#include "base/check.h"

namespace flywheel::llava {
namespace {

constexpr size_t kNoParent = SIZE_MAX;

// A stretch of text tokens, each of which sees the image, the parent and its own past.
struct Segment {
  int64_t first = 0;  // row among all tokens
  int64_t count = 0;
  int64_t column = 0;  // of its first key among the columns of its group
  size_t parent = kNoParent;
};

// The texts of one image.
struct Texts {
  int64_t image_row = 0;  // first image token
  int64_t first_row = 0;
  std::vector<Segment> segments;
};

// Adds to `plan` the queries `rows` (ascending rows of these texts), which lie in the query tensor
// from `first_query` on.
void AddTexts(const Texts& texts, int64_t image_tokens, std::span<const int64_t> rows,
              int64_t first_query, AttentionPlan* plan) {
  if (rows.empty()) return;
  int64_t columns = image_tokens;
  for (const Segment& segment : texts.segments) {
    columns = std::max(columns, segment.column + segment.count);
  }
  plan->StartGroup(first_query, static_cast<int64_t>(rows.size()), columns);
  plan->AddBlock({0, static_cast<int64_t>(rows.size()), texts.image_row, image_tokens, 0});
  auto next = rows.begin();
  for (const Segment& segment : texts.segments) {
    const int64_t begin = next - rows.begin();
    for (; next != rows.end() && *next < segment.first + segment.count; ++next) {
      plan->SetWidth(next - rows.begin(), segment.column + *next - segment.first + 1);
    }
    const int64_t count = next - rows.begin() - begin;
    if (count == 0) continue;
    plan->AddBlock({begin, count, segment.first, segment.count, segment.column});
    if (segment.parent == kNoParent) continue;
    const Segment& parent = texts.segments[segment.parent];
    plan->AddBlock({begin, count, parent.first, parent.count, parent.column});
  }
}

// Collects tokens image by image and makes both plans.
class Packer {
 public:
  Packer(const LlavaConfig& config, size_t images)
      : image_tokens_(config.image_tokens()),
        start_(config.turn_position_start == 0 ? image_tokens_ : config.turn_position_start),
        images_(static_cast<int64_t>(images)) {
    for (int64_t image = 0; image < images_; ++image) {
      plan_.StartGroup(image * image_tokens_, image_tokens_, image_tokens_);
      plan_.AddBlock({0, image_tokens_, image * image_tokens_, image_tokens_, 0});
      for (int64_t p = 0; p < image_tokens_; ++p) {
        positions_.push_back(static_cast<int32_t>(p));
        plan_.SetWidth(p, p + 1);
      }
    }
  }

  void StartImage(int64_t image) {
    texts_ = {image * image_tokens_, next_row(), {}};
    first_selected_ = selected_.size();
  }

  // The first `count` of `tokens`, after `before` tokens of the same text. Returns the segment.
  size_t Append(std::span<const int32_t> tokens, int64_t before, size_t parent) {
    texts_.segments.push_back(
        {next_row(), static_cast<int64_t>(tokens.size()), image_tokens_ + before, parent});
    for (size_t i = 0; i < tokens.size(); ++i) {
      ids_.push_back(tokens[i]);
      positions_.push_back(static_cast<int32_t>(start_ + before + static_cast<int64_t>(i)));
    }
    return texts_.segments.size() - 1;
  }

  // Asks for the prediction after `row`; returns its index among the selected.
  int64_t Select(int64_t row) {
    FW_CHECK(selected_.empty() || selected_.back() < row, "tokens are selected in their order");
    selected_.push_back(row);
    return static_cast<int64_t>(selected_.size()) - 1;
  }

  void FinishImage() {
    std::vector<int64_t> rows;
    for (int64_t row = texts_.first_row; row < next_row(); ++row) rows.push_back(row);
    AddTexts(texts_, image_tokens_, rows, texts_.first_row, &plan_);
    AddTexts(texts_, image_tokens_, std::span(selected_).subspan(first_selected_),
             static_cast<int64_t>(first_selected_), &last_plan_);
  }

  PackedBatch Finish(const std::vector<int64_t>& targets) {
    PackedBatch batch;
    batch.images = images_;
    batch.token_ids = at::tensor(ids_, at::kLong);
    std::vector<int32_t> selected_positions;
    for (int64_t row : selected_) {
      selected_positions.push_back(positions_[static_cast<size_t>(row)]);
    }
    batch.selected_positions =
        std::make_shared<const std::vector<int32_t>>(std::move(selected_positions));
    batch.positions = std::make_shared<const std::vector<int32_t>>(std::move(positions_));
    batch.plan = std::make_shared<const AttentionPlan>(std::move(plan_));
    batch.last_plan = std::make_shared<const AttentionPlan>(std::move(last_plan_));
    batch.selected = at::tensor(selected_, at::kLong);
    batch.targets = at::tensor(targets, at::kLong);
    return batch;
  }

  int64_t next_row() const { return images_ * image_tokens_ + static_cast<int64_t>(ids_.size()); }

 private:
  int64_t image_tokens_;
  int64_t start_;
  int64_t images_;
  Texts texts_;
  size_t first_selected_ = 0;
  std::vector<int64_t> ids_;
  std::vector<int32_t> positions_;
  std::vector<int64_t> selected_;
  AttentionPlan plan_;
  AttentionPlan last_plan_;
};

void PackQuestion(const OptionQuestion& question, Packer* packer, PackedQuestions* packed) {
  const auto prompt_size = static_cast<int64_t>(question.prompt.size());
  const size_t prompt = packer->Append(question.prompt, 0, kNoParent);
  const int64_t after_prompt = packer->Select(packer->next_row() - 1);
  std::vector<std::vector<OptionToken>>& options = packed->options.emplace_back();
  for (const std::vector<int32_t>& option : question.options) {
    FW_CHECK(!option.empty(), "an option has a token");
    std::vector<OptionToken>& tokens = options.emplace_back();
    tokens.push_back({after_prompt, option[0]});
    if (option.size() == 1) continue;
    const int64_t first = packer->next_row();
    // The last token is predicted, never read.
    packer->Append(std::span(option).first(option.size() - 1), prompt_size, prompt);
    for (size_t i = 1; i < option.size(); ++i) {
      tokens.push_back({packer->Select(first + static_cast<int64_t>(i) - 1), option[i]});
    }
  }
}

}  // namespace

PackedBatch PackTurns(const LlavaConfig& config, std::span<const TrainingRow* const> rows) {
  Packer packer(config, rows.size());
  std::vector<int64_t> targets;
  for (size_t i = 0; i < rows.size(); ++i) {
    packer.StartImage(static_cast<int64_t>(i));
    for (const Turn& turn : rows[i]->turns) {
      FW_CHECK(!turn.prompt.empty() && !turn.answer.empty(), "a turn has a prompt and an answer");
      std::vector<int32_t> tokens = turn.prompt;
      tokens.insert(tokens.end(), turn.answer.begin(), turn.answer.end() - 1);
      const int64_t answer = packer.next_row() + static_cast<int64_t>(turn.prompt.size()) - 1;
      packer.Append(tokens, 0, kNoParent);
      for (size_t a = 0; a < turn.answer.size(); ++a) {
        packer.Select(answer + static_cast<int64_t>(a));
        targets.push_back(turn.answer[a]);
      }
    }
    packer.FinishImage();
  }
  return packer.Finish(targets);
}

PackedQuestions PackQuestions(const LlavaConfig& config,
                              std::span<const std::vector<const OptionQuestion*>> images) {
  Packer packer(config, images.size());
  PackedQuestions packed;
  for (size_t i = 0; i < images.size(); ++i) {
    packer.StartImage(static_cast<int64_t>(i));
    for (const OptionQuestion* question : images[i]) PackQuestion(*question, &packer, &packed);
    packer.FinishImage();
  }
  packed.batch = packer.Finish({});
  return packed;
}

}  // namespace flywheel::llava
