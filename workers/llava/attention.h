// Attention over packed tokens: many sequences of different lengths lie one after another in one
// tensor, and a plan says which rows see which. No padding and no masks: the work is what the
// sequences need. Serves the vision tower (everything sees its image), training (turns that share
// an image but do not see each other) and scoring (options that share a question).
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <memory>
#include <vector>

namespace flywheel::llava {

// Rows of the query tensor that see the same kind of columns.
class AttentionPlan {
 public:
  // Begins a group of `count` query rows, each with at most `columns` visible keys.
  void StartGroup(int64_t first_row, int64_t count, int64_t columns);
  // In the current group, rows [row, row + count) have keys [key, key + keys) as their columns from
  // `column` on. Rows are counted in the group.
  struct Block {
    int64_t row = 0;
    int64_t count = 0;
    int64_t key = 0;
    int64_t keys = 0;
    int64_t column = 0;
  };
  void AddBlock(const Block& block);
  // Row `row` of the current group sees its columns [0, width). Every row needs one.
  void SetWidth(int64_t row, int64_t width);

  struct Group {
    int64_t first_row = 0;
    int64_t count = 0;
    int64_t columns = 0;
    size_t first_block = 0;
    size_t blocks = 0;
    int64_t offset = 0;  // of its probabilities, in floats a head
  };
  const std::vector<Group>& groups() const { return groups_; }
  const std::vector<Block>& blocks() const { return blocks_; }
  int64_t width(int64_t query_row) const { return widths_[static_cast<size_t>(query_row)]; }
  int64_t query_rows() const { return static_cast<int64_t>(widths_.size()); }
  int64_t probabilities_a_head() const { return probabilities_; }
  // Floats of the largest group's probabilities.
  int64_t largest_group() const;

 private:
  std::vector<Group> groups_;
  std::vector<Block> blocks_;
  std::vector<int64_t> widths_;
  int64_t probabilities_ = 0;
};

// Everything attention needs beside the tensors. Positions: of every key row, and of every query
// row where queries are apart; empty means no rotation (the tower).
struct AttentionSpec {
  std::shared_ptr<const AttentionPlan> plan;
  int64_t heads = 1;
  int64_t key_value_heads = 1;
  int64_t head_dim = 1;
  at::Tensor cosine;  // [positions, head_dim / 2]
  at::Tensor sine;
  std::shared_ptr<const std::vector<int32_t>> key_positions;
  std::shared_ptr<const std::vector<int32_t>> query_positions;
};

// packed [N, (heads + 2 * key_value_heads) * head_dim]: queries, keys, values of N rows
// -> [N, heads * head_dim]. `packed` is overwritten (rotated in place); nobody else may need it.
at::Tensor PackedAttention(const at::Tensor& packed, const AttentionSpec& spec);
// The same with queries of some rows only: queries [Q, heads * head_dim],
// keys_values [N, 2 * key_value_heads * head_dim] -> [Q, heads * head_dim].
at::Tensor PackedAttention(const at::Tensor& queries, const at::Tensor& keys_values,
                           const AttentionSpec& spec);

}  // namespace flywheel::llava
