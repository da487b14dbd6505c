#include "workers/llava/parameters.h"

#include <cmath>

#include "base/check.h"
#include "base/rng.h"

namespace flywheel::llava {
namespace {

// A table [positions, width] of sines and cosines of row and column of a square grid, halved: the
// four quarters of the width are sin(row), cos(row), sin(column), cos(column).
void FillGrid(int64_t positions, int64_t width, float* out) {
  const auto side = static_cast<int64_t>(std::lround(std::sqrt(static_cast<double>(positions))));
  const int64_t quarter = width / 4;
  for (int64_t p = 0; p < positions; ++p) {
    const double coordinates[2] = {static_cast<double>(p / side), static_cast<double>(p % side)};
    for (int64_t i = 0; i < quarter; ++i) {
      const double rate = std::pow(100.0, -static_cast<double>(i) / static_cast<double>(quarter));
      for (int axis = 0; axis < 2; ++axis) {
        float* at = out + p * width + axis * 2 * quarter;
        at[i] = static_cast<float>(0.5 * std::sin(coordinates[axis] * rate));
        at[quarter + i] = static_cast<float>(0.5 * std::cos(coordinates[axis] * rate));
      }
    }
  }
}

}  // namespace

int64_t ParameterSpec::count() const {
  int64_t count = 1;
  for (int64_t size : shape) count *= size;
  return count;
}

ParameterBuffer::ParameterBuffer(std::vector<ParameterSpec> specs) : specs_(std::move(specs)) {
  int64_t offset = 0;
  for (size_t i = 0; i < specs_.size(); ++i) {
    places_[specs_[i].name] = {i, offset};
    offset += specs_[i].count();
  }
  FW_CHECK(places_.size() == specs_.size(), "parameter names are unique");
  flat_ = at::zeros({offset}, at::kFloat);
}

void ParameterBuffer::Initialise(uint64_t seed) {
  for (const ParameterSpec& spec : specs_) {
    float* values = data() + offset(spec.name);
    Rng rng(DeriveSeed(seed, spec.name));
    if (spec.initial == Initial::kGrid) {
      FillGrid(spec.shape[0], spec.shape[1], values);
      continue;
    }
    for (int64_t i = 0; i < spec.count(); ++i) {
      values[i] = spec.initial == Initial::kOne ? 1.0F
                  : spec.initial == Initial::kNormal
                      ? static_cast<float>(rng.Normal() * spec.deviation)
                      : 0.0F;
    }
  }
}

int64_t ParameterBuffer::offset(std::string_view name) const {
  const auto place = places_.find(name);
  FW_CHECK(place != places_.end(), std::string(name).c_str());
  return place->second.second;
}

const ParameterSpec& ParameterBuffer::spec(std::string_view name) const {
  const auto place = places_.find(name);
  FW_CHECK(place != places_.end(), std::string(name).c_str());
  return specs_[place->second.first];
}

at::Tensor ParameterBuffer::Get(std::string_view name) const {
  const ParameterSpec& found = spec(name);
  return flat_.narrow(0, offset(name), found.count()).view(found.shape);
}

at::Tensor ParameterViews::Join(std::string_view first, int count) const {
  const ParameterSpec& spec = buffer_.spec(first);
  const int64_t offset = buffer_.offset(first);
  std::vector<int64_t> shape = spec.shape;
  const auto index = static_cast<size_t>(&spec - buffer_.specs().data());
  for (int i = 1; i < count; ++i) {
    shape[0] += buffer_.specs()[index + static_cast<size_t>(i)].shape[0];
  }
  int64_t total = 1;
  for (int64_t size : shape) total *= size;
  at::Tensor view = buffer_.flat().narrow(0, offset, total).view(shape).detach();
  if (gradients_.defined()) {
    view.requires_grad_();
    view.mutable_grad() = gradients_.narrow(0, offset, total).view(shape);
  }
  return view;
}

}  // namespace flywheel::llava
