/* A server whose flushes are pulled: series, events and service checks, while it runs and after it was stopped. */
#undef NDEBUG
#include <assert.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "basenji.h"

static int is(bj_bytes bytes, const char *text) {
    return bytes.len == strlen(text) && memcmp(bytes.ptr, text, bytes.len) == 0;
}

/* What the buckets of a server come to. */
struct sums {
    double visits, median;
    int buckets, renders, events, checks;
};

static void add(struct sums *sums, bj_bucket *bucket) {
    bj_series series;
    bj_message message;
    while (bj_bucket_next_series(bucket, &series) == BJ_OK) {
        bj_tags tags = series.tags;
        bj_bytes tag;
        if (is(series.name, "visits")) {
            assert(bj_tags_next(&tags, &tag) == BJ_OK && is(tag, "env:dev"));
            assert(bj_tags_next(&tags, &tag) == BJ_OK && is(tag, "page:home"));
            assert(bj_tags_next(&tags, &tag) == BJ_END);
            sums->visits += series.value;
        } else if (is(series.name, "render")) {
            assert(bj_series_quantile(&series, 0.5, &sums->median) == BJ_OK);
            sums->renders++;
        }
    }
    assert(bj_bucket_next_series(bucket, &series) == BJ_END);
    while (bj_bucket_next_event(bucket, &message) == BJ_OK) {
        assert(message.kind == BJ_MESSAGE_EVENT && is(message.name, "title") && is(message.text, "text"));
        sums->events++;
    }
    while (bj_bucket_next_service_check(bucket, &message) == BJ_OK) {
        assert(message.kind == BJ_MESSAGE_SERVICE_CHECK && is(message.name, "db") && message.status == 1);
        sums->checks++;
    }
    sums->buckets++;
}

/* Pulls until nothing comes any more. */
static void *pull(void *argument) {
    const bj_server *server = argument;
    static struct sums sums;
    bj_bucket *bucket;
    bj_status status;
    while ((status = bj_server_next(server, 600000, &bucket)) == BJ_OK) {
        add(&sums, bucket);
        bj_bucket_free(bucket);
    }
    assert(status == BJ_END);
    return &sums;
}

static bj_server *start(uint32_t interval) {
    bj_server_options options = BJ_SERVER_OPTIONS_INIT;
    options.udp = "127.0.0.1:0";
    options.bucket_secs = interval;
    options.pull = 1;
    bj_server *server = NULL;
    assert(bj_server_new(&options, &server) == BJ_OK);
    return server;
}

static void send(const bj_server *server) {
    uint16_t port = 0;
    char address[64];
    assert(bj_server_port(server, &port) == BJ_OK);
    snprintf(address, sizeof address, "udp://127.0.0.1:%u", port);
    bj_client_options options = BJ_CLIENT_OPTIONS_INIT;
    options.address = address;
    options.telemetry = 2;
    bj_client *client = NULL;
    assert(bj_client_new(&options, &client) == BJ_OK);
    const char *tags[] = {"page:home", "env:dev"};
    assert(bj_count(client, "visits", 7, tags, 2) == BJ_OK);
    for (int i = 1; i <= 100; i++) {
        assert(bj_distribution(client, "render", i, NULL, 0) == BJ_OK);
    }
    assert(bj_event(client, "title", "text", NULL, 0, NULL) == BJ_OK);
    assert(bj_service_check(client, "db", 1, NULL, 0, NULL) == BJ_OK);
    assert(bj_flush(client, 10000) == BJ_OK);
    bj_client_free(client, 1000);
}

int main(void) {
    /* By one thread: nothing waits before the first flush, and what the stop flushes waits until it is taken. */
    bj_server *server = start(86400);
    bj_bucket *bucket = NULL;
    struct sums sums = {0};
    assert(bj_server_next(server, 0, &bucket) == BJ_TIMEOUT && bucket == NULL);
    send(server);
    assert(bj_server_stop(server) == BJ_OK);
    while (bj_server_next(server, 0, &bucket) == BJ_OK) {
        add(&sums, bucket);
        bj_bucket_free(bucket);
    }
    assert(bj_server_next(server, 600000, &bucket) == BJ_END);
    bj_server_free(server);
    assert(sums.visits == 7.0 && sums.renders == 1 && fabs(sums.median - 50.0) <= 2.0 && sums.events == 1 && sums.checks == 1);

    /* By another thread, flush for flush. */
    server = start(1);
    pthread_t thread;
    assert(pthread_create(&thread, NULL, pull, server) == 0);
    send(server);
    assert(bj_server_stop(server) == BJ_OK);
    void *result = NULL;
    assert(pthread_join(thread, &result) == 0);
    sums = *(struct sums *)result;
    assert(sums.visits == 7.0 && sums.renders >= 1 && sums.events == 1 && sums.checks == 1 && sums.buckets >= 1);
    bj_server_free(server);

    /* Nobody pulls: neither the stop nor the free waits for it; and a bucket outlives its server. */
    server = start(86400);
    send(server);
    assert(bj_server_stop(server) == BJ_OK && bj_server_next(server, 0, &bucket) == BJ_OK);
    bj_server_free(server);
    sums = (struct sums){0};
    add(&sums, bucket);
    bj_bucket_free(bucket);
    assert(sums.visits == 7.0);
    server = start(86400);
    send(server);
    bj_server_free(server);
    printf("all is well\n");
    return 0;
}
