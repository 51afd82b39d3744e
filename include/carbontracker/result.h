#pragma once
// Result<T>: a value or an Error, with the names of C++23's std::expected.

#include <string>
#include <utility>
#include <variant>

namespace carbontracker {

enum class Errc {
  not_found,         // the thing named does not exist here
  permission,        // it exists, and we may not read or write it
  unsupported,       // it exists, and cannot do what was asked
  unavailable,       // for now: busy, asleep, not ready; asking again later may work
  invalid_input,     // what the user gave does not parse or does not make sense
  corrupt,           // a file or an answer is damaged
  io,                // the operating system refused a read or a write
  timeout,           // no answer within the limit
  internal,          // a fault of ours
};

struct Error {
  Errc code = Errc::internal;
  std::string what;  // what was being done, to which thing, and why it failed
  std::string hint;  // what the user can do about it; empty where nothing can be done
};

struct Unexpected {
  Error error;
};

[[nodiscard]] inline Unexpected unexpected(Errc code, std::string what, std::string hint = {}) {
  return Unexpected{Error{code, std::move(what), std::move(hint)}};
}
[[nodiscard]] inline Unexpected unexpected(Error error) { return Unexpected{std::move(error)}; }

// Holds either a T or an Error. Reading the one that is absent is a fault of the caller (std::bad_variant_access).
template <class T = void>
class [[nodiscard]] Result {
 public:
  Result(T value) : held_(std::in_place_index<0>, std::move(value)) {}
  Result(Unexpected failure) : held_(std::in_place_index<1>, std::move(failure.error)) {}

  [[nodiscard]] bool has_value() const { return held_.index() == 0; }
  explicit operator bool() const { return has_value(); }
  [[nodiscard]] T& value() & { return std::get<0>(held_); }
  [[nodiscard]] const T& value() const& { return std::get<0>(held_); }
  [[nodiscard]] T&& value() && { return std::get<0>(std::move(held_)); }
  [[nodiscard]] T value_or(T other) const { return has_value() ? value() : std::move(other); }
  [[nodiscard]] const Error& error() const { return std::get<1>(held_); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::get<0>(std::move(held_)); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

 private:
  std::variant<T, Error> held_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Unexpected failure) : held_(std::move(failure.error)) {}
  [[nodiscard]] bool has_value() const { return held_.index() == 0; }
  explicit operator bool() const { return has_value(); }
  [[nodiscard]] const Error& error() const { return std::get<1>(held_); }

 private:
  std::variant<std::monostate, Error> held_;
};

}  // namespace carbontracker
