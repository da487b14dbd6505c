#include "workers/llava/attention.h"

#include <cblas.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/custom_class.h>

#include <algorithm>
#include <cmath>

#include "base/check.h"
#include "workers/llava/kernels.h"

namespace flywheel::llava {

void AttentionPlan::StartGroup(int64_t first_row, int64_t count, int64_t columns) {
  groups_.push_back({first_row, count, columns, blocks_.size(), 0, probabilities_});
  probabilities_ += count * columns;
  if (static_cast<int64_t>(widths_.size()) < first_row + count) {
    widths_.resize(static_cast<size_t>(first_row + count), 0);
  }
}

void AttentionPlan::AddBlock(const Block& block) {
  FW_CHECK(!groups_.empty() && block.row + block.count <= groups_.back().count &&
               block.column + block.keys <= groups_.back().columns,
           "a block lies within its group");
  blocks_.push_back(block);
  ++groups_.back().blocks;
}

void AttentionPlan::SetWidth(int64_t row, int64_t width) {
  FW_CHECK(width > 0 && width <= groups_.back().columns, "a row sees one column at least");
  widths_[static_cast<size_t>(groups_.back().first_row + row)] = width;
}

int64_t AttentionPlan::largest_group() const {
  int64_t largest = 0;
  for (const Group& group : groups_) largest = std::max(largest, group.count * group.columns);
  return largest;
}

namespace {

// One matrix inside a larger one: a head's columns.
struct Slice {
  float* data = nullptr;
  int64_t stride = 0;

  float* row(int64_t r) const { return data + r * stride; }
};

int ToBlas(int64_t value) { return static_cast<int>(value); }

// c[m, n] = alpha a b + beta c, with a and b transposed or not.
struct Product {
  CBLAS_TRANSPOSE transpose_a = CblasNoTrans;
  CBLAS_TRANSPOSE transpose_b = CblasNoTrans;
  int64_t m = 0;
  int64_t n = 0;
  int64_t k = 0;
  float beta = 0;
};
void Multiply(const Product& p, Slice a, Slice b, Slice c) {
  cblas_sgemm(CblasRowMajor, p.transpose_a, p.transpose_b, ToBlas(p.m), ToBlas(p.n), ToBlas(p.k),
              1.0F, a.data, ToBlas(a.stride), b.data, ToBlas(b.stride), p.beta, c.data,
              ToBlas(c.stride));
}

// Where queries, keys, values and their gradients lie in the tensors.
struct Layout {
  Layout(const at::Tensor& queries, const at::Tensor& keys_values, const AttentionSpec& spec)
      : apart(queries.dim() == 2),
        heads(spec.heads),
        kv_heads(spec.key_value_heads),
        head_dim(spec.head_dim),
        kv_base(keys_values.data_ptr<float>()),
        kv_stride(keys_values.size(1)),
        q_base(apart ? queries.data_ptr<float>() : kv_base),
        q_stride(apart ? queries.size(1) : kv_stride),
        key_column(apart ? 0 : heads * head_dim) {}

  Slice Query(int64_t head) const { return {q_base + head * head_dim, q_stride}; }
  Slice Key(int64_t head) const {
    return {kv_base + key_column + KvHead(head) * head_dim, kv_stride};
  }
  Slice Value(int64_t head) const {
    return {kv_base + key_column + (kv_heads + KvHead(head)) * head_dim, kv_stride};
  }
  int64_t KvHead(int64_t head) const { return head / (heads / kv_heads); }

  bool apart;
  int64_t heads;
  int64_t kv_heads;
  int64_t head_dim;
  float* kv_base;
  int64_t kv_stride;
  float* q_base;
  int64_t q_stride;
  int64_t key_column;
};

void Rotate(const Layout& layout, const AttentionSpec& spec, int64_t key_rows, float sign) {
  if (!spec.key_positions) return;
  const kernels::Rotation rotation{spec.cosine.data_ptr<float>(), spec.sine.data_ptr<float>(),
                                   sign};
  const std::vector<int32_t>& keys = *spec.key_positions;
  for (int64_t r = 0; r < key_rows; ++r) {
    kernels::RotateRow(layout.Key(0).row(r), layout.kv_heads, layout.head_dim,
                       keys[static_cast<size_t>(r)], rotation);
  }
  const std::vector<int32_t>& queries = layout.apart ? *spec.query_positions : keys;
  for (size_t r = 0; r < queries.size(); ++r) {
    kernels::RotateRow(layout.Query(0).row(static_cast<int64_t>(r)), layout.heads, layout.head_dim,
                       queries[r], rotation);
  }
}

struct GroupAt {
  const AttentionPlan& plan;
  const AttentionPlan::Group& group;
  int64_t head = 0;
};

void GroupForward(const GroupAt& where, const Layout& at, Slice probabilities, Slice out) {
  const auto& [plan, group, head] = where;
  const Slice query = at.Query(head);
  const Slice key = at.Key(head);
  const Slice value = at.Value(head);
  for (size_t b = 0; b < group.blocks; ++b) {
    const AttentionPlan::Block& block = plan.blocks()[group.first_block + b];
    Multiply({CblasNoTrans, CblasTrans, block.count, block.keys, at.head_dim, 0},
             {query.row(group.first_row + block.row), query.stride},
             {key.row(block.key), key.stride},
             {probabilities.row(block.row) + block.column, probabilities.stride});
  }
  const float scale = 1.0F / std::sqrt(static_cast<float>(at.head_dim));
  for (int64_t r = 0; r < group.count; ++r) {
    kernels::SoftmaxRow(probabilities.row(r), plan.width(group.first_row + r), group.columns,
                        scale);
  }
  for (size_t b = 0; b < group.blocks; ++b) {
    const AttentionPlan::Block& block = plan.blocks()[group.first_block + b];
    Multiply({CblasNoTrans, CblasNoTrans, block.count, at.head_dim, block.keys, 1},
             {probabilities.row(block.row) + block.column, probabilities.stride},
             {value.row(block.key), value.stride},
             {out.row(group.first_row + block.row), out.stride});
  }
}

struct BackwardSlices {
  Slice probabilities;
  Slice grad_out;
  Slice grad_scores;  // scratch of one group
};
void GroupBackward(const GroupAt& where, const Layout& at, const Layout& grad,
                   const BackwardSlices& slices) {
  const auto& [plan, group, head] = where;
  const auto& [probabilities, grad_out, grad_scores] = slices;
  const Slice query = at.Query(head);
  const Slice key = at.Key(head);
  const Slice value = at.Value(head);
  for (size_t b = 0; b < group.blocks; ++b) {
    const AttentionPlan::Block& block = plan.blocks()[group.first_block + b];
    const Slice grad_rows = {grad_out.row(group.first_row + block.row), grad_out.stride};
    Multiply({CblasNoTrans, CblasTrans, block.count, block.keys, at.head_dim, 0}, grad_rows,
             {value.row(block.key), value.stride},
             {grad_scores.row(block.row) + block.column, grad_scores.stride});
    Multiply({CblasTrans, CblasNoTrans, block.keys, at.head_dim, block.count, 1},
             {probabilities.row(block.row) + block.column, probabilities.stride}, grad_rows,
             {grad.Value(head).row(block.key), grad.kv_stride});
  }
  const float scale = 1.0F / std::sqrt(static_cast<float>(at.head_dim));
  for (int64_t r = 0; r < group.count; ++r) {
    const int64_t width = plan.width(group.first_row + r);
    float* row = grad_scores.row(r);
    kernels::SoftmaxRowBackward(probabilities.row(r), row, width, scale);
    for (int64_t c = width; c < group.columns; ++c) row[c] = 0;
  }
  for (size_t b = 0; b < group.blocks; ++b) {
    const AttentionPlan::Block& block = plan.blocks()[group.first_block + b];
    const Slice scores = {grad_scores.row(block.row) + block.column, grad_scores.stride};
    const int64_t row = group.first_row + block.row;
    Multiply({CblasNoTrans, CblasNoTrans, block.count, at.head_dim, block.keys, 1}, scores,
             {key.row(block.key), key.stride}, {grad.Query(head).row(row), grad.q_stride});
    Multiply({CblasTrans, CblasNoTrans, block.keys, at.head_dim, block.count, 1}, scores,
             {query.row(row), query.stride}, {grad.Key(head).row(block.key), grad.kv_stride});
  }
}

// Carries the spec to the backward pass.
struct SpecHolder : torch::CustomClassHolder {
  explicit SpecHolder(AttentionSpec s) : spec(std::move(s)) {}
  AttentionSpec spec;
};

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// `queries` is empty where they lie in `keys_values`: autograd takes no undefined tensors.
class AttentionFunction : public torch::autograd::Function<AttentionFunction> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& queries,
                            const at::Tensor& keys_values, const AttentionSpec& spec) {
    const AttentionPlan& plan = *spec.plan;
    const Layout layout(queries, keys_values, spec);
    Rotate(layout, spec, keys_values.size(0), 1);
    const int64_t width = spec.heads * spec.head_dim;
    at::Tensor out = at::zeros({plan.query_rows(), width}, keys_values.options());  // [Q, H*E]
    at::Tensor probabilities =
        at::empty({spec.heads, plan.probabilities_a_head()}, keys_values.options());
    for (int64_t head = 0; head < spec.heads; ++head) {
      float* base = probabilities.data_ptr<float>() + head * plan.probabilities_a_head();
      const Slice out_slice{out.data_ptr<float>() + head * spec.head_dim, width};
      for (const AttentionPlan::Group& group : plan.groups()) {
        GroupForward({plan, group, head}, layout, {base + group.offset, group.columns}, out_slice);
      }
    }
    context->saved_data["spec"] = c10::IValue::make_capsule(c10::make_intrusive<SpecHolder>(spec));
    context->save_for_backward({queries, keys_values, probabilities});
    return out;
  }

  static variable_list backward(AutogradContext* context, variable_list grads) {
    const auto holder =
        c10::static_intrusive_pointer_cast<SpecHolder>(context->saved_data["spec"].toCapsule());
    const AttentionSpec& spec = holder->spec;
    const AttentionPlan& plan = *spec.plan;
    const variable_list saved = context->get_saved_variables();
    const at::Tensor& probabilities = saved[2];
    const at::Tensor grad_out = grads[0].contiguous();
    at::Tensor grad_queries = at::zeros_like(saved[0]);
    at::Tensor grad_keys_values = at::zeros_like(saved[1]);
    const Layout layout(saved[0], saved[1], spec);
    const Layout grad_layout(grad_queries, grad_keys_values, spec);
    std::vector<float> scratch(static_cast<size_t>(plan.largest_group()));
    for (int64_t head = 0; head < spec.heads; ++head) {
      float* base = probabilities.data_ptr<float>() + head * plan.probabilities_a_head();
      const Slice grad_slice{grad_out.data_ptr<float>() + head * spec.head_dim, grad_out.size(1)};
      for (const AttentionPlan::Group& group : plan.groups()) {
        GroupBackward(
            {plan, group, head}, layout, grad_layout,
            {{base + group.offset, group.columns}, grad_slice, {scratch.data(), group.columns}});
      }
    }
    Rotate(grad_layout, spec, saved[1].size(0), -1);
    return {grad_queries, grad_keys_values, at::Tensor()};
  }
};

}  // namespace

at::Tensor PackedAttention(const at::Tensor& packed, const AttentionSpec& spec) {
  return AttentionFunction::apply(at::empty({0}, packed.options()), packed, spec);
}

at::Tensor PackedAttention(const at::Tensor& queries, const at::Tensor& keys_values,
                           const AttentionSpec& spec) {
  return AttentionFunction::apply(queries, keys_values, spec);
}

}  // namespace flywheel::llava
