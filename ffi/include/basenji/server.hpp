#ifndef BASENJI_SERVER_HPP
#define BASENJI_SERVER_HPP

// The server. Included by `basenji.hpp`.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "message.hpp"
#include "types.hpp"

namespace basenji {

// A point of a series, borrowed from the callback or the bucket that gives it.
class series {
public:
    explicit series(const bj_series &raw) noexcept : raw_(&raw) {}
    std::string_view name() const noexcept { return view(raw_->name); }
    std::string_view host() const noexcept { return view(raw_->host); }
    tag_range tags() const noexcept { return tag_range(raw_->tags); }
    // The tags, joined by commas.
    std::string_view joined_tags() const noexcept { return view(raw_->tags.text); }
    basenji::kind kind() const noexcept { return static_cast<basenji::kind>(raw_->kind); }
    double value() const noexcept { return raw_->value; }
    time_point timestamp() const noexcept { return time_point(std::chrono::seconds(raw_->timestamp)); }
    std::chrono::seconds interval() const noexcept { return std::chrono::seconds(raw_->interval); }
    // Of a distribution.
    std::optional<double> quantile(double q) const noexcept {
        double value = 0;
        return bj_series_quantile(raw_, q, &value) == BJ_OK ? std::optional<double>(value) : std::nullopt;
    }
    // Everything.
    const bj_series *operator->() const noexcept { return raw_; }

private:
    const bj_series *raw_;
};

// What one flush has finished. Each of the three is walked through once; what it gives is good until the next.
class bucket {
public:
    using series_range = detail::walk<bj_bucket, bj_series, bj_bucket_next_series, basenji::series>;
    using event_range = detail::walk<bj_bucket, bj_message, bj_bucket_next_event, message>;
    using check_range = detail::walk<bj_bucket, bj_message, bj_bucket_next_service_check, message>;
    bucket() noexcept = default;
    explicit bucket(bj_bucket *handle) noexcept : handle_(handle) {}
    series_range series() const noexcept { return series_range(handle_.get()); }
    event_range events() const noexcept { return event_range(handle_.get()); }
    check_range service_checks() const noexcept { return check_range(handle_.get()); }
    bj_bucket *get() const noexcept { return handle_.get(); }

private:
    detail::handle<bj_bucket, bj_bucket_free> handle_;
};

struct server_options {
    // As the members of `bj_server_options`; what is left out is the default.
    std::string udp, socket_path, stream_path;
    std::vector<std::string> tags;
    // Called on a thread of the library. An exception that leaves one ends the program.
    std::function<void(const series &)> on_series;
    std::function<void(const message &)> on_event, on_service_check;
    std::uint32_t bucket_secs = 0;
    std::uint32_t workers = 0;
    std::optional<bool> telemetry;
    // Flushes are kept for `next`.
    bool pull = false;
    std::size_t contexts = 0;
};

class server {
public:
    server() noexcept = default;
    server(server &&) noexcept = default;
    server &operator=(server &&other) noexcept {
        // The callbacks are there as long as their server is.
        handle_ = std::move(other.handle_);
        callbacks_ = std::move(other.callbacks_);
        return *this;
    }

    static result<server> start(server_options options) {
        const std::vector<const char *> tags = detail::strings(options.tags);
        auto callbacks = std::make_unique<callbacks_type>(
            callbacks_type{std::move(options.on_series), std::move(options.on_event), std::move(options.on_service_check)});
        bj_server_options raw = BJ_SERVER_OPTIONS_INIT;
        raw.udp = detail::string(options.udp);
        raw.socket_path = detail::string(options.socket_path);
        raw.stream_path = detail::string(options.stream_path);
        raw.tags = tags.data();
        raw.ntags = tags.size();
        raw.on_series = callbacks->series ? on_series : nullptr;
        raw.on_event = callbacks->event ? on_event : nullptr;
        raw.on_service_check = callbacks->check ? on_service_check : nullptr;
        raw.user = callbacks.get();
        raw.bucket_secs = options.bucket_secs;
        raw.workers = options.workers;
        raw.telemetry = detail::switched(options.telemetry);
        raw.pull = options.pull ? 1 : 0;
        raw.contexts = options.contexts;
        bj_server *handle = nullptr;
        const bj_status status = bj_server_new(&raw, &handle);
        return detail::made(status, server(handle, std::move(callbacks)));
    }

    // The UDP port; 0 if there is none or it was stopped.
    std::uint16_t port() const noexcept {
        std::uint16_t port = 0;
        bj_server_port(get(), &port);
        return port;
    }
    // The oldest flush that waits; BJ_TIMEOUT when there is none yet, BJ_END after the last.
    template <class Rep, class Period>
    result<bucket> next(std::chrono::duration<Rep, Period> patience) const noexcept {
        bj_bucket *handle = nullptr;
        const bj_status status = bj_server_next(get(), detail::whole<std::chrono::milliseconds>(patience), &handle);
        return detail::made(status, bucket(handle));
    }
    result<bj_server_counters> stats() const noexcept {
        bj_server_counters counters{};
        const bj_status status = bj_server_stats(get(), &counters);
        return detail::made(status, counters);
    }
    // Flushes what is open and ends it; its end does the same.
    status stop() const noexcept { return bj_server_stop(get()); }
    bj_server *get() const noexcept { return handle_.get(); }

private:
    struct callbacks_type {
        std::function<void(const series &)> series;
        std::function<void(const message &)> event, check;
    };
    server(bj_server *handle, std::unique_ptr<callbacks_type> callbacks) noexcept
        : callbacks_(std::move(callbacks)), handle_(handle) {}
    static void on_series(void *user, const bj_series *raw) noexcept {
        static_cast<callbacks_type *>(user)->series(basenji::series(*raw));
    }
    static void on_event(void *user, const bj_message *raw) noexcept {
        static_cast<callbacks_type *>(user)->event(message(*raw));
    }
    static void on_service_check(void *user, const bj_message *raw) noexcept {
        static_cast<callbacks_type *>(user)->check(message(*raw));
    }
    std::unique_ptr<callbacks_type> callbacks_;
    detail::handle<bj_server, bj_server_free> handle_;
};

}  // namespace basenji

#endif
