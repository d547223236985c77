/* A client and a server in one process: what is called is what the callbacks have, from eight threads too, also when callbacks call the library. */
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
    int events, checks, series;
    bj_server *server;
    bj_client *second;
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
    /* A callback may ask for counters and call a client, and may not stop a server. */
    bj_server_counters counters;
    uint16_t port;
    assert(bj_server_stats(seen->server, &counters) == BJ_OK);
    bj_status running = bj_server_port(seen->server, &port);
    assert(running == BJ_OK || running == BJ_CLOSED);
    assert(bj_server_stop(seen->server) == BJ_BUSY);
    assert(bj_count(seen->second, "from.a.callback", 1, NULL, 0) == BJ_OK);
    seen->series++;
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

int main(int argc, char **argv) {
    const int calls = argc > 1 ? atoi(argv[1]) : 100000;
    static struct seen seen;
    bj_server_options listen = BJ_SERVER_OPTIONS_INIT;
    listen.udp = "127.0.0.1:0";
    listen.on_series = on_series;
    listen.on_event = on_event;
    listen.on_service_check = on_check;
    listen.user = &seen;
    listen.bucket_secs = 86400;
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
    assert(bj_client_new(&options, &client) == BJ_OK && bj_client_new(&options, &seen.second) == BJ_OK);

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
    assert(bj_close(client, 60000) == BJ_OK && bj_close(client, 60000) == BJ_CLOSED);
    assert(bj_count(client, "late", 1, NULL, 0) == BJ_CLOSED && bj_flush(client, 0) == BJ_CLOSED);
    assert(bj_client_stats(client, &counters) == BJ_OK);
    bj_client_free(client, 1000);

    assert(bj_server_stop(seen.server) == BJ_OK && bj_server_stop(seen.server) == BJ_CLOSED);
    assert(bj_server_port(seen.server, &port) == BJ_CLOSED);
    bj_server_counters served;
    assert(bj_server_stats(seen.server, &served) == BJ_OK && served.parse_errors == 0 && served.datagrams > 0);
    bj_server_free(seen.server);
    assert(bj_client_stats(seen.second, &counters) == BJ_OK && counters.metrics == (uint64_t)seen.series && seen.series >= 4);
    bj_client_free(seen.second, 1000);
    assert(seen.visits == 2.0 * THREADS * calls);
    assert(seen.queue == 2.5 && seen.members == 2.0 && seen.render_count == 100.0);
    assert(fabs(seen.render_median - 50.0) <= 2.0 && seen.events == 1 && seen.checks == 1);
    printf("all is well\n");
    return 0;
}
