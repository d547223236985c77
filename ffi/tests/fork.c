/* A client across a fork: parent and child each send, nothing is doubled and nothing is lost. */
#undef NDEBUG
#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "basenji.h"

static void on_series(void *user, const bj_series *series) {
    if (series->name.len == 6 && memcmp(series->name.ptr, "visits", 6) == 0) {
        *(double *)user += series->value;
    }
}

static void call(bj_client *client, bj_metric *handle, int64_t value) {
    const char *tags[] = {"page:home", "env:dev"};
    assert(bj_metric_add(handle, value) == BJ_OK);
    assert(bj_count(client, "visits", value, tags, 2) == BJ_OK);
}

int main(void) {
    double visits = 0;
    bj_server_options listen = BJ_SERVER_OPTIONS_INIT;
    listen.udp = "127.0.0.1:0";
    listen.on_series = on_series;
    listen.user = &visits;
    listen.flush_interval_s = 86400;
    bj_server *server = NULL;
    uint16_t port = 0;
    assert(bj_server_new(&listen, &server) == BJ_OK && bj_server_port(server, &port) == BJ_OK);

    char address[64];
    snprintf(address, sizeof address, "udp://127.0.0.1:%u", port);
    bj_client_options options = BJ_CLIENT_OPTIONS_INIT;
    options.address = address;
    bj_client *client = NULL;
    bj_metric *handle = NULL;
    assert(bj_client_new(&options, &client) == BJ_OK);
    assert(bj_metric_new(client, BJ_COUNT, "visits", NULL, 0, &handle) == BJ_OK);

    /* What waits when the program forks is the parent's to send, and both go on. */
    call(client, handle, 1);
    pid_t child = fork();
    assert(child >= 0);
    if (child == 0) {
        call(client, handle, 10);
        _exit(bj_flush(client, 10000) == BJ_OK ? 0 : 1);
    }
    call(client, handle, 100);
    int ended = 1;
    assert(waitpid(child, &ended, 0) == child && WIFEXITED(ended) && WEXITSTATUS(ended) == 0);
    assert(bj_flush(client, 10000) == BJ_OK);
    bj_metric_free(handle);
    bj_client_free(client);
    assert(bj_server_stop(server) == BJ_OK);
    bj_server_free(server);
    assert(visits == 222.0);
    printf("all is well\n");
    return 0;
}
