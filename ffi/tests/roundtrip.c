/* A client and a server in one process: what is called is what the callbacks have, from eight threads too, and misuse is a status. */
#undef NDEBUG
#include <assert.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "basenji.h"

#define THREADS 8

struct seen {
    double visits, queue, members, render_count, render_median;
    int events, checks;
    bj_server *server;
};

static int is(bj_bytes bytes, const char *text) {
    return bytes.len == strlen(text) && memcmp(bytes.ptr, text, bytes.len) == 0;
}

static void on_series(void *user, const bj_series *series) {
    struct seen *seen = user;
    if (is(series->name, "c.visits")) {
        assert(series->kind == BJ_COUNT && is(series->tags.text, "env:dev,page:home"));
        seen->visits += series->value;
        double none;
        assert(bj_series_quantile(series, 0.5, &none) == BJ_NO_SKETCH);
    } else if (is(series->name, "c.queue")) {
        seen->queue = series->value;
    } else if (is(series->name, "c.users")) {
        seen->members += series->value;
    } else if (is(series->name, "c.render")) {
        seen->render_count += (double)series->count;
        assert(bj_series_quantile(series, 0.5, &seen->render_median) == BJ_OK);
        assert(series->min == 1.0 && series->max == 100.0);
    }
    /* A callback may ask for counters, and may not stop the server. */
    bj_server_counters counters;
    assert(bj_server_stats(seen->server, &counters) == BJ_OK);
}

static void on_event(void *user, const bj_message *event) {
    assert(event->kind == BJ_MESSAGE_EVENT && is(event->name, "title") && is(event->text, "two\\nlines"));
    assert(event->alert_type == 1 && event->priority == 1 && is(event->hostname, "h"));
    ((struct seen *)user)->events++;
}

static void on_check(void *user, const bj_message *check) {
    assert(check->kind == BJ_MESSAGE_SERVICE_CHECK && is(check->name, "db") && check->status == 2 && is(check->text, "down"));
    ((struct seen *)user)->checks++;
}

struct work {
    bj_client *client;
    bj_metric *handle;
    int calls;
};

static void *call(void *argument) {
    const struct work *work = argument;
    const char *tags[] = {"page:home", "env:dev"};
    for (int i = 0; i < work->calls; i++) {
        assert(bj_metric_add(work->handle, 1) == BJ_OK);
        assert(bj_count(work->client, "visits", 1, tags, 2) == BJ_OK);
    }
    return NULL;
}

static void misuse(bj_client *client) {
    bj_client *none = NULL;
    bj_metric *metric = NULL;
    const char *bad[] = {NULL};
    bj_client_options options = BJ_CLIENT_OPTIONS_INIT;
    assert(bj_client_new(NULL, NULL) == BJ_NULL_OUT);
    options.size = 3;
    assert(bj_client_new(&options, &none) == BJ_BAD_SIZE && none == NULL);
    options.size = sizeof options;
    options.address = "tcp://h:1";
    assert(bj_client_new(&options, &none) == BJ_BAD_ADDRESS && none == NULL);
    options.address = "udp://127.0.0.1:1";
    options.profile = 9;
    assert(bj_client_new(&options, &none) == BJ_BAD_PROFILE);
    options.profile = 0;
    options.telemetry = 7;
    assert(bj_client_new(&options, &none) == BJ_BAD_SWITCH);
    options.telemetry = 0;
    options.cardinality = "mid";
    assert(bj_client_new(&options, &none) == BJ_BAD_CARDINALITY);
    options.cardinality = NULL;
    options.prefix = "\xff";
    assert(bj_client_new(&options, &none) == BJ_BAD_UTF8);
    assert(bj_count(NULL, "a", 1, NULL, 0) == BJ_NULL_CLIENT);
    assert(bj_count(client, NULL, 1, NULL, 0) == BJ_NULL_NAME);
    assert(bj_count(client, "a", 1, NULL, 1) == BJ_NULL_TAGS);
    assert(bj_count(client, "a", 1, bad, 1) == BJ_NULL_TAGS);
    assert(bj_set(client, "a", NULL, NULL, 0) == BJ_NULL_VALUE);
    assert(bj_event(client, NULL, "", NULL, 0, NULL) == BJ_NULL_TITLE);
    assert(bj_event(client, "a", NULL, NULL, 0, NULL) == BJ_NULL_TEXT);
    assert(bj_service_check(client, "a", 4, NULL, 0, NULL) == BJ_BAD_SERVICE_STATUS);
    bj_call_options call = BJ_CALL_OPTIONS_INIT;
    call.sample_rate = 2.0;
    assert(bj_gauge_ex(client, "a", 1.0, NULL, 0, &call) == BJ_BAD_SETTING);
    call.sample_rate = 0.0;
    call.cardinality = "mid";
    assert(bj_gauge_ex(client, "a", 1.0, NULL, 0, &call) == BJ_BAD_CARDINALITY);
    assert(bj_metric_new(client, BJ_SET, "a", NULL, 0, &metric) == BJ_BAD_KIND && metric == NULL);
    assert(bj_metric_add(NULL, 1) == BJ_NULL_METRIC && bj_metric_record(NULL, 1.0) == BJ_NULL_METRIC);
    assert(bj_metric_new(client, BJ_GAUGE, "a", NULL, 0, &metric) == BJ_OK);
    assert(bj_metric_add(metric, 1) == BJ_WRONG_KIND);
    bj_metric_free(metric);
    bj_client_free(NULL);
    bj_metric_free(NULL);
    bj_server_free(NULL);
    assert(bj_flush(NULL, 0) == BJ_NULL_CLIENT && bj_close(NULL) == BJ_NULL_CLIENT);
    assert(bj_client_stats(client, NULL) == BJ_NULL_OUT);
    bj_server *server = NULL;
    bj_server_options listen = BJ_SERVER_OPTIONS_INIT;
    assert(bj_server_new(NULL, &server) == BJ_NULL_OPTIONS);
    assert(bj_server_new(&listen, &server) == BJ_NO_LISTENER);
    listen.udp = "nonsense";
    assert(bj_server_new(&listen, &server) == BJ_BAD_ADDRESS && server == NULL);
    bj_datagram datagram = {NULL, 5, 0, 0, {NULL, 0}};
    bj_message message;
    double value;
    bj_bytes tag;
    assert(bj_datagram_next(NULL, &message) == BJ_NULL_DATAGRAM);
    assert(bj_datagram_next(&datagram, &message) == BJ_NULL_DATAGRAM);
    assert(bj_datagram_next(&datagram, NULL) == BJ_NULL_OUT);
    assert(bj_values_next(NULL, &value) == BJ_NULL_ITERATOR && bj_tags_next(NULL, &tag) == BJ_NULL_ITERATOR);
    assert(bj_series_quantile(NULL, 0.5, &value) == BJ_NULL_SERIES);
    assert(strcmp(bj_status_name(BJ_NO_PIPE), "BJ_NO_PIPE") == 0 && strcmp(bj_status_name(-7), "BJ_UNKNOWN") == 0);
    assert(strstr(bj_status_message(BJ_NULL_TAGS), "tags") != NULL && strlen(bj_version()) >= 5);
    /* A number of a later version, and an older caller's shorter struct, are no fault. */
    assert(strlen(bj_status_message(12345)) > 0);
}

int main(int argc, char **argv) {
    const int calls = argc > 1 ? atoi(argv[1]) : 100000;
    static struct seen seen;
    bj_server_options listen = BJ_SERVER_OPTIONS_INIT;
    listen.udp = "127.0.0.1:0";
    listen.on_series = on_series;
    listen.on_event = on_event;
    listen.on_service_check = on_check;
    listen.user = &seen;
    listen.flush_interval_s = 86400;
    assert(bj_server_new(&listen, &seen.server) == BJ_OK);
    uint16_t port = 0;
    assert(bj_server_port(seen.server, &port) == BJ_OK && port != 0);

    char address[64];
    snprintf(address, sizeof address, "udp://127.0.0.1:%u", port);
    bj_client_options options = BJ_CLIENT_OPTIONS_INIT;
    options.address = address;
    options.prefix = "c.";
    const char *common[] = {"env:dev"};
    options.tags = common;
    options.ntags = 1;
    bj_client *client = NULL;
    assert(bj_client_new(&options, &client) == BJ_OK);
    misuse(client);

    const char *tags[] = {"page:home", "env:dev"};
    bj_metric *handle = NULL;
    assert(bj_metric_new(client, BJ_COUNT, "visits", tags, 2, &handle) == BJ_OK);
    struct work work = {client, handle, calls};
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++) {
        assert(pthread_create(&threads[i], NULL, call, &work) == 0);
    }
    for (int i = 0; i < THREADS; i++) {
        assert(pthread_join(threads[i], NULL) == 0);
    }
    for (int i = 1; i <= 100; i++) {
        assert(bj_distribution(client, "render", i, NULL, 0) == BJ_OK);
    }
    assert(bj_gauge(client, "queue", 2.5, NULL, 0) == BJ_OK);
    assert(bj_set(client, "users", "me", NULL, 0) == BJ_OK && bj_set(client, "users", "you", NULL, 0) == BJ_OK);
    bj_event_options event = BJ_EVENT_OPTIONS_INIT;
    event.alert_type = "error";
    event.priority = "low";
    event.hostname = "h";
    assert(bj_event(client, "title", "two\nlines", NULL, 0, &event) == BJ_OK);
    bj_event_options check = BJ_EVENT_OPTIONS_INIT;
    check.message = "down";
    assert(bj_service_check(client, "db", 2, NULL, 0, &check) == BJ_OK);

    assert(bj_flush(client, 10000) == BJ_OK);
    bj_client_counters counters;
    assert(bj_client_stats(client, &counters) == BJ_OK);
    assert(counters.metrics == 2ull * THREADS * (unsigned)calls + 100 + 1 + 2 && counters.events == 1);
    assert(counters.service_checks == 1 && counters.packets_dropped_queue + counters.packets_dropped_writer == 0);
    bj_metric_free(handle);
    assert(bj_close(client) == BJ_OK && bj_close(client) == BJ_CLOSED);
    assert(bj_count(client, "late", 1, NULL, 0) == BJ_CLOSED && bj_flush(client, 0) == BJ_CLOSED);
    assert(bj_client_stats(client, &counters) == BJ_OK);
    bj_client_free(client);

    assert(bj_server_stop(seen.server) == BJ_OK && bj_server_stop(seen.server) == BJ_CLOSED);
    assert(bj_server_port(seen.server, &port) == BJ_CLOSED);
    bj_server_counters served;
    assert(bj_server_stats(seen.server, &served) == BJ_OK && served.parse_errors == 0 && served.datagrams > 0);
    bj_server_free(seen.server);
    assert(seen.visits == 2.0 * THREADS * calls);
    assert(seen.queue == 2.5 && seen.members == 2.0 && seen.render_count == 100.0);
    assert(fabs(seen.render_median - 50.0) <= 2.0 && seen.events == 1 && seen.checks == 1);
    printf("all is well\n");
    return 0;
}
