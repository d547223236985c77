#ifndef BASENJI_CLIENT_HPP
#define BASENJI_CLIENT_HPP

// The client. Included by `basenji.hpp`.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "types.hpp"

namespace basenji {

struct client_options {
    // As the members of `bj_client_options`; what is left out is the default.
    std::string address, prefix, suffix, dialect, container_id, root, telemetry_client, telemetry_client_version;
    std::vector<std::string> tags;
    basenji::cardinality cardinality = cardinality::unset;
    std::string profile, aggregation, overflow;
    std::optional<bool> telemetry, origin_detection, environment, background, segmentation;
    std::chrono::milliseconds flush_interval{0}, telemetry_interval{0}, expiry{0}, patience{0};
    // How long the end of the process, and of the client, waits for what is to be sent.
    std::chrono::milliseconds exit_timeout{0};
    std::uint32_t max_payload = 0, contexts = 0, context_bytes = 0, cells = 0, queue_bytes = 0, troubles = 0;
    // Of the transport.
    std::chrono::milliseconds retry_first{0}, retry_most{0}, lookup_interval{0};
    std::uint32_t send_buffer = 0, longest_frame = 0;
    double sample_rate = 0;
};

// The options of one call for a metric, one after the other: `call().sample_rate(0.5)`.
class call {
public:
    call &sample_rate(double rate) noexcept { return raw_.sample_rate = rate, *this; }
    // A call with a timestamp is never aggregated.
    call &timestamp(time_point time) noexcept { return raw_.timestamp = detail::seconds(time), *this; }
    call &cardinality(basenji::cardinality word) noexcept { return raw_.cardinality = detail::word(word), *this; }
    const bj_call_options *get() const noexcept { return &raw_; }

private:
    bj_call_options raw_ = BJ_CALL_OPTIONS_INIT;
};

// A call's options, or none.
class call_options {
public:
    call_options() noexcept = default;
    call_options(const call &call) noexcept : raw_(call.get()) {}
    operator const bj_call_options *() const noexcept { return raw_; }

private:
    const bj_call_options *raw_ = nullptr;
};

struct event_options {
    std::optional<time_point> timestamp;
    std::string hostname, aggregation_key, source_type;
    basenji::priority priority = priority::normal;
    basenji::alert alert = alert::info;
    basenji::cardinality cardinality = cardinality::unset;
};

struct check_options {
    std::optional<time_point> timestamp;
    std::string hostname, message;
    basenji::cardinality cardinality = cardinality::unset;
};

// A metric whose name and tags were looked up once: for where each nanosecond counts. It may outlive its client.
class metric {
public:
    metric() noexcept = default;
    explicit metric(bj_metric *handle) noexcept : handle_(handle) {}
    // Adds to a count.
    status add(std::int64_t value = 1) const noexcept { return bj_metric_add(handle_.get(), value); }
    // Sets a gauge, or records a sample.
    status record(double value) const noexcept { return bj_metric_record(handle_.get(), value); }
    // Records a duration, in milliseconds.
    template <class Rep, class Period>
    status record(std::chrono::duration<Rep, Period> time) const noexcept {
        return record(detail::milliseconds(time));
    }
    bj_metric *get() const noexcept { return handle_.get(); }

private:
    detail::handle<bj_metric, bj_metric_free> handle_;
};

// A client, shared by all threads of a program.
class client {
public:
    client() noexcept = default;
    explicit client(bj_client *handle) noexcept : handle_(handle) {}

    static result<client> create(const client_options &options = {}) {
        const std::vector<const char *> tags = detail::strings(options.tags);
        bj_client_options raw = BJ_CLIENT_OPTIONS_INIT;
        raw.address = detail::string(options.address);
        raw.prefix = detail::string(options.prefix);
        raw.suffix = detail::string(options.suffix);
        raw.tags = tags.data();
        raw.ntags = tags.size();
        raw.cardinality = detail::word(options.cardinality);
        raw.profile = detail::string(options.profile);
        raw.aggregation = detail::string(options.aggregation);
        raw.telemetry = detail::switched(options.telemetry);
        raw.origin_detection = detail::switched(options.origin_detection);
        raw.flush_interval_ms = detail::whole<std::chrono::milliseconds>(options.flush_interval);
        raw.max_payload = options.max_payload;
        raw.sample_rate = options.sample_rate;
        raw.dialect = detail::string(options.dialect);
        raw.container_id = detail::string(options.container_id);
        raw.telemetry_client = detail::string(options.telemetry_client);
        raw.telemetry_client_version = detail::string(options.telemetry_client_version);
        raw.telemetry_interval_ms = detail::whole<std::chrono::milliseconds>(options.telemetry_interval);
        raw.environment = detail::switched(options.environment);
        raw.background = detail::switched(options.background);
        raw.contexts = options.contexts;
        raw.context_bytes = options.context_bytes;
        raw.cells = options.cells;
        raw.queue_bytes = options.queue_bytes;
        raw.overflow = detail::string(options.overflow);
        raw.root = detail::string(options.root);
        raw.segmentation = detail::switched(options.segmentation);
        raw.retry_first_ms = detail::whole<std::chrono::milliseconds>(options.retry_first);
        raw.retry_most_ms = detail::whole<std::chrono::milliseconds>(options.retry_most);
        raw.lookup_interval_ms = detail::whole<std::chrono::milliseconds>(options.lookup_interval);
        raw.send_buffer = options.send_buffer;
        raw.longest_frame = options.longest_frame;
        raw.expiry_ms = detail::whole<std::chrono::milliseconds>(options.expiry);
        raw.patience_ms = detail::whole<std::chrono::milliseconds>(options.patience);
        raw.exit_timeout_ms = detail::whole<std::chrono::milliseconds>(options.exit_timeout);
        raw.troubles = options.troubles;
        bj_client *handle = nullptr;
        const bj_status status = bj_client_new(&raw, &handle);
        return detail::made(status, client(handle));
    }

    status count(text name, std::int64_t value = 1, tags tags = {}, call_options options = {}) const noexcept {
        return bj_count_n(get(), name, value, tags.data(), tags.size(), options);
    }
    status gauge(text name, double value, tags tags = {}, call_options options = {}) const noexcept {
        return bj_gauge_n(get(), name, value, tags.data(), tags.size(), options);
    }
    status histogram(text name, double value, tags tags = {}, call_options options = {}) const noexcept {
        return bj_histogram_n(get(), name, value, tags.data(), tags.size(), options);
    }
    status distribution(text name, double value, tags tags = {}, call_options options = {}) const noexcept {
        return bj_distribution_n(get(), name, value, tags.data(), tags.size(), options);
    }
    template <class Rep, class Period>
    status timing(text name, std::chrono::duration<Rep, Period> time, tags tags = {}, call_options options = {}) const noexcept {
        return bj_timing_n(get(), name, detail::milliseconds(time), tags.data(), tags.size(), options);
    }
    status set(text name, text member, tags tags = {}, call_options options = {}) const noexcept {
        return bj_set_n(get(), name, member, tags.data(), tags.size(), options);
    }

    status event(text title, text text, tags tags = {}, const event_options &options = {}) const noexcept {
        bj_event_options raw = BJ_EVENT_OPTIONS_INIT;
        raw.timestamp = detail::seconds(options.timestamp);
        raw.hostname = detail::string(options.hostname);
        raw.aggregation_key = detail::string(options.aggregation_key);
        raw.source_type = detail::string(options.source_type);
        raw.priority = detail::word(options.priority);
        raw.alert_type = detail::word(options.alert);
        raw.cardinality = detail::word(options.cardinality);
        return bj_event_n(get(), title, text, tags.data(), tags.size(), &raw);
    }
    status service_check(text name, check status, tags tags = {}, const check_options &options = {}) const noexcept {
        bj_event_options raw = BJ_EVENT_OPTIONS_INIT;
        raw.timestamp = detail::seconds(options.timestamp);
        raw.hostname = detail::string(options.hostname);
        raw.message = detail::string(options.message);
        raw.cardinality = detail::word(options.cardinality);
        return bj_service_check_n(get(), name, static_cast<std::int32_t>(status), tags.data(), tags.size(), &raw);
    }

    // A metric of any kind but a set.
    result<basenji::metric> metric(kind kind, text name, tags tags = {}) const noexcept {
        bj_metric *handle = nullptr;
        const auto number = static_cast<std::int32_t>(kind);
        const bj_status status = bj_metric_new_n(get(), number, name, tags.data(), tags.size(), &handle);
        return detail::made(status, basenji::metric(handle));
    }

    // Sends what was called before, and waits until it is with the system, or lost and counted.
    template <class Rep, class Period>
    status flush(std::chrono::duration<Rep, Period> patience) const noexcept {
        return bj_flush(get(), detail::whole<std::chrono::milliseconds>(patience));
    }
    result<bj_client_counters> stats() const noexcept {
        bj_client_counters counters{};
        const bj_status status = bj_client_stats(get(), &counters);
        return detail::made(status, counters);
    }
    // The oldest trouble that is kept, or BJ_END.
    result<bj_trouble> trouble() const noexcept {
        bj_trouble trouble{};
        const bj_status status = bj_client_trouble(get(), &trouble);
        return detail::made(status, trouble);
    }
    // Flushes and ends it. Its destructor does the same, for a second at most.
    template <class Rep, class Period>
    status close(std::chrono::duration<Rep, Period> patience) const noexcept {
        return bj_close(get(), detail::whole<std::chrono::milliseconds>(patience));
    }
    bj_client *get() const noexcept { return handle_.get(); }

private:
    static void free(bj_client *client) noexcept { bj_client_free(client, 1000); }

    detail::handle<bj_client, free> handle_;
};

// Records the time from its making to its end, under a metric that outlives it, or under a name and tags, of which it keeps a copy.
class scoped_timer {
public:
    explicit scoped_timer(const metric &metric) noexcept : metric_(&metric) {}
    scoped_timer(const client &client, text name, tags tags = {}) : client_(&client), texts_(1, name) {
        texts_.insert(texts_.end(), tags.begin(), tags.end());
        std::size_t size = 0;
        for (const text &text : texts_) {
            size += text.len;
        }
        copy_.reserve(size);
        for (text &text : texts_) {
            copy_ += view(text);
            text = std::string_view(copy_).substr(copy_.size() - text.len);
        }
    }
    scoped_timer(const scoped_timer &) = delete;
    scoped_timer &operator=(const scoped_timer &) = delete;
    ~scoped_timer() {
        if (metric_) {
            metric_->record(elapsed());
        } else if (client_) {
            client_->timing(texts_[0], elapsed(), {texts_.data() + 1, texts_.size() - 1});
        }
    }
    std::chrono::steady_clock::duration elapsed() const noexcept { return std::chrono::steady_clock::now() - start_; }
    // Records nothing.
    void cancel() noexcept {
        metric_ = nullptr;
        client_ = nullptr;
    }

private:
    const metric *metric_ = nullptr;
    const client *client_ = nullptr;
    std::string copy_;
    // The name and the tags.
    std::vector<text> texts_;
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace basenji

#endif
