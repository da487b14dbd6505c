#include "pool/formats/python_scalars.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>

namespace flywheel {
namespace {

Status NotJson(std::string_view problem) {
  return InvalidArgument(fmt::format("not valid JSON: {}", problem));
}

void AppendUnit(uint32_t unit, std::string* out) {
  static constexpr char kHex[] = "0123456789abcdef";
  const char text[] = {
      '\\',           'u', kHex[unit >> 12 & 15], kHex[unit >> 8 & 15], kHex[unit >> 4 & 15],
      kHex[unit & 15]};
  out->append(text, sizeof text);
}

// A UTF-16 code unit or ASCII character as ensure_ascii writes it.
void AppendEscaped(uint32_t unit, std::string* out) {
  switch (unit) {
    case '"':
      out->append("\\\"");
      return;
    case '\\':
      out->append("\\\\");
      return;
    case '\b':
      out->append("\\b");
      return;
    case '\f':
      out->append("\\f");
      return;
    case '\n':
      out->append("\\n");
      return;
    case '\r':
      out->append("\\r");
      return;
    case '\t':
      out->append("\\t");
      return;
  }
  if (unit >= ' ' && unit <= '~') {
    out->push_back(static_cast<char>(unit));
  } else {
    AppendUnit(unit, out);
  }
}

// A character of valid UTF-8 that is not ASCII; returns what follows it.
const char* AppendUtf8(const char* text, std::string* out) {
  const auto byte = [text](int i) { return static_cast<uint32_t>(static_cast<uint8_t>(text[i])); };
  const auto more = [&](int i) { return byte(i) & 0x3f; };
  if (byte(0) < 0xe0) {
    AppendUnit((byte(0) & 0x1f) << 6 | more(1), out);
    return text + 2;
  }
  if (byte(0) < 0xf0) {
    AppendUnit((byte(0) & 0x0f) << 12 | more(1) << 6 | more(2), out);
    return text + 3;
  }
  const uint32_t code = ((byte(0) & 0x07) << 18 | more(1) << 12 | more(2) << 6 | more(3)) - 0x10000;
  AppendUnit(0xd800 + (code >> 10), out);
  AppendUnit(0xdc00 + (code & 0x3ff), out);
  return text + 4;
}

// The escape whose letter `text` points at; null when there is no such escape.
const char* AppendEscape(const char* text, std::string* out) {
  static constexpr std::string_view kLetters = "\"\\/bfnrt";
  static constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
  if (*text == 'u') {
    uint32_t unit = 0;
    const auto [end, error] = std::from_chars(text + 1, text + 5, unit, 16);
    if (error != std::errc() || end != text + 5) return nullptr;
    AppendEscaped(unit, out);
    return text + 5;
  }
  const size_t letter = kLetters.find(*text);
  if (letter == std::string_view::npos) return nullptr;
  AppendEscaped(static_cast<uint8_t>(kMeanings[letter]), out);
  return text + 1;
}

// JSON's grammar of numbers (RFC 8259, section 6); whether it is one with a fraction or exponent.
enum class NumberForm { kNone, kInteger, kFloat };
NumberForm FormOf(std::string_view text) {
  size_t at = text.starts_with('-') ? 1 : 0;
  const auto digits = [&] {
    const size_t begin = at;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
    return at - begin;
  };
  const bool zero = at < text.size() && text[at] == '0';
  const size_t whole = digits();
  if (whole == 0 || (zero && whole > 1)) return NumberForm::kNone;
  NumberForm form = NumberForm::kInteger;
  if (at < text.size() && text[at] == '.') {
    form = NumberForm::kFloat;
    ++at;
    if (digits() == 0) return NumberForm::kNone;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    form = NumberForm::kFloat;
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    if (digits() == 0) return NumberForm::kNone;
  }
  return at == text.size() ? form : NumberForm::kNone;
}

}  // namespace

Status AppendPythonString(const char* text, std::string* out) {
  out->push_back('"');
  while (true) {
    const char* plain = text;
    while (*text >= ' ' && *text != '"' && *text != '\\' && *text != '\x7f') ++text;
    out->append(plain, text);
    if (*text == '"') break;
    if (*text == '\\') {
      text = AppendEscape(text + 1, out);
      if (text == nullptr) return NotJson("an escape that JSON does not have");
    } else if (*text == '\x7f') {
      AppendUnit(0x7f, out);
      ++text;
    } else {
      text = AppendUtf8(text, out);
    }
  }
  out->push_back('"');
  return OkStatus();
}

Status AppendPythonScalar(std::string_view token, std::string* out) {
  const size_t last = token.find_last_not_of(" \t\r\n");
  token = token.substr(0, last == token.npos ? 0 : last + 1);
  // The last three are not JSON; Python reads and writes them.
  for (const std::string_view word : {"true", "false", "null", "NaN", "Infinity", "-Infinity"}) {
    if (token == word) {
      out->append(word);
      return OkStatus();
    }
  }
  switch (FormOf(token)) {
    case NumberForm::kInteger:
      out->append(token == "-0" ? "0" : token);
      return OkStatus();
    case NumberForm::kFloat:
      AppendPythonFloat(std::strtod(std::string(token).c_str(), nullptr), out);
      return OkStatus();
    case NumberForm::kNone:
      break;
  }
  return NotJson(fmt::format("expected a value, found '{}'", token.substr(0, 40)));
}

void AppendPythonFloat(double value, std::string* out) {
  if (!std::isfinite(value)) {
    out->append(std::isnan(value) ? "NaN" : value < 0 ? "-Infinity" : "Infinity");
    return;
  }
  // Shortest digits, "d.ddde+XX" or "de+XX"; laid out as float_repr_style 'short' does.
  char buffer[32];
  const char* end =
      std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::scientific).ptr;
  std::string_view text(buffer, static_cast<size_t>(end - buffer));
  const size_t mark = text.find('e');
  int exponent = 0;
  const size_t sign = text[mark + 1] == '+' ? 2 : 1;
  std::from_chars(text.data() + mark + sign, text.data() + text.size(), exponent);
  if (exponent < -4 || exponent >= 16) {
    out->append(text);
    return;
  }
  if (text.front() == '-') out->push_back('-');
  std::string digits;
  for (const char c : text.substr(0, mark)) {
    if (c >= '0' && c <= '9') digits.push_back(c);
  }
  if (exponent < 0) {
    out->append("0.").append(static_cast<size_t>(-exponent - 1), '0').append(digits);
    return;
  }
  const size_t whole = static_cast<size_t>(exponent) + 1;
  if (digits.size() < whole + 1) digits.append(whole + 1 - digits.size(), '0');
  out->append(digits, 0, whole).append(".").append(digits, whole);
}

}  // namespace flywheel
