// Reads each datagram of the table through libbasenji_core, takes in its metrics, flushes, and prints all of it, so that a test can compare it:
// messages as JSON with the members of the vectors, where texts are their bytes in hexadecimal and numbers the bits of the double; then the series.

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "basenji_core.h"
#include "vectors.h"

#define NOW UINT64_C(1000000000000)

static uint64_t memory[BJ_AGGREGATOR_WORDS(CONTEXTS, BYTES, CELLS)];

// The bits of a double. Not every C library has the macros of `inttypes.h`.
static unsigned long long bits(double value) {
    uint64_t word;
    memcpy(&word, &value, sizeof word);
    return word;
}

static void text(const char *name, bj_bytes bytes) {
    if (bytes.ptr == NULL) {
        printf(",\"%s\":null", name);
        return;
    }
    printf(",\"%s\":\"", name);
    for (size_t i = 0; i < bytes.len; i++) {
        printf("%02x", bytes.ptr[i]);
    }
    printf("\"");
}

static void tags(bj_tags of) {
    bj_bytes tag;
    printf(",\"tags\":[null");
    while (bj_tags_next(&of, &tag) == BJ_OK) {
        printf(",\"");
        for (size_t i = 0; i < tag.len; i++) {
            printf("%02x", tag.ptr[i]);
        }
        printf("\"");
    }
    printf("]");
}

// What every kind of message has.
static void common(const bj_message *message) {
    printf(",\"timestamp\":%lld", (long long)message->timestamp);
    tags(message->tags);
    text("container_id", message->local_data);
    text("external_data", message->external_data);
    text("cardinality", message->cardinality);
    printf("}\n");
}

static void metric(const bj_message *message, bj_status recorded) {
    static const char *const types[] = {"c", "g", "ms", "h", "d", "s"};
    printf("{\"kind\":\"metric\",\"type\":\"%s\",\"recorded\":%ld", types[message->metric_kind], (long)recorded);
    text("name", message->name);
    if (message->metric_kind == BJ_SET) {
        text("member", message->values.text);
    }
    printf(",\"values\":[null");
    bj_values values = message->values;
    double value;
    while (message->metric_kind != BJ_SET && bj_values_next(&values, &value) == BJ_OK) {
        printf(",\"%016llx\"", bits(value));
    }
    printf("],\"sample_rate\":\"%016llx\"", bits(message->sample_rate));
}

static void event(const bj_message *message) {
    static const char *const priorities[] = {"normal", "low"}, *const types[] = {"info", "error", "warning", "success"};
    printf("{\"kind\":\"event\",\"priority\":\"%s\",\"alert_type\":\"%s\"", priorities[message->priority], types[message->alert_type]);
    text("title", message->name);
    text("text", message->text);
    text("host", message->hostname);
    text("aggregation_key", message->aggregation_key);
    text("source_type", message->source_type);
}

static void service_check(const bj_message *message) {
    printf("{\"kind\":\"service_check\",\"status\":%ld", (long)message->status);
    text("name", message->name);
    text("message", message->text);
    text("host", message->hostname);
}

static void series(void *user, const bj_series *series) {
    double quantile = 0;
    (void)user;
    printf("{\"kind\":\"series\",\"type\":%ld,\"interval\":%lu,\"count\":%llu", (long)series->kind, (unsigned long)series->interval, (unsigned long long)series->count);
    text("name", series->name);
    text("host", series->host);
    printf(",\"value\":\"%016llx\",\"sum\":\"%016llx\"", bits(series->value), bits(series->sum));
    printf(",\"min\":\"%016llx\",\"max\":\"%016llx\"", bits(series->min), bits(series->max));
    bj_status status = bj_series_quantile(series, 0.95, &quantile);
    printf(",\"status\":\"%s\",\"quantile\":\"%016llx\"", bj_status_name(status), bits(quantile));
    printf(",\"timestamp\":%llu", (unsigned long long)series->timestamp);
    tags(series->tags);
    printf("}\n");
}

int main(void) {
    bj_aggregator_options options = BJ_AGGREGATOR_OPTIONS_INIT;
    options.contexts = CONTEXTS;
    options.context_bytes = BYTES;
    options.cells = CELLS;
    bj_aggregator *aggregator;
    if (bj_aggregator_init(memory, sizeof memory, &options, &aggregator) != BJ_OK) {
        return 1;
    }
    for (size_t i = 0; i < datagrams_len; i++) {
        bj_datagram datagram = {datagrams[i].bytes, datagrams[i].len, 0, 0, {NULL, 0}};
        bj_message message;
        bj_status status;
        while ((status = bj_datagram_next_ex(&datagram, datagrams[i].flags, &message)) != BJ_END) {
            if (status != BJ_OK) {
                printf("{\"kind\":\"error\",\"code\":%ld,\"offset\":%lu", (long)status, (unsigned long)datagram.offset);
                text("input", datagram.line);
                printf("}\n");
                continue;
            }
            switch (message.kind) {
            case BJ_MESSAGE_METRIC:
                metric(&message, bj_aggregator_record(aggregator, &message, NOW));
                break;
            case BJ_MESSAGE_EVENT:
                event(&message);
                break;
            default:
                service_check(&message);
            }
            common(&message);
        }
        printf("\n");
    }
    return bj_aggregator_flush(aggregator, 1, NOW, series, NULL) == BJ_OK ? 0 : 2;
}
