/* Whatever is passed wrongly is a status that names the argument, changes nothing, and crashes nothing. */
#undef NDEBUG
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "basenji.h"

static const bj_bytes NOTHING = {NULL, 0};
static const bj_bytes TOO_LONG = {(const uint8_t *)"a", SIZE_MAX};
static const bj_bytes NAME = {(const uint8_t *)"name", 4};

/* A place for a handle that no call may write to. */
static char untouched;
#define UNTOUCHED(type) ((type *)(void *)&untouched)

/* The status has a name, and its sentence this word. */
static void names(bj_status status, const char *word) {
    assert(strncmp(bj_status_name(status), "BJ_", 3) == 0 && strcmp(bj_status_name(status), "BJ_UNKNOWN") != 0);
    assert(strstr(bj_status_message(status), word) != NULL);
}

static void statuses(void) {
    assert(strcmp(bj_status_name(BJ_NO_PIPE), "BJ_NO_PIPE") == 0);
    assert(strcmp(bj_status_name(-7), "BJ_UNKNOWN") == 0 && strcmp(bj_status_name(INT32_MAX), "BJ_UNKNOWN") == 0);
    assert(strlen(bj_status_message(12345)) > 0 && strlen(bj_version()) >= 5);
    names(BJ_NULL_CLIENT, "'client'");
    names(BJ_NULL_NAME, "'name'");
    names(BJ_NULL_TAGS, "'tags'");
    names(BJ_NULL_VALUE, "'value'");
    names(BJ_NULL_METRIC, "'metric'");
    names(BJ_NULL_SERVER, "'server'");
    names(BJ_NULL_OPTIONS, "'options'");
    names(BJ_NULL_DATAGRAM, "'datagram'");
    names(BJ_NULL_TITLE, "'title'");
    names(BJ_NULL_TEXT, "'text'");
    names(BJ_NULL_SERIES, "'series'");
    names(BJ_NULL_BUCKET, "'bucket'");
    names(BJ_BAD_SIZE, "options.size");
    names(BJ_BAD_KIND, "'kind'");
    names(BJ_BAD_ADDRESS, "'options'");
    names(BJ_BAD_PROFILE, "options.profile");
    names(BJ_BAD_SWITCH, "origin_detection");
    names(BJ_BAD_CARDINALITY, "options.cardinality");
    names(BJ_BAD_SETTING, "'options'");
    names(BJ_BAD_SERVICE_STATUS, "'status'");
    names(BJ_BAD_SAMPLE_RATE, "options.sample_rate");
    names(BJ_BAD_PRIORITY, "options.priority");
    names(BJ_BAD_ALERT_TYPE, "options.alert_type");
    names(BJ_BAD_TAGS, "options.tags");
    names(BJ_NOT_PULLED, "options.pull");
}

/* Options that no client is made of. */
static void client_options(void) {
    bj_client *client = UNTOUCHED(bj_client);
    bj_client_options options = BJ_CLIENT_OPTIONS_INIT;
    assert(bj_client_new(NULL, NULL) == BJ_NULL_OUT && bj_client_new(&options, NULL) == BJ_NULL_OUT);
    for (options.size = 0; options.size < sizeof options; options.size++) {
        assert(bj_client_new(&options, &client) == BJ_BAD_SIZE);
    }
#define REFUSED(member, bad, good, status)               \
    options.member = bad;                                \
    assert(bj_client_new(&options, &client) == status);  \
    assert(client == UNTOUCHED(bj_client));              \
    options.member = good
    REFUSED(address, "tcp://h:1", "udp://127.0.0.1:9", BJ_BAD_ADDRESS);
    REFUSED(address, "\xff", "udp://127.0.0.1:9", BJ_BAD_UTF8);
    REFUSED(prefix, "\xff", NULL, BJ_BAD_UTF8);
    REFUSED(suffix, "\xff", NULL, BJ_BAD_UTF8);
    REFUSED(ntags, 1, 0, BJ_NULL_TAGS);
    REFUSED(ntags, SIZE_MAX, 0, BJ_NULL_TAGS);
    REFUSED(cardinality, "mid", NULL, BJ_BAD_CARDINALITY);
    REFUSED(profile, "slow", NULL, BJ_BAD_PROFILE);
    REFUSED(overflow, "all", NULL, BJ_BAD_SETTING);
    REFUSED(expiry_ms, UINT32_MAX, 0, BJ_BAD_SETTING);
    REFUSED(aggregation, "some", NULL, BJ_BAD_SETTING);
    REFUSED(telemetry, -1, 0, BJ_BAD_SWITCH);
    REFUSED(origin_detection, 7, 0, BJ_BAD_SWITCH);
    REFUSED(sample_rate, 1.5, 0.0, BJ_BAD_SAMPLE_RATE);
    REFUSED(sample_rate, -0.5, 0.0, BJ_BAD_SAMPLE_RATE);
    REFUSED(sample_rate, 0.0 / 0.0, 0.0, BJ_BAD_SAMPLE_RATE);
    const char *bad[] = {"fine", NULL}, *bytes[] = {"\xff"};
    options.tags = bad;
    REFUSED(ntags, 2, 0, BJ_NULL_TAGS);
    options.tags = bytes;
    REFUSED(ntags, 1, 0, BJ_BAD_UTF8);
#undef REFUSED
}

static void server_options(void) {
    bj_server *server = UNTOUCHED(bj_server);
    bj_server_options options = BJ_SERVER_OPTIONS_INIT;
    assert(bj_server_new(NULL, &server) == BJ_NULL_OPTIONS && bj_server_new(&options, &server) == BJ_NO_LISTENER);
    options.udp = "127.0.0.1:0";
    assert(bj_server_new(&options, NULL) == BJ_NULL_OUT);
#define REFUSED(member, bad, good, status)               \
    options.member = bad;                                \
    assert(bj_server_new(&options, &server) == status);  \
    assert(server == UNTOUCHED(bj_server));              \
    options.member = good
    REFUSED(size, 8, sizeof options, BJ_BAD_SIZE);
    REFUSED(udp, "nonsense", "127.0.0.1:0", BJ_BAD_ADDRESS);
    REFUSED(udp, "\xff", "127.0.0.1:0", BJ_BAD_UTF8);
    REFUSED(socket_path, "/no/such/directory", NULL, BJ_BAD_ADDRESS);
    REFUSED(ntags, 1, 0, BJ_NULL_TAGS);
    REFUSED(telemetry, 3, 0, BJ_BAD_SWITCH);
    REFUSED(pull, 3, 0, BJ_BAD_SWITCH);
    REFUSED(workers, 5000, 0, BJ_BAD_SETTING);
    REFUSED(bucket_secs, UINT32_MAX, 0, BJ_BAD_SETTING);
    const char *bad[] = {"a|b"};
    options.tags = bad;
    REFUSED(ntags, 1, 0, BJ_BAD_TAGS);
#undef REFUSED
}

/* What a caller with an older or a newer header passes. */
static void sizes(void) {
    struct newer {
        bj_server_options known;
        uint64_t unknown;
    } newer = {BJ_SERVER_OPTIONS_INIT, 77};
    bj_server *server = NULL;
    newer.known.size = sizeof newer;
    newer.known.udp = "127.0.0.1:0";
    assert(bj_server_new(&newer.known, &server) == BJ_OK);
    bj_server_free(server);

    /* The first version had no `contexts`: what is there is not of the options. */
    bj_server_options older = BJ_SERVER_OPTIONS_INIT;
    older.size = offsetof(bj_server_options, contexts);
    older.udp = "127.0.0.1:0";
    older.contexts = SIZE_MAX;
    assert(bj_server_new(&older, &server) == BJ_OK);
    bj_server_free(server);
    older.size = sizeof older;
    server = UNTOUCHED(bj_server);
    assert(bj_server_new(&older, &server) == BJ_BAD_SETTING && server == UNTOUCHED(bj_server));

    bj_call_options call = BJ_CALL_OPTIONS_INIT;
    bj_client *client = NULL;
    assert(bj_client_new(NULL, &client) == BJ_OK);
    call.size--;
    assert(bj_count_ex(client, "a", 1, NULL, 0, &call) == BJ_BAD_SIZE);
    bj_client_free(client, 1000);
}

/* Every kind of metric, with these names and tags. */
static void by_string(const bj_client *client, const char *name, const char *const *tags, size_t ntags, bj_status status) {
    assert(bj_count(client, name, 1, tags, ntags) == status && bj_count_ex(client, name, 1, tags, ntags, NULL) == status);
    assert(bj_gauge(client, name, 1, tags, ntags) == status && bj_gauge_ex(client, name, 1, tags, ntags, NULL) == status);
    assert(bj_histogram(client, name, 1, tags, ntags) == status);
    assert(bj_histogram_ex(client, name, 1, tags, ntags, NULL) == status);
    assert(bj_distribution(client, name, 1, tags, ntags) == status);
    assert(bj_distribution_ex(client, name, 1, tags, ntags, NULL) == status);
    assert(bj_timing(client, name, 1, tags, ntags) == status && bj_timing_ex(client, name, 1, tags, ntags, NULL) == status);
    assert(bj_set(client, name, "m", tags, ntags) == status && bj_set_ex(client, name, "m", tags, ntags, NULL) == status);
}

static void by_bytes(const bj_client *client, bj_bytes name, const bj_bytes *tags, size_t ntags, bj_status status) {
    bj_call_options options = BJ_CALL_OPTIONS_INIT;
    assert(bj_count_n(client, name, 1, tags, ntags, &options) == status);
    assert(bj_gauge_n(client, name, 1, tags, ntags, &options) == status);
    assert(bj_histogram_n(client, name, 1, tags, ntags, &options) == status);
    assert(bj_distribution_n(client, name, 1, tags, ntags, &options) == status);
    assert(bj_timing_n(client, name, 1, tags, ntags, NULL) == status);
    assert(bj_set_n(client, name, NAME, tags, ntags, NULL) == status);
}

/* The calls of a client, on none, on one that is open, and on one that is closed. */
static void calls(const bj_client *client, bj_status expected) {
    const char *tags[] = {"env:dev"}, *bad[] = {"env:dev", NULL};
    const bj_bytes texts[] = {NAME}, wrong[] = {NAME, NOTHING};
    bj_call_options call = BJ_CALL_OPTIONS_INIT;
    by_string(client, "a", tags, 1, expected);
    by_bytes(client, NAME, texts, 1, expected);
    assert(bj_event(client, "a", "b", tags, 1, NULL) == expected);
    assert(bj_event_n(client, NAME, NAME, texts, 1, NULL) == expected);
    assert(bj_service_check(client, "a", 0, tags, 1, NULL) == expected);
    assert(bj_service_check_n(client, NAME, 0, texts, 1, NULL) == expected);
    bj_metric *metric = NULL;
    assert(bj_metric_new(client, BJ_COUNT, "a", tags, 1, &metric) == expected && (expected == BJ_OK) == (metric != NULL));
    bj_metric_free(metric);
    metric = NULL;
    assert(bj_metric_new_n(client, BJ_COUNT, NAME, texts, 1, &metric) == expected);
    bj_metric_free(metric);
    if (expected != BJ_OK) {
        return;
    }

    by_string(client, NULL, NULL, 0, BJ_NULL_NAME);
    by_string(client, "a", NULL, 1, BJ_NULL_TAGS);
    by_string(client, "a", NULL, SIZE_MAX, BJ_NULL_TAGS);
    by_string(client, "a", tags, SIZE_MAX, BJ_NULL_TAGS);
    by_string(client, "a", bad, 2, BJ_NULL_TAGS);
    by_bytes(client, NOTHING, NULL, 0, BJ_NULL_NAME);
    by_bytes(client, TOO_LONG, NULL, 0, BJ_NULL_NAME);
    by_bytes(client, NAME, NULL, 1, BJ_NULL_TAGS);
    by_bytes(client, NAME, texts, SIZE_MAX, BJ_NULL_TAGS);
    by_bytes(client, NAME, wrong, 2, BJ_NULL_TAGS);
    by_bytes(client, NAME, &TOO_LONG, 1, BJ_NULL_TAGS);
    assert(bj_set(client, "a", NULL, NULL, 0) == BJ_NULL_VALUE && bj_set_n(client, NAME, NOTHING, NULL, 0, NULL) == BJ_NULL_VALUE);
    assert(bj_event(client, NULL, "", NULL, 0, NULL) == BJ_NULL_TITLE && bj_event(client, "a", NULL, NULL, 0, NULL) == BJ_NULL_TEXT);
    assert(bj_event_n(client, NOTHING, NAME, NULL, 0, NULL) == BJ_NULL_TITLE);
    assert(bj_event_n(client, NAME, NOTHING, NULL, 0, NULL) == BJ_NULL_TEXT);
    assert(bj_event(client, "a", "", NULL, 1, NULL) == BJ_NULL_TAGS);
    assert(bj_service_check(client, NULL, 0, NULL, 0, NULL) == BJ_NULL_NAME);
    assert(bj_service_check_n(client, NOTHING, 0, NULL, 0, NULL) == BJ_NULL_NAME);
    assert(bj_service_check(client, "a", 4, NULL, 0, NULL) == BJ_BAD_SERVICE_STATUS);
    assert(bj_service_check(client, "a", -1, NULL, 0, NULL) == BJ_BAD_SERVICE_STATUS);
    assert(bj_service_check(client, "a", 0, NULL, 1, NULL) == BJ_NULL_TAGS);

    const double rates[] = {2.0, -1.0, 0.0 / 0.0};
    for (size_t one = 0; one < sizeof rates / sizeof *rates; one++) {
        call.sample_rate = rates[one];
        assert(bj_gauge_ex(client, "a", 1.0, NULL, 0, &call) == BJ_BAD_SAMPLE_RATE);
    }
    call.sample_rate = 0.0;
    call.cardinality = "mid";
    assert(bj_gauge_ex(client, "a", 1.0, NULL, 0, &call) == BJ_BAD_CARDINALITY);
    bj_event_options event = BJ_EVENT_OPTIONS_INIT;
    event.priority = "urgent";
    assert(bj_event(client, "a", "b", NULL, 0, &event) == BJ_BAD_PRIORITY);
    event.priority = NULL;
    event.alert_type = "bad";
    assert(bj_event(client, "a", "b", NULL, 0, &event) == BJ_BAD_ALERT_TYPE);
    event.alert_type = NULL;
    event.cardinality = "mid";
    assert(bj_event(client, "a", "b", NULL, 0, &event) == BJ_BAD_CARDINALITY);
    assert(bj_service_check(client, "a", 0, NULL, 0, &event) == BJ_BAD_CARDINALITY);
    event.size = 0;
    assert(bj_service_check(client, "a", 0, NULL, 0, &event) == BJ_BAD_SIZE);
}

static void metrics(bj_client *client) {
    bj_metric *metric = UNTOUCHED(bj_metric);
    const int32_t kinds[] = {BJ_SET, -1, 6, INT32_MAX};
    for (size_t one = 0; one < sizeof kinds / sizeof *kinds; one++) {
        assert(bj_metric_new(client, kinds[one], "a", NULL, 0, &metric) == BJ_BAD_KIND);
    }
    assert(bj_metric_new(client, BJ_COUNT, NULL, NULL, 0, &metric) == BJ_NULL_NAME);
    assert(bj_metric_new(client, BJ_COUNT, "a", NULL, 1, &metric) == BJ_NULL_TAGS);
    assert(bj_metric_new(client, BJ_COUNT, "a", NULL, 0, NULL) == BJ_NULL_OUT);
    assert(bj_metric_new_n(client, BJ_COUNT, TOO_LONG, NULL, 0, &metric) == BJ_NULL_NAME);
    assert(metric == UNTOUCHED(bj_metric));
    assert(bj_metric_add(NULL, 1) == BJ_NULL_METRIC && bj_metric_record(NULL, 1.0) == BJ_NULL_METRIC);
    assert(bj_metric_new(client, BJ_GAUGE, "a", NULL, 0, &metric) == BJ_OK && bj_metric_add(metric, 1) == BJ_WRONG_KIND);
    bj_metric_free(metric);
    assert(bj_metric_new(client, BJ_COUNT, "a", NULL, 0, &metric) == BJ_OK && bj_metric_record(metric, 1) == BJ_WRONG_KIND);
    bj_metric_free(metric);
}

static void server(void) {
    uint16_t port = 7;
    bj_server_counters counters;
    bj_bucket *bucket = UNTOUCHED(bj_bucket);
    bj_series series;
    bj_message message;
    double value = 7.0;
    assert(bj_server_port(NULL, &port) == BJ_NULL_SERVER && bj_server_stats(NULL, &counters) == BJ_NULL_SERVER);
    assert(bj_server_stop(NULL) == BJ_NULL_SERVER && bj_server_next(NULL, 0, &bucket) == BJ_NULL_SERVER);
    assert(bj_bucket_next_series(NULL, &series) == BJ_NULL_BUCKET && bj_bucket_next_event(NULL, &message) == BJ_NULL_BUCKET);
    assert(bj_bucket_next_service_check(NULL, &message) == BJ_NULL_BUCKET);
    assert(bj_series_quantile(NULL, 0.5, &value) == BJ_NULL_SERIES && port == 7 && value == 7.0);

    bj_server *server = NULL;
    bj_server_options options = BJ_SERVER_OPTIONS_INIT;
    options.udp = "127.0.0.1:0";
    assert(bj_server_new(&options, &server) == BJ_OK);
    assert(bj_server_port(server, NULL) == BJ_NULL_OUT && bj_server_stats(server, NULL) == BJ_NULL_OUT);
    assert(bj_server_next(server, 0, NULL) == BJ_NULL_OUT && bj_server_next(server, 0, &bucket) == BJ_NOT_PULLED);
    assert(bj_server_stop(server) == BJ_OK && bj_server_stop(server) == BJ_CLOSED);
    assert(bj_server_port(server, &port) == BJ_CLOSED && port == 7 && bj_server_stats(server, &counters) == BJ_OK);
    assert(bj_server_next(server, 0, &bucket) == BJ_NOT_PULLED && bucket == UNTOUCHED(bj_bucket));
    bj_server_free(server);
}

static void parser(void) {
    bj_message message;
    bj_bytes tag;
    double value;
    bj_datagram none = {NULL, 5, 0, 0, {NULL, 0}}, endless = {(const uint8_t *)"a", SIZE_MAX, 0, 0, {NULL, 0}};
    bj_datagram beyond = {(const uint8_t *)"a:1|c", 5, 99, 0, {NULL, 0}}, empty = {NULL, 0, 0, 0, {NULL, 0}};
    assert(bj_datagram_next(NULL, &message) == BJ_NULL_DATAGRAM && bj_datagram_next(&empty, NULL) == BJ_NULL_OUT);
    assert(bj_datagram_next(&none, &message) == BJ_NULL_DATAGRAM && bj_datagram_next(&endless, &message) == BJ_NULL_DATAGRAM);
    assert(bj_datagram_next(&beyond, &message) == BJ_END && bj_datagram_next(&empty, &message) == BJ_END);
    assert(bj_values_next(NULL, &value) == BJ_NULL_ITERATOR && bj_tags_next(NULL, &tag) == BJ_NULL_ITERATOR);
    bj_values values = {{NULL, 3}};
    bj_tags tags = {{(const uint8_t *)"a", SIZE_MAX}};
    assert(bj_values_next(&values, NULL) == BJ_NULL_OUT && bj_values_next(&values, &value) == BJ_NULL_ITERATOR);
    assert(bj_tags_next(&tags, NULL) == BJ_NULL_OUT && bj_tags_next(&tags, &tag) == BJ_NULL_ITERATOR);
}

int main(void) {
    statuses();
    client_options();
    server_options();
    sizes();
    calls(NULL, BJ_NULL_CLIENT);
    bj_client_free(NULL, 1000);
    bj_metric_free(NULL);
    bj_server_free(NULL);
    bj_bucket_free(NULL);

    bj_client_options options = BJ_CLIENT_OPTIONS_INIT;
    options.address = "udp://127.0.0.1:9";
    bj_client *client = NULL;
    bj_client_counters counters;
    assert(bj_client_new(&options, &client) == BJ_OK);
    calls(client, BJ_OK);
    metrics(client);
    assert(bj_flush(NULL, 0) == BJ_NULL_CLIENT && bj_close(NULL, 1000) == BJ_NULL_CLIENT);
    assert(bj_client_stats(NULL, &counters) == BJ_NULL_CLIENT && bj_client_stats(client, NULL) == BJ_NULL_OUT);
    bj_metric *metric = NULL;
    assert(bj_metric_new(client, BJ_COUNT, "a", NULL, 0, &metric) == BJ_OK);
    assert(bj_close(client, 60000) == BJ_OK && bj_close(client, 60000) == BJ_CLOSED && bj_flush(client, 0) == BJ_CLOSED);
    calls(client, BJ_CLOSED);
    assert(bj_client_stats(client, &counters) == BJ_OK && counters.events == 2 && counters.service_checks == 2);
    /* A metric may outlive its client. */
    bj_client_free(client, 1000);
    assert(bj_metric_add(metric, 1) == BJ_OK);
    bj_metric_free(metric);

    server();
    parser();
    printf("all is well\n");
    return 0;
}
