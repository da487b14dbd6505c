// Shared<T>: a value whose copies share memory until one of them is edited. Snapshots of the loop's
// state cost a pointer a campaign because of it. Copies may be read from any thread; only the one
// thread that owns a copy may edit it.
#pragma once

#include <memory>
#include <utility>

namespace flywheel {

template <typename T>
class Shared {
 public:
  Shared() : value_(std::make_shared<T>()) {}
  // Implicit both ways, so that a list of these reads like a list of values.
  Shared(T value)  // NOLINT(google-explicit-constructor)
      : value_(std::make_shared<T>(std::move(value))) {}
  operator const T&() const { return *value_; }  // NOLINT(google-explicit-constructor)

  const T& operator*() const { return *value_; }
  const T* operator->() const { return value_.get(); }

  // The value to change in place; first copied when anybody else holds it.
  T& Edit() {
    if (value_.use_count() != 1) value_ = std::make_shared<T>(*value_);
    return *value_;
  }

  bool operator==(const Shared& other) const {
    return value_ == other.value_ || *value_ == *other.value_;
  }

 private:
  std::shared_ptr<T> value_;
};

}  // namespace flywheel
