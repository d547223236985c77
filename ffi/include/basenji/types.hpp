#ifndef BASENJI_TYPES_HPP
#define BASENJI_TYPES_HPP

// Statuses, texts, lists of texts, and what is walked through. Included by `basenji.hpp`.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "../basenji.h"

namespace basenji {

// What a call came to: true if all is well.
class status {
public:
    constexpr status(bj_status code = BJ_OK) noexcept : code_(code) {}
    constexpr explicit operator bool() const noexcept { return code_ == BJ_OK; }
    constexpr bj_status code() const noexcept { return code_; }
    const char *name() const noexcept { return bj_status_name(code_); }
    const char *message() const noexcept { return bj_status_message(code_); }
    // Name and sentence.
    template <class Char, class Traits>
    friend std::basic_ostream<Char, Traits> &operator<<(std::basic_ostream<Char, Traits> &out, status status) {
        return out << status.name() << ": " << status.message();
    }
    friend constexpr bool operator==(status a, status b) noexcept { return a.code_ == b.code_; }
    friend constexpr bool operator!=(status a, status b) noexcept { return a.code_ != b.code_; }

private:
    bj_status code_;
};

// A value, or the status that says why there is none; then the value is an empty handle.
template <class T>
class [[nodiscard]] result {
public:
    result(T value) noexcept : value_(std::move(value)) {}
    result(basenji::status status) noexcept : status_(status) {}
    explicit operator bool() const noexcept { return bool(status_); }
    basenji::status status() const noexcept { return status_; }
    // Why there is no value; BJ_OK's if there is one.
    const char *error() const noexcept { return status_.message(); }
    T &operator*() & noexcept { return value_; }
    const T &operator*() const & noexcept { return value_; }
    T &&operator*() && noexcept { return std::move(value_); }
    T *operator->() noexcept { return &value_; }
    const T *operator->() const noexcept { return &value_; }

private:
    T value_{};
    basenji::status status_;
};

// Bytes of the library; no bytes where there is nothing.
inline std::string_view view(bj_bytes bytes) noexcept {
    return bytes.ptr ? std::string_view(reinterpret_cast<const char *>(bytes.ptr), bytes.len) : std::string_view();
}

// A text, as C takes it.
struct text : bj_bytes {
    text(std::string_view bytes) noexcept
        : bj_bytes{reinterpret_cast<const std::uint8_t *>(bytes.data() ? bytes.data() : ""), bytes.size()} {}
    text(const char *string) noexcept : bj_bytes(bj_text(string)) {}
    text(const std::string &string) noexcept : text(std::string_view(string)) {}
};
static_assert(sizeof(text) == sizeof(bj_bytes), "a list of the one is a list of the other");

// Texts of somebody else, one after the other: what is in braces, an array, or a container of `text`.
class tags {
public:
    constexpr tags() noexcept = default;
    constexpr tags(const text *first, std::size_t size) noexcept : first_(first), size_(size) {}
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Winit-list-lifetime"
#endif
    // The list lives until the end of the full expression, and so of the call that it is an argument of.
    constexpr tags(std::initializer_list<text> list) noexcept : first_(list.begin()), size_(list.size()) {}
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif
    template <class Container, class = std::enable_if_t<std::is_convertible_v<
                                   decltype(std::data(std::declval<const Container &>())), const text *>>>
    constexpr tags(const Container &container) noexcept : first_(std::data(container)), size_(std::size(container)) {}
    constexpr const bj_bytes *data() const noexcept { return first_; }
    constexpr std::size_t size() const noexcept { return size_; }
    constexpr const text *begin() const noexcept { return first_; }
    constexpr const text *end() const noexcept { return first_ + size_; }

private:
    const text *first_ = nullptr;
    std::size_t size_ = 0;
};

enum class kind { count = BJ_COUNT, gauge = BJ_GAUGE, timing = BJ_TIMING, histogram = BJ_HISTOGRAM, distribution = BJ_DISTRIBUTION, set = BJ_SET };
enum class cardinality { unset, none, low, orchestrator, high };
enum class priority { normal, low };
enum class alert { info, error, warning, success };
enum class check { ok, warning, critical, unknown };
using time_point = std::chrono::system_clock::time_point;

namespace detail {

template <class T, void (*Free)(T *)>
struct deleter {
    void operator()(T *handle) const noexcept { Free(handle); }
};
template <class T, void (*Free)(T *)>
using handle = std::unique_ptr<T, deleter<T, Free>>;

inline const char *word(cardinality cardinality) noexcept {
    static constexpr const char *words[] = {nullptr, "none", "low", "orchestrator", "high"};
    return words[static_cast<int>(cardinality)];
}
inline const char *word(priority priority) noexcept { return priority == priority::low ? "low" : nullptr; }
inline const char *word(alert alert) noexcept {
    static constexpr const char *words[] = {nullptr, "error", "warning", "success"};
    return words[static_cast<int>(alert)];
}
inline const char *string(const std::string &text) noexcept { return text.empty() ? nullptr : text.c_str(); }
inline std::vector<const char *> strings(const std::vector<std::string> &texts) {
    std::vector<const char *> pointers;
    for (const std::string &text : texts) {
        pointers.push_back(text.c_str());
    }
    return pointers;
}
inline std::int32_t switched(std::optional<bool> on) noexcept { return on ? (*on ? 1 : 2) : 0; }
inline std::int64_t seconds(const std::optional<time_point> &time) noexcept {
    return time ? std::chrono::duration_cast<std::chrono::seconds>(time->time_since_epoch()).count() : 0;
}
template <class T>
result<T> made(bj_status status, T value) noexcept {
    return status == BJ_OK ? result<T>(std::move(value)) : result<T>(basenji::status(status));
}
// A duration in a member of 32 bits; what is too long becomes the longest.
template <class Unit, class Rep, class Period>
std::uint32_t whole(std::chrono::duration<Rep, Period> time) noexcept {
    const auto units = std::chrono::duration_cast<std::chrono::duration<double, typename Unit::period>>(time).count();
    return units <= 0 ? 0 : units >= 4294967295.0 ? UINT32_MAX : static_cast<std::uint32_t>(units);
}
template <class Rep, class Period>
double milliseconds(std::chrono::duration<Rep, Period> time) noexcept {
    return std::chrono::duration<double, std::milli>(time).count();
}

// What is walked through once: `Next` gives the next item of a `Cursor`, as C does, until it returns something else than BJ_OK.
template <class Cursor, class Raw, bj_status (*Next)(Cursor *, Raw *), class Item>
class walk {
public:
    class iterator {
    public:
        using iterator_category = std::input_iterator_tag;
        using value_type = Item;
        using difference_type = std::ptrdiff_t;
        using pointer = const Item *;
        using reference = Item;
        iterator() noexcept = default;
        explicit iterator(Cursor *cursor) noexcept : cursor_(cursor) { ++*this; }
        Item operator*() const noexcept { return Item(raw_); }
        iterator &operator++() noexcept {
            if (Next(cursor_, &raw_) != BJ_OK) {
                cursor_ = nullptr;
            }
            return *this;
        }
        void operator++(int) noexcept { ++*this; }
        friend bool operator==(const iterator &a, const iterator &b) noexcept { return a.cursor_ == b.cursor_; }
        friend bool operator!=(const iterator &a, const iterator &b) noexcept { return a.cursor_ != b.cursor_; }

    private:
        Cursor *cursor_ = nullptr;
        Raw raw_{};
    };
    explicit walk(Cursor *cursor) noexcept : cursor_(cursor) {}
    iterator begin() const noexcept { return iterator(cursor_); }
    iterator end() const noexcept { return iterator(); }

private:
    Cursor *cursor_;
};

// The same over a cursor of its own, which it walks through again from the start each time.
template <class Cursor, class Raw, bj_status (*Next)(Cursor *, Raw *), class Item>
class range {
public:
    using walk_type = walk<Cursor, Raw, Next, Item>;
    explicit range(Cursor cursor) noexcept : start_(cursor), cursor_(cursor) {}
    typename walk_type::iterator begin() noexcept { return typename walk_type::iterator(&(cursor_ = start_)); }
    typename walk_type::iterator end() noexcept { return typename walk_type::iterator(); }

private:
    Cursor start_, cursor_;
};

struct tag : std::string_view {
    explicit tag(bj_bytes bytes) noexcept : std::string_view(view(bytes)) {}
};

}  // namespace detail

// The tags of a message or a series, and the values of a metric, in a `for`.
using tag_range = detail::range<bj_tags, bj_bytes, bj_tags_next, detail::tag>;
using value_range = detail::range<bj_values, double, bj_values_next, double>;

}  // namespace basenji

#endif
