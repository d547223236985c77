#ifndef BASENJI_MESSAGE_HPP
#define BASENJI_MESSAGE_HPP

// Messages, and the parser that finds them. Included by `basenji.hpp`.

#include <cstddef>
#include <string_view>

#include "types.hpp"

namespace basenji {

// A message that was received or parsed, borrowed from who has it.
class message {
public:
    explicit message(const bj_message &raw) noexcept : raw_(&raw) {}
    bool is_metric() const noexcept { return raw_->kind == BJ_MESSAGE_METRIC; }
    bool is_event() const noexcept { return raw_->kind == BJ_MESSAGE_EVENT; }
    bool is_service_check() const noexcept { return raw_->kind == BJ_MESSAGE_SERVICE_CHECK; }
    // The title of an event.
    std::string_view name() const noexcept { return view(raw_->name); }
    // The text of an event, the message of a service check.
    std::string_view text() const noexcept { return view(raw_->text); }
    std::string_view hostname() const noexcept { return view(raw_->hostname); }
    tag_range tags() const noexcept { return tag_range(raw_->tags); }
    value_range values() const noexcept { return value_range(raw_->values); }
    basenji::kind kind() const noexcept { return static_cast<basenji::kind>(raw_->metric_kind); }
    basenji::priority priority() const noexcept { return static_cast<basenji::priority>(raw_->priority); }
    basenji::alert alert() const noexcept { return static_cast<basenji::alert>(raw_->alert_type); }
    basenji::check status() const noexcept { return static_cast<basenji::check>(raw_->status); }
    // Everything.
    const bj_message *operator->() const noexcept { return raw_; }

private:
    const bj_message *raw_;
};

namespace detail {
struct parsed {
    bj_message message;
    bj_status status;
    bj_bytes line;
    std::size_t offset;
};
inline bj_status parse(bj_datagram *datagram, parsed *out) noexcept {
    out->status = bj_datagram_next(datagram, &out->message);
    out->line = datagram->line;
    out->offset = datagram->offset;
    return out->status == BJ_END ? BJ_END : BJ_OK;
}
}  // namespace detail

// A line of a datagram: a message if its status is true.
class line {
public:
    explicit line(const detail::parsed &parsed) noexcept : parsed_(&parsed) {}
    explicit operator bool() const noexcept { return parsed_->status == BJ_OK; }
    basenji::status status() const noexcept { return parsed_->status; }
    basenji::message message() const noexcept { return basenji::message(parsed_->message); }
    std::string_view text() const noexcept { return view(parsed_->line); }
    // Of a line that is refused: bytes from its start to what is wrong.
    std::size_t offset() const noexcept { return parsed_->offset; }

private:
    const detail::parsed *parsed_;
};

// The lines of a datagram: `for (line line : parse(bytes))`. They borrow its bytes.
using datagram = detail::range<bj_datagram, detail::parsed, detail::parse, line>;
inline datagram parse(text bytes) noexcept { return datagram({bytes.ptr, bytes.len, 0, 0, {nullptr, 0}}); }

}  // namespace basenji

#endif
