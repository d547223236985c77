/* A client across a fork: parent and child each send, nothing is doubled and nothing is lost. */
#undef NDEBUG
#include <assert.h>
#include <dirent.h>
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

/* Whether no thread of this process but the calling one has anything to do. */
static int others_sleep(void) {
    DIR *tasks = opendir("/proc/self/task");
    int running = 0;
    assert(tasks != NULL);
    for (struct dirent *task; (task = readdir(tasks)) != NULL;) {
        if (task->d_name[0] == '.') {
            continue;
        }
        char path[300], state = 'S';
        snprintf(path, sizeof path, "/proc/self/task/%s/stat", task->d_name);
        FILE *stat = fopen(path, "r");
        if (stat != NULL) {
            running += fscanf(stat, "%*d (%*[^)]) %c", &state) == 1 && state != 'S';
            fclose(stat);
        }
    }
    closedir(tasks);
    return running == 1;
}

/* Waits until what was sent has arrived, and the threads of both sides are at rest. */
static void settle(bj_client *client, bj_server *server) {
    bj_server_counters counters;
    assert(bj_flush(client, 10000) == BJ_OK);
    do {
        assert(bj_server_stats(server, &counters) == BJ_OK);
    } while (counters.messages == 0);
    for (int times = 0; times < 3; times = others_sleep() ? times + 1 : 0) {
    }
}

int main(int argc, char **argv) {
    (void)argv;
    double visits = 0;
    bj_server_options listen = BJ_SERVER_OPTIONS_INIT;
    listen.udp = "127.0.0.1:0";
    listen.on_series = on_series;
    listen.user = &visits;
    listen.bucket_secs = 86400;
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

    /* With any argument: the locks of AddressSanitizer's allocator do not outlive a fork while another thread allocates. */
    if (argc > 1) {
        assert(bj_count(client, "begun", 1, NULL, 0) == BJ_OK);
        settle(client, server);
    }

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
    bj_client_free(client, 1000);
    assert(bj_server_stop(server) == BJ_OK);
    bj_server_free(server);
    assert(visits == 222.0);
    printf("all is well\n");
    return 0;
}
