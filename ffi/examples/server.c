/* A server that prints what it receives until its standard input ends: server.c 127.0.0.1:8125 */
#include <stdio.h>

#include "basenji.h"

static void show(const char *label, bj_bytes bytes) {
    printf("%s%.*s", label, (int)bytes.len, bytes.len > 0 ? (const char *)bytes.ptr : "");
}

static void on_series(void *user, const bj_series *series) {
    (void)user;
    show("", series->name);
    show(" ", series->tags.text);
    printf(" %g", series->value);
    double p99;
    if (bj_series_quantile(series, 0.99, &p99) == BJ_OK) {
        printf(" p99=%g", p99);
    }
    printf("\n");
}

static void on_event(void *user, const bj_message *event) {
    (void)user;
    show("event ", event->name);
    show(": ", event->text);
    printf("\n");
}

int main(int argc, char **argv) {
    bj_server_options options = BJ_SERVER_OPTIONS_INIT;
    options.udp = argc > 1 ? argv[1] : "127.0.0.1:8125";
    options.on_series = on_series;
    options.on_event = on_event;
    options.telemetry = 2; /* off */
    bj_server *server;
    bj_status status = bj_server_new(&options, &server);
    if (status != BJ_OK) {
        fprintf(stderr, "no server: %s\n", bj_status_message(status));
        return 1;
    }
    uint16_t port;
    bj_server_port(server, &port);
    printf("listening on port %u\n", port);
    fflush(stdout);
    while (getchar() != EOF) {
    }
    bj_server_stop(server); /* flushes the open buckets */
    bj_server_free(server);
    return 0;
}
