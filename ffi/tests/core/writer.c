/* What is written is read again, what would break a line is refused or replaced, and misuse is a status. */
#undef NDEBUG
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "basenji_core.h"

static uint8_t buffer[256];

/* A writer that has written nothing. */
static bj_writer fresh(size_t capacity, int sanitise) {
    bj_writer writer;
    assert(bj_writer_init(&writer, buffer, capacity, sanitise) == BJ_OK);
    return writer;
}

static int wrote(const bj_writer *writer, const char *text) {
    return writer->len == strlen(text) && memcmp(writer->buffer, text, writer->len) == 0;
}

static void lines(void) {
    bj_writer writer = fresh(sizeof buffer, 0);
    bj_fields fields = BJ_FIELDS_INIT;
    const double values[] = {1.5, -2, 1e300};
    fields.sample_rate = 0.5;
    fields.tags = bj_text("env:dev,x");
    fields.timestamp = 1700000000;
    fields.local_data = bj_text("ci-1");
    fields.external_data = bj_text("it-false");
    fields.cardinality = bj_text("low");
    assert(bj_writer_metric(&writer, BJ_DISTRIBUTION, bj_text("a.b"), values, 3, &fields) == BJ_OK);
    assert(bj_writer_set(&writer, bj_text("users"), bj_text("anna:1"), NULL) == BJ_OK);
    assert(wrote(&writer, "a.b:1.5:-2:1e300|d|@0.5|#env:dev,x|c:ci-1|e:it-false|card:low|T1700000000\nusers:anna:1|s\n"));

    writer.len = 0;
    bj_fields event = BJ_FIELDS_INIT;
    event.timestamp = -5;
    event.hostname = bj_text("h");
    event.aggregation_key = bj_text("k");
    event.priority = 1;
    event.source_type = bj_text("s");
    event.alert_type = 3;
    assert(bj_writer_event(&writer, bj_text("ti"), bj_text("two\nlines"), &event) == BJ_OK);
    event.message = bj_text("all is well");
    assert(bj_writer_service_check(&writer, bj_text("db"), 2, &event) == BJ_OK);
    assert(wrote(&writer, "_e{2,10}:ti|two\\nlines|d:-5|h:h|k:k|p:low|s:s|t:success\n_sc|db|2|d:-5|h:h|m:all is well\n"));
}

/* Each line is read, written and read again. */
static void there_and_back(void) {
    const char *text = "a:1:2.5|ms|@0.25|#x,y|T5\n_e{1,2}:t|\\n|p:low\n_sc|db|3|m:m|#z\nu:a:b|s\nb:0x1p4|g\n";
    bj_datagram datagram = {(const uint8_t *)text, strlen(text), 0, 0, {NULL, 0}};
    bj_message message;
    bj_writer writer = fresh(sizeof buffer, 0);
    for (int i = 0; i < 5; i++) {
        assert(bj_datagram_next(&datagram, &message) == BJ_OK);
        assert(bj_writer_message(&writer, &message) == BJ_OK);
    }
    assert(bj_datagram_next(&datagram, &message) == BJ_END);
    assert(wrote(&writer, "a:1:2.5|ms|@0.25|#x,y|T5\n_e{1,2}:t|\\n|p:low\n_sc|db|3|#z|m:m\nu:a:b|s\nb:16|g\n"));
}

static void what_breaks_a_line(void) {
    bj_writer writer = fresh(sizeof buffer, 0);
    const double one = 1;
    bj_fields fields = BJ_FIELDS_INIT;
    fields.tags = bj_text("a\nb");
    assert(bj_writer_metric(&writer, BJ_COUNT, bj_text("x"), &one, 1, &fields) == BJ_REFUSED);
    assert(writer.part == BJ_PART_TAGS && writer.offset == 1 && writer.len == 0);
    assert(bj_writer_metric(&writer, BJ_COUNT, bj_text("ab|c"), &one, 1, NULL) == BJ_REFUSED);
    assert(writer.part == BJ_PART_NAME && writer.offset == 2);
    assert(bj_writer_metric(&writer, BJ_COUNT, bj_text("a"), NULL, 0, NULL) == BJ_REFUSED && writer.part == BJ_PART_VALUE);
    assert(bj_writer_metric(&writer, BJ_COUNT, bj_text(""), &one, 1, NULL) == BJ_REFUSED && writer.part == BJ_PART_NAME);
    bj_writer clean = fresh(sizeof buffer, 1);
    assert(bj_writer_metric(&clean, BJ_COUNT, bj_text("ab|c"), &one, 1, &fields) == BJ_OK);
    assert(wrote(&clean, "ab_c:1|c|#a_b\n"));
    /* A line is whole or not there. */
    for (size_t capacity = 0; capacity < clean.len; capacity++) {
        bj_writer small = fresh(capacity, 1);
        assert(bj_writer_metric(&small, BJ_COUNT, bj_text("ab|c"), &one, 1, &fields) == BJ_FULL_BUFFER && small.len == 0);
    }
    bj_writer exact = fresh(14, 1);
    assert(bj_writer_metric(&exact, BJ_COUNT, bj_text("ab|c"), &one, 1, &fields) == BJ_OK && exact.len == 14);
    assert(bj_writer_metric(&exact, BJ_COUNT, bj_text("a"), &one, 1, NULL) == BJ_FULL_BUFFER && exact.len == 14);
}

static void misuse(void) {
    bj_writer writer = fresh(sizeof buffer, 0);
    const double one = 1, odd[] = {1, NAN}, *none = NULL;
    const bj_bytes name = bj_text("a"), null = bj_text(NULL), lying = {NULL, 3};
    bj_fields fields = BJ_FIELDS_INIT;
    bj_message message;
    memset(&message, 0, sizeof message);
    assert(null.ptr == NULL && null.len == 0);

    assert(bj_writer_init(NULL, buffer, 1, 0) == BJ_NULL_OUT);
    assert(bj_writer_init(&writer, NULL, 1, 0) == BJ_NULL_WRITER);
    assert(bj_writer_init(&writer, buffer, SIZE_MAX, 0) == BJ_NULL_WRITER);
    assert(bj_writer_init((bj_writer *)(void *)(buffer + 1), buffer, 1, 0) == BJ_MISALIGNED);
    assert(bj_writer_metric(NULL, BJ_COUNT, name, &one, 1, NULL) == BJ_NULL_WRITER);
    assert(bj_writer_metric(&writer, 6, name, &one, 1, NULL) == BJ_BAD_KIND);
    assert(bj_writer_metric(&writer, -1, name, &one, 1, NULL) == BJ_BAD_KIND);
    assert(bj_writer_metric(&writer, BJ_SET, name, &one, 1, NULL) == BJ_BAD_KIND);
    assert(bj_writer_metric(&writer, BJ_COUNT, null, &one, 1, NULL) == BJ_NULL_NAME);
    assert(bj_writer_metric(&writer, BJ_COUNT, lying, &one, 1, NULL) == BJ_NULL_NAME);
    assert(bj_writer_metric(&writer, BJ_COUNT, name, none, 1, NULL) == BJ_NULL_VALUE);
    assert(bj_writer_metric(&writer, BJ_COUNT, name, &one, SIZE_MAX, NULL) == BJ_NULL_VALUE);
    assert(bj_writer_metric(&writer, BJ_COUNT, name, (const double *)(const void *)(buffer + 1), 1, NULL) == BJ_MISALIGNED);
    assert(bj_writer_metric(&writer, BJ_COUNT, name, odd, 2, NULL) == BJ_BAD_VALUE);
    assert(bj_writer_set(NULL, name, name, NULL) == BJ_NULL_WRITER);
    assert(bj_writer_set(&writer, null, name, NULL) == BJ_NULL_NAME);
    assert(bj_writer_set(&writer, name, null, NULL) == BJ_NULL_VALUE);
    assert(bj_writer_event(NULL, name, name, NULL) == BJ_NULL_WRITER);
    assert(bj_writer_event(&writer, null, name, NULL) == BJ_NULL_TITLE);
    assert(bj_writer_event(&writer, name, null, NULL) == BJ_NULL_TEXT);
    assert(bj_writer_service_check(NULL, name, 0, NULL) == BJ_NULL_WRITER);
    assert(bj_writer_service_check(&writer, null, 0, NULL) == BJ_NULL_NAME);
    assert(bj_writer_service_check(&writer, name, 4, NULL) == BJ_BAD_SERVICE_STATUS);
    assert(bj_writer_service_check(&writer, name, -1, NULL) == BJ_BAD_SERVICE_STATUS);

    fields.size = sizeof fields - 1;
    assert(bj_writer_set(&writer, name, name, &fields) == BJ_BAD_SIZE);
    fields.size = SIZE_MAX;
    assert(bj_writer_set(&writer, name, name, &fields) == BJ_OK);
    fields.size = sizeof fields;
    const double rates[] = {2, -1, NAN, INFINITY};
    for (size_t i = 0; i < 4; i++) {
        fields.sample_rate = rates[i];
        assert(bj_writer_set(&writer, name, name, &fields) == BJ_BAD_SETTING);
    }
    fields.sample_rate = 0;
    fields.timestamp = -1;
    assert(bj_writer_set(&writer, name, name, &fields) == BJ_BAD_SETTING);
    fields.timestamp = 0;
    fields.priority = 2;
    assert(bj_writer_event(&writer, name, name, &fields) == BJ_BAD_SETTING);
    fields.priority = 0;
    fields.alert_type = -1;
    assert(bj_writer_event(&writer, name, name, &fields) == BJ_BAD_SETTING);
    fields.alert_type = 0;
    bj_bytes *texts[] = {&fields.tags,    &fields.hostname,   &fields.aggregation_key, &fields.source_type,
                         &fields.message, &fields.local_data, &fields.external_data,   &fields.cardinality};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        *texts[i] = lying;
        assert(bj_writer_set(&writer, name, name, &fields) == BJ_NULL_FIELD);
        *texts[i] = null;
    }

    assert(bj_writer_message(NULL, &message) == BJ_EMPTY_VALUE);
    assert(bj_writer_message(&writer, NULL) == BJ_NULL_MESSAGE);
    message.values.text = bj_text("1");
    assert(bj_writer_message(NULL, &message) == BJ_NULL_WRITER);
    assert(bj_writer_message(&writer, &message) == BJ_REFUSED && writer.part == BJ_PART_NAME);
    message.name = lying;
    assert(bj_writer_message(&writer, &message) == BJ_NULL_MESSAGE);
    message.name = name;
    message.values.text = bj_text("one");
    assert(bj_writer_message(&writer, &message) == BJ_BAD_VALUE);
    message.values.text = bj_text("1");
    message.metric_kind = 9;
    assert(bj_writer_message(&writer, &message) == BJ_BAD_KIND);
    message.metric_kind = 0;
    message.timestamp = -1;
    assert(bj_writer_message(&writer, &message) == BJ_BAD_SETTING);
    message.kind = 3;
    assert(bj_writer_message(&writer, &message) == BJ_BAD_KIND);
    message.kind = BJ_MESSAGE_EVENT;
    message.alert_type = 4;
    assert(bj_writer_message(&writer, &message) == BJ_BAD_SETTING);
    message.kind = BJ_MESSAGE_SERVICE_CHECK;
    message.status = 4;
    assert(bj_writer_message(&writer, &message) == BJ_BAD_SERVICE_STATUS);

    /* A length behind the buffer is no room. */
    writer.len = sizeof buffer + 1;
    assert(bj_writer_set(&writer, name, name, NULL) == BJ_FULL_BUFFER);
}

int main(void) {
    lines();
    there_and_back();
    what_breaks_a_line();
    misuse();
    puts("all is well");
    return 0;
}
