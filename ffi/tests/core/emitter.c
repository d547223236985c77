/* Calls become lines, lines datagrams; what is aggregated leaves as one line; nothing is lost without a counter; misuse is a status. */
#undef NDEBUG
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "basenji_core.h"

#define BUFFER 256

static uint64_t memory[BJ_EMITTER_AGGREGATING_WORDS(BUFFER, 16, 1024, 128)];

/* Where datagrams go. */
struct net {
    bj_emitter *emitter;
    char text[2048];
    size_t len, datagrams, longest;
    int32_t broken;
};

static int32_t take(void *user, const uint8_t *datagram, size_t len) {
    struct net *net = user;
    bj_client_counters counters;
    uint64_t at;
    const bj_bytes name = bj_text("a");
    net->datagrams++;
    net->longest = len > net->longest ? len : net->longest;
    if (!net->broken) {
        assert(net->len + len < sizeof net->text);
        memcpy(net->text + net->len, datagram, len);
        net->len += len;
    }
    /* A callback that calls its emitter is told so, whatever it calls. */
    assert(bj_emitter_count(net->emitter, "a", 1, NULL, 0, 0) == BJ_BUSY);
    assert(bj_emitter_value(net->emitter, BJ_GAUGE, name, 1, NULL, 0) == BJ_BUSY);
    assert(bj_emitter_member(net->emitter, name, name, NULL, 0) == BJ_BUSY);
    assert(bj_emitter_event(net->emitter, name, name, NULL, 0) == BJ_BUSY);
    assert(bj_emitter_service_check(net->emitter, name, 0, NULL, 0) == BJ_BUSY);
    assert(bj_emitter_poll(net->emitter, 0) == BJ_BUSY && bj_emitter_flush(net->emitter, 0) == BJ_BUSY);
    assert(bj_emitter_deadline(net->emitter, &at) == BJ_BUSY && bj_emitter_stats(net->emitter, &counters) == BJ_BUSY);
    return net->broken;
}

static bj_emitter_options options_for(struct net *net) {
    bj_emitter_options options = BJ_EMITTER_OPTIONS_INIT;
    memset(net, 0, sizeof *net);
    options.send = take;
    options.user = net;
    options.buffer = BUFFER;
    options.prefix = "pump.";
    options.tags = "site:north";
    return options;
}

static int sent(const struct net *net, const char *text) {
    return net->len == strlen(text) && memcmp(net->text, text, net->len) == 0;
}

static const char *const TAGS[] = {"valve:a", "", "x,y"};

static void lines(void) {
    struct net net;
    bj_emitter_options options = options_for(&net);
    options.suffix = ".v1";
    options.local_data = "ci-1";
    options.external_data = "it-false";
    options.cardinality = "low";
    assert(bj_emitter_init(memory, sizeof memory, &options, &net.emitter) == BJ_OK);
    uint64_t at = 7;
    assert(bj_emitter_deadline(net.emitter, &at) == BJ_END && at == 7);
    assert(bj_emitter_count(net.emitter, "turns", INT64_MIN, TAGS, 3, 1000) == BJ_OK);
    assert(bj_emitter_deadline(net.emitter, &at) == BJ_OK && at == 3000 && net.datagrams == 0);
    assert(bj_emitter_poll(net.emitter, 2999) == BJ_OK && net.datagrams == 0);
    assert(bj_emitter_poll(net.emitter, 3000) == BJ_OK && net.datagrams == 1);
    assert(sent(&net, "pump.turns.v1:-9223372036854775808|c|#valve:a,x_y,site:north|c:ci-1|e:it-false|card:low\n"));
    assert(bj_emitter_deadline(net.emitter, &at) == BJ_END);
}

static void every_kind(void) {
    struct net net;
    bj_emitter_options options = options_for(&net);
    bj_fields fields = BJ_FIELDS_INIT;
    options.prefix = NULL;
    options.tags = NULL;
    assert(bj_emitter_init(memory, sizeof memory, &options, &net.emitter) == BJ_OK);
    assert(bj_emitter_count(net.emitter, "a", 1, NULL, 0, 0) == BJ_OK);
    assert(bj_emitter_gauge(net.emitter, "b", 2.5, TAGS, 1, 0) == BJ_OK);
    assert(bj_emitter_histogram(net.emitter, "c", 3, NULL, 0, 0) == BJ_OK);
    assert(bj_emitter_distribution(net.emitter, "d", -1e-9, NULL, 0, 0) == BJ_OK);
    assert(bj_emitter_timing(net.emitter, "e", 12, NULL, 0, 0) == BJ_OK);
    assert(bj_emitter_set(net.emitter, "f", "anna", NULL, 0, 0) == BJ_OK);
    fields.tags = bj_text("x,y");
    fields.timestamp = 9;
    fields.cardinality = bj_text("high");
    assert(bj_emitter_value(net.emitter, BJ_COUNT, bj_text("g"), 4, &fields, 0) == BJ_OK);
    assert(bj_emitter_flush(net.emitter, 0) == BJ_OK);
    assert(sent(&net, "a:1|c\nb:2.5|g|#valve:a\nc:3|h\nd:-1e-9|d\ne:12|ms\nf:anna|s\ng:4|c|#x,y|card:high|T9\n"));
    net.len = 0;
    bj_fields event = BJ_FIELDS_INIT;
    event.timestamp = 5;
    event.hostname = bj_text("h");
    event.aggregation_key = bj_text("k");
    event.source_type = bj_text("s");
    event.priority = 1;
    event.alert_type = 2;
    event.message = bj_text("m\nm");
    assert(bj_emitter_event(net.emitter, bj_text("t"), bj_text("two\nlines"), &event, 0) == BJ_OK);
    assert(bj_emitter_service_check(net.emitter, bj_text("db"), 1, &event, 0) == BJ_OK);
    assert(bj_emitter_member(net.emitter, bj_text("u|v"), bj_text("a|b"), NULL, 0) == BJ_OK);
    assert(bj_emitter_flush(net.emitter, 0) == BJ_OK);
    assert(sent(&net, "_e{1,10}:t|two\\nlines|d:5|h:h|k:k|p:low|s:s|t:warning\n_sc|db|1|d:5|h:h|m:m\\nm\nu_v:a_b|s\n"));
    /* What cannot be written is counted, and a sample rate is drawn. */
    assert(bj_emitter_gauge(net.emitter, "b", NAN, NULL, 0, 0) == BJ_OK && bj_emitter_gauge(net.emitter, "", 1, NULL, 0, 0) == BJ_OK);
    fields.sample_rate = 1e-9;
    net.len = 0;
    for (int i = 0; i < 100; i++) {
        assert(bj_emitter_value(net.emitter, BJ_COUNT, bj_text("g"), 4, &fields, 0) == BJ_OK);
    }
    assert(bj_emitter_flush(net.emitter, 0) == BJ_OK && net.len == 0);
    bj_client_counters counters;
    assert(bj_emitter_stats(net.emitter, &counters) == BJ_OK);
    assert(counters.metrics == 110 && counters.events == 1 && counters.service_checks == 1 && counters.dropped_on_receive == 2);
    assert(counters.packets_sent == 2 && counters.packets_dropped_writer == 0 && counters.aggregated_contexts == 0);
}

/* A thousand calls through a small buffer: all arrive, or are counted when the network is broken. */
static void packing(int32_t broken) {
    struct net net;
    bj_emitter_options options = options_for(&net);
    options.datagram = 100;
    assert(bj_emitter_init(memory, bj_emitter_size(BUFFER), &options, &net.emitter) == BJ_OK);
    net.broken = broken;
    uint64_t lines = 0;
    for (int i = 0; i < 1000; i++) {
        assert(bj_emitter_count(net.emitter, "turns", i, NULL, 0, 0) == BJ_OK);
        for (size_t at = 0; at < net.len; at++) {
            lines += net.text[at] == '\n';
        }
        net.len = 0;
    }
    assert(bj_emitter_flush(net.emitter, 0) == BJ_OK && net.longest <= 100);
    for (size_t at = 0; at < net.len; at++) {
        lines += net.text[at] == '\n';
    }
    bj_client_counters counters;
    assert(bj_emitter_stats(net.emitter, &counters) == BJ_OK && lines == (broken ? 0 : 1000) && counters.metrics == 1000);
    assert((broken ? counters.packets_dropped_writer : counters.packets_sent) == net.datagrams);
    assert((broken ? counters.packets_sent : counters.packets_dropped_writer) == 0 && net.datagrams > 100);
    /* A line that no datagram holds. */
    char name[120];
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = 0;
    assert(bj_emitter_count(net.emitter, name, 1, NULL, 0, 0) == BJ_OK);
    assert(bj_emitter_stats(net.emitter, &counters) == BJ_OK && counters.dropped_on_receive == 1);
}

/* A line that is longer than a datagram finds no room beside another: that leaves, and the line is dropped and counted. */
static void no_room_beside_others(void) {
    struct net net;
    bj_emitter_options options = options_for(&net);
    options.buffer = 100;
    options.tags = NULL;
    assert(bj_emitter_init(memory, sizeof memory, &options, &net.emitter) == BJ_OK);
    char name[90];
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = 0;
    assert(bj_emitter_count(net.emitter, "a", 1, NULL, 0, 0) == BJ_OK && net.datagrams == 0);
    assert(bj_emitter_count(net.emitter, name, 1, NULL, 0, 0) == BJ_OK && sent(&net, "pump.a:1|c\n"));
    bj_client_counters counters;
    assert(bj_emitter_stats(net.emitter, &counters) == BJ_OK && counters.dropped_on_receive == 1 && counters.metrics == 2);
}

static void aggregated(void) {
    struct net net;
    bj_emitter_options options = options_for(&net);
    options.contexts = 16;
    options.context_bytes = 1024;
    options.cells = 128;
    const size_t size = bj_emitter_aggregating_size(BUFFER, 16, 1024, 128);
    assert(size <= sizeof memory);
    assert(bj_emitter_init_aggregating(memory, size - 1, &options, &net.emitter) == BJ_TOO_SMALL);
    assert(bj_emitter_init_aggregating(memory, size, &options, &net.emitter) == BJ_OK);
    for (int i = 0; i < 1000; i++) {
        assert(bj_emitter_count(net.emitter, "turns", 2, TAGS, 3, 0) == BJ_OK);
        assert(bj_emitter_gauge(net.emitter, "level", i, NULL, 0, 0) == BJ_OK);
        assert(bj_emitter_set(net.emitter, "users", i % 2 ? "a" : "b", NULL, 0, 0) == BJ_OK);
        if (i < 3) {
            assert(bj_emitter_timing(net.emitter, "render", i, NULL, 0, 0) == BJ_OK);
        }
    }
    assert(net.datagrams == 0 && bj_emitter_poll(net.emitter, 2000) == BJ_OK);
    assert(sent(&net, "pump.turns:2000|c|#valve:a,x_y,site:north\npump.level:999|g|#site:north\npump.users:b|s|#site:north\n"
                      "pump.render:0:1:2|ms|#site:north\npump.users:a|s|#site:north\n"));
    bj_client_counters counters;
    assert(bj_emitter_stats(net.emitter, &counters) == BJ_OK && counters.metrics == 3003 && counters.aggregated_contexts == 5);
    /* More contexts than there is memory for become lines, and none is lost. */
    net.len = 0;
    for (int i = 0; i < 40; i++) {
        char name[] = {'n', (char)('a' + i / 10), (char)('0' + i % 10), 0};
        assert(bj_emitter_count(net.emitter, name, 1, NULL, 0, 3000) == BJ_OK);
    }
    assert(bj_emitter_flush(net.emitter, 3000) == BJ_OK);
    size_t lines = 0;
    for (size_t at = 0; at < net.len; at++) {
        lines += net.text[at] == '\n';
    }
    assert(lines == 40);
}

static void misuse(void) {
    struct net net;
    bj_emitter_options options = options_for(&net);
    bj_emitter *emitter = NULL, *const none = NULL;
    bj_emitter *const unaligned = (bj_emitter *)(void *)((uint8_t *)memory + 1);
    const size_t size = bj_emitter_size(BUFFER);
    const bj_bytes name = bj_text("a"), null = bj_text(NULL);
    const char *const bad[] = {"a", NULL};
    bj_client_counters counters;
    uint64_t at = 7;
    assert(size <= 8 * BJ_EMITTER_WORDS(BUFFER) && bj_emitter_size(SIZE_MAX) == SIZE_MAX);
    assert(bj_emitter_aggregating_size(1, SIZE_MAX, 0, 0) == SIZE_MAX);
    for (size_t n = 1; n < 1000; n += 37) {
        assert(bj_emitter_size(n) <= 8 * BJ_EMITTER_WORDS(n));
        assert(bj_emitter_aggregating_size(n, n, 3 * n, n) <= 8 * BJ_EMITTER_AGGREGATING_WORDS(n, n, 3 * n, n));
    }
    bj_status (*const inits[])(void *, size_t, const bj_emitter_options *, bj_emitter **) = {
        bj_emitter_init, bj_emitter_init_aggregating};
    for (size_t i = 0; i < 2; i++) {
        assert(inits[i](NULL, sizeof memory, &options, &emitter) == BJ_NULL_MEMORY);
        assert(inits[i](unaligned, sizeof memory - 8, &options, &emitter) == BJ_MISALIGNED);
        assert(inits[i](memory, 0, &options, &emitter) == BJ_TOO_SMALL);
        assert(inits[i](memory, sizeof memory, NULL, &emitter) == BJ_NULL_OPTIONS);
        assert(inits[i](memory, sizeof memory, &options, NULL) == BJ_NULL_OUT);
        options.size = sizeof options - 1;
        assert(inits[i](memory, sizeof memory, &options, &emitter) == BJ_BAD_SIZE);
        options.size = sizeof options;
        options.send = NULL;
        assert(inits[i](memory, sizeof memory, &options, &emitter) == BJ_NULL_CALLBACK);
        options.send = take;
        options.buffer = 0;
        assert(inits[i](memory, sizeof memory, &options, &emitter) == BJ_BAD_SETTING);
        options.buffer = SIZE_MAX;
        assert(inits[i](memory, sizeof memory, &options, &emitter) == BJ_BAD_SETTING);
        options.buffer = BUFFER;
        options.sample_rate = NAN;
        assert(inits[i](memory, sizeof memory, &options, &emitter) == BJ_BAD_SAMPLE_RATE);
        options.sample_rate = 0;
    }
    options.contexts = SIZE_MAX;
    assert(bj_emitter_init_aggregating(memory, sizeof memory, &options, &emitter) == BJ_BAD_SETTING && emitter == NULL);
    options.size = sizeof options + 8;
    assert(bj_emitter_init(memory, size - 1, &options, &emitter) == BJ_TOO_SMALL && emitter == NULL);
    memset(memory, 0xFF, sizeof memory);
    assert(bj_emitter_init(memory, size, &options, &emitter) == BJ_OK);
    net.emitter = emitter;

    assert(bj_emitter_count(none, "a", 1, NULL, 0, 0) == BJ_NULL_EMITTER);
    assert(bj_emitter_count(unaligned, "a", 1, NULL, 0, 0) == BJ_MISALIGNED);
    assert(bj_emitter_count(emitter, NULL, 1, NULL, 0, 0) == BJ_NULL_NAME);
    assert(bj_emitter_count(emitter, "a", 1, NULL, 1, 0) == BJ_NULL_TAGS);
    assert(bj_emitter_count(emitter, "a", 1, bad, 2, 0) == BJ_NULL_TAGS);
    assert(bj_emitter_count(emitter, "a", 1, bad, SIZE_MAX, 0) == BJ_NULL_TAGS);
    assert(bj_emitter_count(emitter, "a", 1, (const char *const *)(const void *)((uint8_t *)memory + 1), 1, 0) == BJ_MISALIGNED);
    assert(bj_emitter_gauge(none, "a", 1, NULL, 0, 0) == BJ_NULL_EMITTER);
    assert(bj_emitter_histogram(none, "a", 1, NULL, 0, 0) == BJ_NULL_EMITTER);
    assert(bj_emitter_distribution(none, "a", 1, NULL, 0, 0) == BJ_NULL_EMITTER);
    assert(bj_emitter_timing(none, "a", 1, NULL, 0, 0) == BJ_NULL_EMITTER);
    assert(bj_emitter_set(none, "a", "b", NULL, 0, 0) == BJ_NULL_EMITTER);
    assert(bj_emitter_set(emitter, "a", NULL, NULL, 0, 0) == BJ_NULL_VALUE);
    static char tag[300];
    const char *const longest[] = {tag + 299 - 256}, *const longer[] = {tag + 299 - 257}, *const two[] = {tag + 299 - 255, ""};
    const char *const more[] = {tag + 299 - 254, "a"}, *const most[] = {tag + 299 - 255, "a"};
    memset(tag, 'x', 299);
    assert(bj_emitter_count(emitter, "a", 1, longest, 1, 0) == BJ_OK && bj_emitter_count(emitter, "a", 1, longer, 1, 0) == BJ_FULL_TAGS);
    assert(bj_emitter_count(emitter, "a", 1, two, 2, 0) == BJ_OK && bj_emitter_count(emitter, "a", 1, more, 2, 0) == BJ_OK);
    assert(bj_emitter_count(emitter, "a", 1, most, 2, 0) == BJ_FULL_TAGS);

    assert(bj_emitter_value(none, BJ_COUNT, name, 1, NULL, 0) == BJ_NULL_EMITTER);
    assert(bj_emitter_value(emitter, 6, name, 1, NULL, 0) == BJ_BAD_KIND);
    assert(bj_emitter_value(emitter, BJ_SET, name, 1, NULL, 0) == BJ_BAD_KIND);
    assert(bj_emitter_value(emitter, BJ_COUNT, null, 1, NULL, 0) == BJ_NULL_NAME);
    bj_fields fields = BJ_FIELDS_INIT;
    fields.size = 3;
    assert(bj_emitter_value(emitter, BJ_COUNT, name, 1, &fields, 0) == BJ_BAD_SIZE);
    fields.size = sizeof fields;
    fields.sample_rate = 2;
    assert(bj_emitter_value(emitter, BJ_COUNT, name, 1, &fields, 0) == BJ_BAD_SETTING);
    fields.sample_rate = 0;
    fields.tags.len = 1;
    assert(bj_emitter_value(emitter, BJ_COUNT, name, 1, &fields, 0) == BJ_NULL_FIELD);
    assert(bj_emitter_member(none, name, name, NULL, 0) == BJ_NULL_EMITTER);
    assert(bj_emitter_member(emitter, null, name, NULL, 0) == BJ_NULL_NAME);
    assert(bj_emitter_member(emitter, name, null, NULL, 0) == BJ_NULL_VALUE);
    assert(bj_emitter_event(none, name, name, NULL, 0) == BJ_NULL_EMITTER);
    assert(bj_emitter_event(emitter, null, name, NULL, 0) == BJ_NULL_TITLE);
    assert(bj_emitter_event(emitter, name, null, NULL, 0) == BJ_NULL_TEXT);
    assert(bj_emitter_service_check(none, name, 0, NULL, 0) == BJ_NULL_EMITTER);
    assert(bj_emitter_service_check(emitter, null, 0, NULL, 0) == BJ_NULL_NAME);
    assert(bj_emitter_service_check(emitter, name, 4, NULL, 0) == BJ_BAD_SERVICE_STATUS);
    assert(bj_emitter_poll(none, 0) == BJ_NULL_EMITTER && bj_emitter_flush(none, 0) == BJ_NULL_EMITTER);
    assert(bj_emitter_deadline(none, &at) == BJ_NULL_EMITTER && at == 7 && bj_emitter_deadline(emitter, NULL) == BJ_NULL_OUT);
    assert(bj_emitter_stats(none, &counters) == BJ_NULL_EMITTER && bj_emitter_stats(emitter, NULL) == BJ_NULL_OUT);
    assert(bj_emitter_poll(emitter, UINT64_MAX) == BJ_OK && bj_emitter_flush(emitter, 0) == BJ_OK);
}

int main(void) {
    lines();
    every_kind();
    packing(0);
    packing(-1);
    no_room_beside_others();
    aggregated();
    misuse();
    puts("all is well");
    return 0;
}
