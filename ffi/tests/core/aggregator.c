/* Series are what was taken in, memory that is too small refuses and counts, and misuse is a status. */
#undef NDEBUG
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "basenji_core.h"

#define SECOND UINT64_C(1000)

static uint64_t memory[BJ_AGGREGATOR_WORDS(16, 1024, 512)];

/* An aggregator of as many contexts. */
static bj_aggregator *fresh(size_t contexts, size_t bytes, size_t cells) {
    bj_aggregator_options options = BJ_AGGREGATOR_OPTIONS_INIT;
    options.contexts = contexts;
    options.context_bytes = bytes;
    options.cells = cells;
    bj_aggregator *aggregator = NULL;
    assert(bj_aggregator_init(memory, sizeof memory, &options, &aggregator) == BJ_OK);
    return aggregator;
}

static int is(bj_bytes bytes, const char *text) {
    return bytes.len == strlen(text) && (bytes.len == 0 || memcmp(bytes.ptr, text, bytes.len) == 0);
}

/* What a flush has handed out. */
struct seen {
    bj_aggregator *aggregator;
    size_t series;
    double count, gauge, members, point;
    double median, percentile, quantile;
};

static void on_series(void *user, const bj_series *series) {
    struct seen *seen = user;
    bj_aggregator_counters counters;
    bj_series copy = *series;
    double value = 7;
    seen->series++;
    /* A callback that calls its aggregator is told so, whatever it calls. */
    assert(bj_aggregator_stats(seen->aggregator, &counters) == BJ_BUSY);
    assert(bj_aggregator_flush(seen->aggregator, 1, 0, on_series, user) == BJ_BUSY);
    assert(bj_aggregator_values(seen->aggregator, BJ_COUNT, bj_text("a"), &value, 1, NULL, 0) == BJ_BUSY);
    assert(bj_aggregator_member(seen->aggregator, bj_text("a"), bj_text("b"), NULL, 0) == BJ_BUSY);
    assert(bj_aggregator_merge(seen->aggregator, seen->aggregator) == BJ_BUSY);
    assert(series->interval == 10 && is(series->host, "here"));
    if (is(series->name, "visits")) {
        assert(series->kind == BJ_COUNT && is(series->tags.text, "env:dev,page:home") && series->timestamp == 1000);
        assert(bj_series_quantile(series, 0.5, &value) == BJ_NO_SKETCH && value == 7);
        seen->count += series->value;
    } else if (is(series->name, "level")) {
        if (series->timestamp == 5) {
            seen->point = series->value;
        } else {
            seen->gauge = series->value;
        }
    } else if (is(series->name, "users")) {
        assert(series->kind == BJ_SET && series->tags.text.ptr == NULL);
        seen->members = series->value;
    } else if (is(series->name, "render")) {
        assert(series->count == 100 && series->sum == 5050 && series->min == 1 && series->max == 100 && series->value == 50.5);
        assert(bj_series_quantile(series, 0.5, &seen->median) == BJ_OK);
        assert(bj_series_quantile(series, 0.95, &seen->percentile) == BJ_OK);
        assert(bj_series_quantile(series, NAN, &value) == BJ_OK && value == 1);
        assert(bj_series_quantile(series, 9e300, &value) == BJ_OK && value == 100);
    } else {
        assert(is(series->name, "size") && series->count == 4);
        assert(bj_series_quantile(series, 1, &seen->quantile) == BJ_OK);
    }
    assert(bj_series_quantile(NULL, 0.5, &value) == BJ_NULL_SERIES && bj_series_quantile(series, 0.5, NULL) == BJ_NULL_OUT);
    copy.sketch = NULL;
    assert(bj_series_quantile(&copy, 0.5, &value) == BJ_NO_SKETCH);
}

static void series(void) {
    bj_aggregator *aggregator = fresh(8, 512, 512);
    bj_fields fields = BJ_FIELDS_INIT;
    const uint64_t now = 1003 * SECOND;
    const double two[] = {1, 2.5};
    fields.hostname = bj_text("here");
    for (int i = 1; i <= 100; i++) {
        const double value = i;
        assert(bj_aggregator_values(aggregator, BJ_TIMING, bj_text("render"), &value, 1, &fields, now) == BJ_OK);
    }
    assert(bj_aggregator_member(aggregator, bj_text("users"), bj_text("anna"), &fields, now) == BJ_OK);
    assert(bj_aggregator_member(aggregator, bj_text("users"), bj_text("bert"), &fields, now) == BJ_OK);
    assert(bj_aggregator_member(aggregator, bj_text("users"), bj_text("anna"), &fields, now) == BJ_OK);
    fields.sample_rate = 0.5;
    assert(bj_aggregator_values(aggregator, BJ_DISTRIBUTION, bj_text("size"), two, 2, &fields, now) == BJ_OK);
    fields.sample_rate = 0;
    assert(bj_aggregator_values(aggregator, BJ_GAUGE, bj_text("level"), two, 2, &fields, now) == BJ_OK);
    fields.timestamp = 5;
    assert(bj_aggregator_values(aggregator, BJ_GAUGE, bj_text("level"), two, 1, &fields, now) == BJ_OK);
    fields.timestamp = 0;
    fields.tags = bj_text("env:dev,page:home");
    assert(bj_aggregator_values(aggregator, BJ_COUNT, bj_text("visits"), two, 2, &fields, now) == BJ_OK);
    fields.tags = bj_text("page:home,env:dev");
    assert(bj_aggregator_values(aggregator, BJ_COUNT, bj_text("visits"), two, 2, &fields, now) == BJ_OK);

    uint64_t next = 0;
    assert(bj_aggregator_next_flush(aggregator, now, &next) == BJ_OK && next == 1010 * SECOND);
    struct seen seen = {aggregator, 0, 0, 0, 0, 0, 0, 0, 0};
    /* The bucket is open: only the point with a timestamp is finished. */
    assert(bj_aggregator_flush(aggregator, 0, now, on_series, &seen) == BJ_OK && seen.series == 1 && seen.point == 1);
    assert(bj_aggregator_flush(aggregator, 0, next, on_series, &seen) == BJ_OK && seen.series == 6);
    assert(seen.count == 7 && seen.gauge == 2.5 && seen.members == 2);
    assert(seen.median == 50 && seen.percentile == 95 && seen.quantile == 2.5);
    bj_aggregator_counters counters;
    assert(bj_aggregator_stats(aggregator, &counters) == BJ_OK && counters.contexts == 5 && counters.refused_values == 0);
}

static void add(void *user, const bj_series *series) { *(double *)user += series->value; }

/* What is parsed is taken in, and two aggregators become one. */
static void parsed(void) {
    static uint64_t more[BJ_AGGREGATOR_WORDS(4, 256, 64)];
    bj_aggregator_options options = BJ_AGGREGATOR_OPTIONS_INIT;
    options.contexts = 4;
    options.context_bytes = 256;
    options.cells = 64;
    options.counter_zeros = 2;
    options.bucket_secs = 1;
    bj_aggregator *one = NULL, *other = NULL;
    assert(bj_aggregator_init(memory, sizeof memory, &options, &one) == BJ_OK);
    assert(bj_aggregator_init(more, sizeof more, &options, &other) == BJ_OK);
    const char *text = "a:1:2|c|@0.5\na:nan:1|c|@7\n_sc|db|0\n";
    bj_datagram datagram = {(const uint8_t *)text, strlen(text), 0, 0, {NULL, 0}};
    bj_message message;
    for (int i = 0; i < 2; i++) {
        assert(bj_datagram_next(&datagram, &message) == BJ_OK);
        assert(bj_aggregator_record(i == 0 ? one : other, &message, SECOND) == BJ_OK);
    }
    assert(bj_datagram_next(&datagram, &message) == BJ_OK && bj_aggregator_record(one, &message, 0) == BJ_NOT_A_METRIC);
    bj_aggregator_counters counters;
    assert(bj_aggregator_stats(other, &counters) == BJ_OK && counters.skipped_values == 1 && counters.odd_rates == 1);
    assert(bj_aggregator_merge(one, other) == BJ_OK && bj_aggregator_merge(one, one) == BJ_BUSY);
    double sum = 0;
    assert(bj_aggregator_flush(one, 1, SECOND, add, &sum) == BJ_OK && sum == 7);
    assert(bj_aggregator_flush(one, 1, 2 * SECOND, add, &sum) == BJ_OK && sum == 7);
}

static void small_memory(void) {
    const double one = 1, many[40] = {0};
    bj_aggregator_counters counters;
    bj_aggregator *aggregator = fresh(1, 4, 0);
    assert(bj_aggregator_values(aggregator, BJ_COUNT, bj_text("12345"), &one, 1, NULL, 0) == BJ_FULL_BYTES);
    assert(bj_aggregator_values(aggregator, BJ_COUNT, bj_text("1"), &one, 1, NULL, 0) == BJ_OK);
    assert(bj_aggregator_values(aggregator, BJ_COUNT, bj_text("2"), &one, 1, NULL, 0) == BJ_FULL_CONTEXTS);
    assert(bj_aggregator_values(aggregator, BJ_COUNT, bj_text("1"), many, 40, NULL, 0) == BJ_OK);
    assert(bj_aggregator_stats(aggregator, &counters) == BJ_OK && counters.refused_contexts == 2 && counters.contexts == 1);
    aggregator = fresh(2, 64, 0);
    assert(bj_aggregator_values(aggregator, BJ_HISTOGRAM, bj_text("1"), &one, 1, NULL, 0) == BJ_FULL_CELLS);
    bj_fields fields = BJ_FIELDS_INIT;
    char tags[80];
    for (int i = 0; i < 40; i++) {
        tags[2 * i] = (char)('0' + i);
        tags[2 * i + 1] = ',';
    }
    fields.tags.ptr = (const uint8_t *)tags;
    fields.tags.len = 79;
    assert(bj_aggregator_values(aggregator, BJ_COUNT, bj_text("1"), &one, 1, &fields, 0) == BJ_FULL_TAGS);
    for (uint64_t bucket = 0; bucket < 40; bucket++) {
        bj_status status = bj_aggregator_values(aggregator, BJ_COUNT, bj_text("2"), &one, 1, NULL, bucket * 10 * SECOND);
        assert(status == BJ_OK || status == BJ_FULL_BUCKETS || status == BJ_FULL_CELLS);
    }
    static char name[70000];
    memset(name, 'x', sizeof name);
    const bj_bytes longest = {(const uint8_t *)name, sizeof name};
    assert(bj_aggregator_values(aggregator, BJ_COUNT, longest, &one, 1, NULL, 0) == BJ_FULL_LENGTH);
}

static void misuse(void) {
    bj_aggregator_options options = BJ_AGGREGATOR_OPTIONS_INIT;
    bj_aggregator *aggregator = NULL, *const none = NULL;
    bj_aggregator *const unaligned = (bj_aggregator *)(void *)((uint8_t *)memory + 1);
    bj_aggregator_counters counters;
    uint64_t at = 7;
    options.contexts = 2;
    options.context_bytes = 64;
    options.cells = 16;
    const size_t size = bj_aggregator_size(2, 64, 16);
    assert(size <= 8 * BJ_AGGREGATOR_WORDS(2, 64, 16) && bj_aggregator_size(SIZE_MAX, 0, 0) == SIZE_MAX);
    assert(bj_aggregator_size(0, SIZE_MAX, 0) == SIZE_MAX && bj_aggregator_size(0, 0, SIZE_MAX) == SIZE_MAX);
    assert(bj_aggregator_size(0, 0, SIZE_MAX / 8) == SIZE_MAX);
    for (size_t n = 0; n < 1000; n += 37) {
        assert(bj_aggregator_size(n, 3 * n, 2 * n) <= 8 * BJ_AGGREGATOR_WORDS(n, 3 * n, 2 * n));
    }

    assert(bj_aggregator_init(NULL, size, &options, &aggregator) == BJ_NULL_MEMORY);
    assert(bj_aggregator_init(unaligned, size, &options, &aggregator) == BJ_MISALIGNED);
    assert(bj_aggregator_init(memory, size - 1, &options, &aggregator) == BJ_TOO_SMALL);
    assert(bj_aggregator_init(memory, 0, &options, &aggregator) == BJ_TOO_SMALL);
    assert(bj_aggregator_init(memory, size, NULL, &aggregator) == BJ_NULL_OPTIONS);
    assert(bj_aggregator_init(memory, size, &options, NULL) == BJ_NULL_OUT);
    options.size = sizeof options - 1;
    assert(bj_aggregator_init(memory, size, &options, &aggregator) == BJ_BAD_SIZE);
    options.size = 0;
    assert(bj_aggregator_init(memory, size, &options, &aggregator) == BJ_BAD_SIZE);
    options.size = sizeof options + 100;
    options.counter_zeros = 3;
    assert(bj_aggregator_init(memory, size, &options, &aggregator) == BJ_BAD_SWITCH);
    options.counter_zeros = 0;
    options.set_precision = 3;
    assert(bj_aggregator_init(memory, size, &options, &aggregator) == BJ_BAD_SETTING);
    options.set_precision = 0;
    options.sketch_bins = 65536;
    assert(bj_aggregator_init(memory, size, &options, &aggregator) == BJ_BAD_SETTING);
    options.sketch_bins = 0;
    options.contexts = SIZE_MAX;
    assert(bj_aggregator_init(memory, size, &options, &aggregator) == BJ_BAD_SETTING && aggregator == NULL);
    options.contexts = 2;
    /* Memory that holds anything. */
    memset(memory, 0xFF, sizeof memory);
    assert(bj_aggregator_init(memory, size, &options, &aggregator) == BJ_OK && aggregator != NULL);

    const double one = 1;
    const bj_bytes name = bj_text("a"), null = bj_text(NULL);
    bj_message message;
    memset(&message, 0, sizeof message);
    assert(bj_aggregator_record(none, &message, 0) == BJ_EMPTY_VALUE);
    message.values.text = bj_text("1");
    assert(bj_aggregator_record(none, &message, 0) == BJ_NULL_AGGREGATOR);
    assert(bj_aggregator_record(unaligned, &message, 0) == BJ_MISALIGNED);
    assert(bj_aggregator_record(aggregator, NULL, 0) == BJ_NULL_MESSAGE);
    assert(bj_aggregator_values(none, BJ_COUNT, name, &one, 1, NULL, 0) == BJ_NULL_AGGREGATOR);
    assert(bj_aggregator_values(aggregator, 17, name, &one, 1, NULL, 0) == BJ_BAD_KIND);
    assert(bj_aggregator_values(aggregator, BJ_SET, name, &one, 1, NULL, 0) == BJ_BAD_KIND);
    assert(bj_aggregator_values(aggregator, BJ_COUNT, null, &one, 1, NULL, 0) == BJ_NULL_NAME);
    assert(bj_aggregator_values(aggregator, BJ_COUNT, name, NULL, 1, NULL, 0) == BJ_NULL_VALUE);
    assert(bj_aggregator_values(aggregator, BJ_COUNT, name, NULL, 0, NULL, 0) == BJ_EMPTY_VALUE);
    assert(bj_aggregator_member(none, name, name, NULL, 0) == BJ_NULL_AGGREGATOR);
    assert(bj_aggregator_member(aggregator, null, name, NULL, 0) == BJ_NULL_NAME);
    assert(bj_aggregator_member(aggregator, name, null, NULL, 0) == BJ_NULL_VALUE);
    assert(bj_aggregator_merge(none, aggregator) == BJ_NULL_AGGREGATOR);
    assert(bj_aggregator_merge(aggregator, NULL) == BJ_NULL_AGGREGATOR);
    assert(bj_aggregator_flush(none, 0, 0, add, NULL) == BJ_NULL_AGGREGATOR);
    assert(bj_aggregator_flush(aggregator, 0, 0, NULL, NULL) == BJ_NULL_CALLBACK);
    assert(bj_aggregator_next_flush(none, 0, &at) == BJ_NULL_AGGREGATOR && at == 7);
    assert(bj_aggregator_next_flush(aggregator, 0, NULL) == BJ_NULL_OUT);
    assert(bj_aggregator_next_flush(aggregator, UINT64_MAX, &at) == BJ_OK);
    assert(bj_aggregator_stats(none, &counters) == BJ_NULL_AGGREGATOR);
    assert(bj_aggregator_stats(aggregator, NULL) == BJ_NULL_OUT);
    /* Time that has no end does no harm. */
    double sum = 0;
    assert(bj_aggregator_values(aggregator, BJ_COUNT, name, &one, 1, NULL, UINT64_MAX) == BJ_OK);
    assert(bj_aggregator_flush(aggregator, 1, UINT64_MAX, add, &sum) == BJ_OK);
}

int main(void) {
    series();
    parsed();
    small_memory();
    misuse();
    puts("all is well");
    return 0;
}
