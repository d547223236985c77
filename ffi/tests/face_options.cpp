// Each member of C++'s options reaches its member of C's. The library stands aside: what it would be handed is taken here, each text the name of its member.
#undef NDEBUG
#include <cassert>
#include <cstdio>
#include <cstring>

#include "basenji.hpp"

using namespace std::chrono_literals;

namespace {

int taken = 0;

// What becomes of each member: its test here, and its setting below, in one list.
#define OF_CLIENT(TEXT, SWITCH, WHOLE, TIME)                                                                      \
    TEXT(address) TEXT(profile) TEXT(prefix) TEXT(suffix) TEXT(container_id) TEXT(root) TEXT(dialect)             \
    TEXT(aggregation) TEXT(overflow) TEXT(telemetry_client) TEXT(telemetry_client_version)                        \
    SWITCH(environment) SWITCH(origin_detection) SWITCH(background) SWITCH(telemetry) SWITCH(segmentation)        \
    WHOLE(max_payload, 3) WHOLE(contexts, 4) WHOLE(context_bytes, 5) WHOLE(cells, 6) WHOLE(queue_bytes, 7)        \
    WHOLE(troubles, 8) WHOLE(send_buffer, 9) WHOLE(longest_frame, 10) WHOLE(sample_rate, 0.5)                     \
    TIME(flush_interval, 11) TIME(telemetry_interval, 12) TIME(expiry, 13) TIME(patience, 14)                     \
    TIME(exit_timeout, 15) TIME(retry_first, 16) TIME(retry_most, 17) TIME(lookup_interval, 18)
#define OF_SERVER(TEXT, SWITCH, WHOLE) \
    TEXT(udp) TEXT(socket_path) TEXT(stream_path) SWITCH(telemetry) WHOLE(bucket_secs, 3) WHOLE(workers, 4) WHOLE(contexts, 5)
#define OF_EVENT(TEXT) TEXT(hostname) TEXT(aggregation_key) TEXT(source_type)
#define OF_CHECK(TEXT) TEXT(hostname) TEXT(message)

bool is(const char *text, const char *expected) { return text && std::strcmp(text, expected) == 0; }

void is_one(const char *const *tags, std::size_t ntags) { assert(ntags == 1 && is(tags[0], "tag")); }

#define IS_TEXT(member) assert(is(options->member, #member));
#define IS_OFF(member) assert(options->member == 2);
#define IS_WHOLE(member, value) assert(options->member == value);
#define IS_TIME(member, value) assert(options->member##_ms == value);
#define SET_TEXT(member) options.member = #member;
#define SET_OFF(member) options.member = false;
#define SET_WHOLE(member, value) options.member = value;
#define SET_TIME(member, value) options.member = std::chrono::milliseconds(value);

}  // namespace

extern "C" {

bj_bytes bj_text(const char *text) { return {reinterpret_cast<const std::uint8_t *>(text), std::strlen(text)}; }

bj_status bj_client_new(const bj_client_options *options, bj_client **) {
    OF_CLIENT(IS_TEXT, IS_OFF, IS_WHOLE, IS_TIME)
    assert(is(options->cardinality, "low"));
    is_one(options->tags, options->ntags);
    ++taken;
    return BJ_SYSTEM;
}

void bj_client_free(bj_client *, std::uint32_t) {}

bj_status bj_server_new(const bj_server_options *options, bj_server **) {
    OF_SERVER(IS_TEXT, IS_OFF, IS_WHOLE)
    assert(options->pull == 1 && options->on_series && options->on_event && options->on_service_check);
    const bj_series series{};
    const bj_message message{};
    options->on_series(options->user, &series);
    options->on_event(options->user, &message);
    options->on_service_check(options->user, &message);
    is_one(options->tags, options->ntags);
    ++taken;
    return BJ_SYSTEM;
}

void bj_server_free(bj_server *) {}

bj_status bj_event_n(const bj_client *, bj_bytes, bj_bytes, const bj_bytes *, std::size_t, const bj_event_options *options) {
    OF_EVENT(IS_TEXT)
    assert(options->timestamp == 7 && is(options->priority, "low") && is(options->alert_type, "error") && is(options->cardinality, "low"));
    ++taken;
    return BJ_OK;
}

bj_status bj_service_check_n(const bj_client *, bj_bytes, std::int32_t status, const bj_bytes *, std::size_t, const bj_event_options *options) {
    OF_CHECK(IS_TEXT)
    assert(status == 2 && options->timestamp == 7 && is(options->cardinality, "low"));
    ++taken;
    return BJ_OK;
}

bj_status bj_gauge_n(const bj_client *, bj_bytes, double, const bj_bytes *, std::size_t, const bj_call_options *options) {
    assert(options->sample_rate == 0.5 && options->timestamp == 7 && is(options->cardinality, "low"));
    ++taken;
    return BJ_OK;
}

}  // extern "C"

int main() {
    {
        basenji::client_options options;
        OF_CLIENT(SET_TEXT, SET_OFF, SET_WHOLE, SET_TIME)
        options.cardinality = basenji::cardinality::low;
        options.tags = {"tag"};
        assert(basenji::client::create(options).status().code() == BJ_SYSTEM && taken == 1);
    }
    {
        basenji::server_options options;
        OF_SERVER(SET_TEXT, SET_OFF, SET_WHOLE)
        options.tags = {"tag"};
        options.pull = true;
        int series = 0, events = 0, checks = 0;
        options.on_series = [&](const basenji::series &) { ++series; };
        options.on_event = [&](const basenji::message &) { ++events; };
        options.on_service_check = [&](const basenji::message &) { ++checks; };
        assert(basenji::server::start(options).status().code() == BJ_SYSTEM && taken == 2);
        assert(series == 1 && events == 1 && checks == 1);
    }
    const basenji::client client;
    const basenji::time_point time(7s);
    {
        basenji::event_options options;
        OF_EVENT(SET_TEXT)
        options.timestamp = time;
        options.priority = basenji::priority::low;
        options.alert = basenji::alert::error;
        options.cardinality = basenji::cardinality::low;
        assert(client.event("title", "text", {}, options) && taken == 3);
    }
    {
        basenji::check_options options;
        OF_CHECK(SET_TEXT)
        options.timestamp = time;
        options.cardinality = basenji::cardinality::low;
        assert(client.service_check("name", basenji::check::critical, {}, options) && taken == 4);
    }
    assert(client.gauge("name", 1, {}, basenji::call().sample_rate(0.5).timestamp(time).cardinality(basenji::cardinality::low)) && taken == 5);
    std::printf("all is well\n");
}
