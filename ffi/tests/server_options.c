/* Each option of a server, away from its default, changes what the server receives, hands out or counts. */

#undef NDEBUG
#include <arpa/inet.h>
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "basenji.h"

static bj_server *start(const bj_server_options *options) {
    bj_server *server = NULL;
    assert(bj_server_new(options, &server) == BJ_OK);
    return server;
}

/* Options of a server whose flushes are pulled, and end with it. */
static bj_server_options pulled(void) {
    bj_server_options options = BJ_SERVER_OPTIONS_INIT;
    options.udp = "127.0.0.1:0";
    options.bucket_secs = 86400;
    options.pull = 1;
    return options;
}

static void send_to(const struct sockaddr *to, socklen_t len, int type, const char *text, size_t text_len) {
    int sender = socket(to->sa_family, type, 0);
    assert(sender >= 0 && connect(sender, to, len) == 0);
    assert(send(sender, text, text_len, 0) == (ssize_t)text_len && close(sender) == 0);
}

static void send_udp(const bj_server *server, const char *text) {
    uint16_t port = 0;
    assert(bj_server_port(server, &port) == BJ_OK && port > 0);
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    send_to((struct sockaddr *)&to, sizeof to, SOCK_DGRAM, text, strlen(text));
}

/* Ends the server, and writes its series as 'name tags interval' lines; with a prefix only those that begin so. */
static const char *series_of(bj_server *server, const char *prefix) {
    static char text[65536];
    size_t len = 0;
    text[0] = 0;
    assert(bj_server_stop(server) == BJ_OK);
    for (bj_bucket *bucket; bj_server_next(server, 0, &bucket) == BJ_OK; bj_bucket_free(bucket)) {
        for (bj_series one; bj_bucket_next_series(bucket, &one) == BJ_OK;) {
            size_t prefix_len = strlen(prefix);
            if (one.name.len < prefix_len || memcmp(one.name.ptr, prefix, prefix_len) != 0) {
                continue;
            }
            len += (size_t)snprintf(text + len, sizeof text - len, "%.*s %.*s %u\n", (int)one.name.len, (const char *)one.name.ptr,
                                    (int)one.tags.text.len, one.tags.text.len ? (const char *)one.tags.text.ptr : "", one.interval);
            assert(len < sizeof text);
        }
    }
    return text;
}

static void is(const char *seen, const char *expected) {
    if (strcmp(seen, expected) != 0) {
        fprintf(stderr, "%s instead of %s\n", seen, expected);
        assert(!"the option does nothing");
    }
}

/* How many UDP sockets of this machine are bound to a port. */
static int sockets_of(uint16_t port) {
    char line[512], end[8];
    int found = 0;
    snprintf(end, sizeof end, ":%04X", port);
    FILE *table = fopen("/proc/net/udp", "r");
    assert(table);
    while (fgets(line, sizeof line, table)) {
        const char *local = strchr(line, ':');
        found += local && strncmp(local + 2 + 8, end, 5) == 0;
    }
    fclose(table);
    return found;
}

int main(void) {
    bj_server_options options = pulled();
    bj_server *server = start(&options);
    send_udp(server, "a:1|c");
    is(series_of(server, "a"), "a  86400\n");
    bj_server_free(server);

    options.bucket_secs = 3600;
    const char *tags[] = {"team:a", "b"};
    options.tags = tags;
    options.ntags = 2;
    options.workers = 3;
    server = start(&options);
    send_udp(server, "a:1|c|#z");
    uint16_t port = 0;
    assert(bj_server_port(server, &port) == BJ_OK && sockets_of(port) == 3);
    is(series_of(server, "a"), "a b,team:a,z 3600\n");
    bj_server_free(server);

    options = pulled();
    server = start(&options);
    assert(sockets_of((bj_server_port(server, &port), port)) == 1);
    assert(strstr(series_of(server, "basenji."), "basenji.flushes"));
    bj_server_free(server);
    options.telemetry = 2;
    server = start(&options);
    is(series_of(server, ""), "");
    bj_server_free(server);

    /* Room for ten series, of which some are kept for other names. */
    options.contexts = 10;
    server = start(&options);
    char text[300] = "";
    for (int n = 0; n < 20; ++n) {
        snprintf(text + strlen(text), sizeof text - strlen(text), "a%d:1|c\n", n);
    }
    strcat(text, "f:nan|g\nf\n");
    send_udp(server, text);
    bj_server_counters counters;
    (void)series_of(server, "a");
    assert(bj_server_stats(server, &counters) == BJ_OK && counters.messages == 21 && counters.refused >= 10 && counters.refused < 20);
    assert(counters.datagrams == 1 && counters.bytes == strlen(text) && counters.skipped_values == 1 && counters.parse_errors == 1);
    assert(counters.flushes > 0 && counters.contexts > 0 && counters.contexts <= 10);
    assert(counters.kernel_drops + counters.series_dropped + counters.events_dropped + counters.checks_dropped == 0);
    bj_server_free(server);

    char directory[] = "/tmp/basenji-server-XXXXXX", datagrams[64], frames[64];
    assert(mkdtemp(directory));
    snprintf(datagrams, sizeof datagrams, "%s/d", directory);
    snprintf(frames, sizeof frames, "%s/s", directory);
    options = pulled();
    options.udp = NULL;
    options.socket_path = datagrams;
    options.stream_path = frames;
    server = start(&options);
    assert(bj_server_port(server, &port) == BJ_OK && port == 0);
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    strcpy(to.sun_path, datagrams);
    send_to((struct sockaddr *)&to, sizeof to, SOCK_DGRAM, "a:1|c", 5);
    strcpy(to.sun_path, frames);
    send_to((struct sockaddr *)&to, sizeof to, SOCK_STREAM, "\5\0\0\0b:1|c", 9);
    const char *found = series_of(server, "");
    assert(strstr(found, "a  86400\n") && strstr(found, "b  86400\n"));
    bj_server_free(server);
    assert(rmdir(directory) == 0);

    printf("all is well\n");
    return 0;
}
