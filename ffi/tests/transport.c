/* Each option of a client's transport, away from its default, changes what the transport asks of the system. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <netdb.h>
#include <stdatomic.h>
#include <sys/un.h>

#include "client.h"

/* What the library has asked of the system, in whose place these functions stand. */
static atomic_int connections, buffer, lookups, batches, segmented;

/* The system's own function. */
static void *system_s(const char *name) {
    void *function = dlsym(RTLD_NEXT, name);
    assert(function);
    return function;
}

int connect(int fd, __CONST_SOCKADDR_ARG to, socklen_t len) {
    __typeof__(&connect) next;
    *(void **)&next = system_s("connect");
    int size = 0;
    socklen_t size_len = sizeof size;
    assert(getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, &size_len) == 0);
    buffer = size;
    ++connections;
    return next(fd, to, len);
}

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **found) {
    __typeof__(&getaddrinfo) next;
    *(void **)&next = system_s("getaddrinfo");
    if (strcmp(node, "basenji.test") == 0) {
        ++lookups;
        node = "127.0.0.1";
    }
    return next(node, service, hints, found);
}

int sendmmsg(int fd, struct mmsghdr *messages, unsigned int count, int flags) {
    __typeof__(&sendmmsg) next;
    *(void **)&next = system_s("sendmmsg");
    ++batches;
    for (unsigned int n = 0; n < count; ++n) {
        segmented += messages[n].msg_hdr.msg_controllen > 0;
    }
    return next(fd, messages, count, flags);
}

/* Calls a client until a counter is there, for as long as a slow machine takes. */
static void until(bj_client *client, const atomic_int *counter, int least) {
    double start = seconds();
    while (*counter < least) {
        assert(seconds() - start < 20);
        assert(bj_count(client, "c", 1, NULL, 0) == BJ_OK);
        assert(bj_flush(client, 1) != BJ_CLOSED);
    }
}

static int buffer_with(uint32_t bytes) {
    bj_client_options options = quiet();
    options.send_buffer = bytes;
    options.profile = "plain";
    bj_client *client = make(&options);
    assert(bj_count(client, "c", 1, NULL, 0) == BJ_OK && bj_close(client, 10000) == BJ_OK);
    bj_client_free(client, 0);
    is(datagram(), "c:1|c\n");
    return buffer;
}

static void send_buffer(void) {
    int usual = buffer_with(0);
    assert(buffer_with((uint32_t)usual + 1) > usual);
}

static void lookup_interval(void) {
    char by_name[64];
    snprintf(by_name, sizeof by_name, "udp://basenji.test%s", strrchr(address, ':'));
    bj_client_options options = quiet();
    options.address = by_name;
    options.lookup_interval_ms = 1;
    bj_client *client = make(&options);
    until(client, &lookups, 5);
    bj_client_free(client, 0);
}

/* Datagrams of one length leave together, unless they must not. */
static void segmentation(void) {
    bj_client_options options = quiet();
    options.aggregation = "off";
    options.max_payload = 6;
    for (int n = 0; n < 2; ++n) {
        options.segmentation = n == 0 ? 2 : 0;
        bj_client *client = make(&options);
        batches = segmented = 0;
        const atomic_int *counter = n == 0 ? &batches : &segmented;
        double start = seconds();
        while (*counter == 0) {
            assert(seconds() - start < 20);
            for (int calls = 0; calls < 50; ++calls) {
                assert(bj_count(client, "c", 1, NULL, 0) == BJ_OK);
            }
            assert(bj_flush(client, 1) != BJ_CLOSED);
        }
        assert(n == 1 || segmented == 0);
        bj_client_free(client, 0);
    }
}

static void stream(void) {
    char directory[] = "/tmp/basenji-transport-XXXXXX", stream_address[128];
    assert(mkdtemp(directory));
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    snprintf(at.sun_path, sizeof at.sun_path, "%s/s", directory);
    snprintf(stream_address, sizeof stream_address, "unixstream://%s", at.sun_path);
    bj_client_options options = quiet();
    options.address = stream_address;
    options.expiry_ms = 86400000;

    /* Where nobody listens, it is tried again at once, and again and again; by default it would be once a second soon. */
    options.retry_first_ms = options.retry_most_ms = 1;
    bj_client *client = make(&options);
    connections = 0;
    until(client, &connections, 100);
    bj_client_free(client, 0);

    /* Or it is left alone, though somebody comes. */
    options.retry_first_ms = 86400000;
    options.troubles = 8;
    client = make(&options);
    bj_trouble trouble;
    assert(bj_count(client, "c", 1, NULL, 0) == BJ_OK && bj_flush(client, 0) == BJ_TIMEOUT);
    assert(next_trouble(client, &trouble) == BJ_OK && trouble.kind == BJ_DISCONNECTED);
    int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    assert(bind(listener, (struct sockaddr *)&at, sizeof at) == 0 && listen(listener, 8) == 0);
    assert(bj_flush(client, 300) == BJ_TIMEOUT);
    bj_client_free(client, 0);

    /* A datagram that is longer than it may be. */
    options.longest_frame = 5;
    client = make(&options);
    assert(bj_count(client, "c", 1, NULL, 0) == BJ_OK);
    bj_flush(client, 10000);
    assert(next_trouble(client, &trouble) == BJ_OK && trouble.kind == BJ_LOST_TOO_LONG && trouble.datagrams == 1);
    bj_client_free(client, 0);
    close(listener);
    assert(unlink(at.sun_path) == 0 && rmdir(directory) == 0);
}

int main(void) {
    listen_on_loopback();
    send_buffer();
    lookup_interval();
    segmentation();
    stream();
    printf("all is well\n");
    return 0;
}
