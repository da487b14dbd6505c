// Result<T>: a value, or the Status that says why there is none. FW_TRY and FW_ASSIGN pass a
// failure on to the caller.
#pragma once

#include <optional>
#include <utility>

#include "base/check.h"
#include "base/status.h"

namespace flywheel {

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}         // NOLINT(google-explicit-constructor)
  Result(Status status) : status_(std::move(status)) {  // NOLINT(google-explicit-constructor)
    FW_CHECK(!status_.ok(), "a Result without a value needs a failed status");
  }

  bool ok() const { return value_.has_value(); }
  const Status& status() const { return status_; }

  const T& value() const& {
    FW_CHECK(ok(), status_.message().c_str());
    return *value_;
  }
  T& value() & {
    FW_CHECK(ok(), status_.message().c_str());
    return *value_;
  }
  T&& value() && {
    FW_CHECK(ok(), status_.message().c_str());
    return *std::move(value_);
  }
  const T& operator*() const& { return value(); }
  T& operator*() & { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  const T* operator->() const { return &value(); }
  T* operator->() { return &value(); }

 private:
  Status status_;
  std::optional<T> value_;
};

}  // namespace flywheel

#define FW_CONCAT_INNER(a, b) a##b
#define FW_CONCAT(a, b) FW_CONCAT_INNER(a, b)

// Returns the failed Status of `expression` from the enclosing function.
#define FW_TRY(expression)                                                              \
  do {                                                                                  \
    if (::flywheel::Status fw_status = (expression); !fw_status.ok()) return fw_status; \
  } while (false)

// FW_ASSIGN(auto x, F()): x is F()'s value, or the enclosing function returns F()'s Status.
#define FW_ASSIGN(declaration, expression) \
  FW_ASSIGN_INNER(FW_CONCAT(fw_result_, __LINE__), declaration, expression)
#define FW_ASSIGN_INNER(temporary, declaration, expression) \
  auto temporary = (expression);                            \
  if (!temporary.ok()) return temporary.status();           \
  declaration = *std::move(temporary)
