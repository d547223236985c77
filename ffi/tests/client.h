/* What the tests of a client's options share: a receiver, a client, its next trouble. */

#undef NDEBUG
#include <assert.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "basenji.h"

/* A socket of the loopback interface that is read from, and its address. */
static int receiver;
static char address[64];

static void listen_on_loopback(void) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof at;
    receiver = socket(AF_INET, SOCK_DGRAM, 0);
    assert(receiver >= 0 && bind(receiver, (struct sockaddr *)&at, len) == 0);
    assert(getsockname(receiver, (struct sockaddr *)&at, &len) == 0);
    struct timeval patience = {10, 0};
    assert(setsockopt(receiver, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) == 0);
    snprintf(address, sizeof address, "udp://127.0.0.1:%d", ntohs(at.sin_port));
}

/* Options with which a client sends what is called and nothing else. */
static bj_client_options quiet(void) {
    bj_client_options options = BJ_CLIENT_OPTIONS_INIT;
    options.address = address;
    options.telemetry = 2;
    options.origin_detection = 2;
    options.environment = 2;
    return options;
}

static bj_client *make(const bj_client_options *options) {
    bj_client *client = NULL;
    assert(bj_client_new(options, &client) == BJ_OK);
    return client;
}

/* The next datagram. */
static const char *datagram(void) {
    static char text[65536];
    ssize_t len = recv(receiver, text, sizeof text - 1, 0);
    assert(len >= 0);
    text[len] = 0;
    return text;
}

static void is(const char *seen, const char *expected) {
    if (strcmp(seen, expected) != 0) {
        fprintf(stderr, "%s instead of %s\n", seen, expected);
        assert(!"the option does nothing");
    }
}

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* The next trouble, once it is told. */
static bj_status next_trouble(bj_client *client, bj_trouble *trouble) {
    double start = seconds();
    bj_status status = BJ_END;
    while ((status = bj_client_trouble(client, trouble)) == BJ_END && seconds() - start < 10) {
        usleep(1000);
    }
    return status;
}
