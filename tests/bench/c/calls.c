/* One process of `cargo xtask bench c`: calls SUBJECT TARGET THREADS CALLS, and a line for the bench.
 *
 * The calls are those of the peers: four contexts in turn, a name and two tags each. The wall time is that of a call on its thread, the processor
 * time that of the whole process until everything is sent. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "basenji.h"

/* Calls of each thread before the clock starts: its contexts are known then. */
#define WARM 1000
#define NAME "shop.checkout.requests"

static const char *const tags[4][2] = {
    {"method:get", "status:200"},
    {"method:get", "status:404"},
    {"method:post", "status:200"},
    {"method:post", "status:500"},
};

static bj_client *client;
static bj_metric *metrics[4];

static void metric_add(long count) {
    for (long call = 0; call < count; call++) {
        bj_metric_add(metrics[call % 4], 1);
    }
}

static void metric_record(long count) {
    for (long call = 0; call < count; call++) {
        bj_metric_record(metrics[call % 4], (double)(call % 4000) * 0.25);
    }
}

static void count_by_name(long count) {
    for (long call = 0; call < count; call++) {
        bj_count(client, NAME, 1, tags[call % 4], 2);
    }
}

struct subject {
    const char *name;
    void (*calls)(long count);
    /* Of the options: NULL is the default. */
    const char *aggregation;
    const char *profile;
    /* The kind of the metrics that it needs, or -1. */
    int32_t kind;
};

static const struct subject subjects[] = {
    {"bj_metric_add", metric_add, NULL, NULL, BJ_COUNT},
    {"bj_metric_record", metric_record, NULL, NULL, BJ_DISTRIBUTION},
    {"bj_count, aggregated", count_by_name, NULL, NULL, -1},
    {"bj_count, buffered", count_by_name, "off", NULL, -1},
    {"bj_count, plain", count_by_name, NULL, "plain", -1},
};

struct worker {
    pthread_t thread;
    const struct subject *subject;
    pthread_barrier_t *warm, *go;
    long calls;
    double wall;
};

static void must(int fine, const char *what) {
    if (!fine) {
        fprintf(stderr, "calls: %s\n", what);
        exit(1);
    }
}

static double now(clockid_t clock) {
    struct timespec time;
    must(clock_gettime(clock, &time) == 0, "no clock");
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static void *work(void *argument) {
    struct worker *worker = argument;
    worker->subject->calls(WARM);
    pthread_barrier_wait(worker->warm);
    pthread_barrier_wait(worker->go);
    double start = now(CLOCK_MONOTONIC);
    worker->subject->calls(worker->calls);
    worker->wall = (now(CLOCK_MONOTONIC) - start) / (double)worker->calls;
    return NULL;
}

/* The processor time once no thread has worked for a while. */
static double at_rest(void) {
    struct timespec pause = {0, 200000000};
    double last = now(CLOCK_PROCESS_CPUTIME_ID), next;
    for (;; last = next) {
        nanosleep(&pause, NULL);
        next = now(CLOCK_PROCESS_CPUTIME_ID);
        if (next - last < 500000.0) {
            return last;
        }
    }
}

static void start(const struct subject *subject, const char *target) {
    char address[256];
    if (strncmp(target, "udp:", 4) == 0) {
        snprintf(address, sizeof address, "udp://127.0.0.1:%s", target + 4);
    } else {
        must(strncmp(target, "unix:", 5) == 0, "the target is udp:PORT or unix:PATH");
        snprintf(address, sizeof address, "unixgram://%s", target + 5);
    }
    bj_client_options options = BJ_CLIENT_OPTIONS_INIT;
    options.address = address;
    options.aggregation = subject->aggregation;
    options.profile = subject->profile;
    must(bj_client_new(&options, &client) == BJ_OK, "no client");
    for (int context = 0; subject->kind >= 0 && context < 4; context++) {
        bj_status made = bj_metric_new(client, subject->kind, NAME, tags[context], 2, &metrics[context]);
        must(made == BJ_OK, "no metric");
    }
}

int main(int argc, char **argv) {
    must(argc == 5, "calls SUBJECT TARGET THREADS CALLS");
    const struct subject *subject = NULL;
    for (size_t one = 0; one < sizeof subjects / sizeof subjects[0]; one++) {
        if (strcmp(subjects[one].name, argv[1]) == 0) {
            subject = &subjects[one];
        }
    }
    must(subject != NULL, "there is no such subject");
    long threads = atol(argv[3]), calls = atol(argv[4]);
    must(threads > 0 && threads <= 64 && calls >= threads, "a number of threads and calls");
    start(subject, argv[2]);

    pthread_barrier_t warm, go;
    pthread_barrier_init(&warm, NULL, (unsigned)threads + 1);
    pthread_barrier_init(&go, NULL, (unsigned)threads + 1);
    struct worker workers[64];
    for (long one = 0; one < threads; one++) {
        workers[one] = (struct worker){.subject = subject, .warm = &warm, .go = &go, .calls = calls / threads};
        must(pthread_create(&workers[one].thread, NULL, work, &workers[one]) == 0, "no thread");
    }
    pthread_barrier_wait(&warm);
    double before = now(CLOCK_PROCESS_CPUTIME_ID), wall = 0;
    pthread_barrier_wait(&go);
    for (long one = 0; one < threads; one++) {
        pthread_join(workers[one].thread, NULL);
        wall += workers[one].wall / (double)threads;
    }
    bj_flush(client, 60000);
    printf("measured %.3f %.3f\n", wall, (at_rest() - before) / (double)calls);
    for (int context = 0; context < 4; context++) {
        bj_metric_free(metrics[context]);
    }
    bj_client_free(client, 1000);
    return 0;
}
