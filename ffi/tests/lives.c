/* Random lives of a process: threads, forks, flushes, closes, exits, kills and listeners that vanish. Each ends in time, and its sums add up: what arrives is what its
   processes say that they have sent, or all that they have called where they may take their time. */
#undef NDEBUG
#include <assert.h>
#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "basenji.h"

/* What a process says in the end: the counts that it has called, the datagrams that it has sent, and those that it has lost. */
struct said {
    uint64_t called, sent, lost;
};

/* A life's choices, from its seed. */
struct life {
    uint64_t random;
    /* Whether its processes leave all to their exit, with all the time that it takes; else they close in a short time and say what they have sent. */
    int exits;
    int forks;
    int pipe;
    bj_client *client;
    uint32_t calls;
    atomic_uint_fast64_t called;
};

static uint32_t below(uint64_t *random, uint32_t most) {
    *random += 0x9E3779B97F4A7C15;
    uint64_t mixed = *random;
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
    return (uint32_t)((mixed ^ (mixed >> 31)) % most);
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void call(struct life *life, const char *name) {
    bj_metric *handle = NULL;
    assert(bj_metric_new(life->client, BJ_COUNT, "n.handle", NULL, 0, &handle) == BJ_OK);
    for (uint32_t n = 0; n < life->calls; n++) {
        const char *tags[] = {n % 2 ? "a:b" : "a:c"};
        assert(bj_count(life->client, name, 1, tags, 1) == BJ_OK);
        assert(bj_metric_add(handle, 2) == BJ_OK);
        life->called += 3;
        if (n % 16 == 15) {
            (void)bj_flush(life->client, n % 3);
        }
    }
    bj_metric_free(handle);
}

static void *thread(void *life) {
    call(life, "n.thread");
    return NULL;
}

static _Noreturn void end(struct life *life) {
    struct said said = {life->called, 0, 0};
    uint32_t how = below(&life->random, 3);
    if (!life->exits) {
        (void)bj_close(life->client, below(&life->random, 30));
        bj_client_counters counters;
        assert(bj_client_stats(life->client, &counters) == BJ_OK);
        said.sent = counters.packets_sent;
        said.lost = counters.packets_dropped_queue + counters.packets_dropped_writer;
    }
    assert(write(life->pipe, &said, sizeof said) == sizeof said);
    if (!life->exits) {
        _exit(0);
    }
    if (how > 0) {
        bj_client_free(life->client, how == 1 ? 60000 : UINT32_MAX);
    }
    exit(0);
}

static _Noreturn void live(struct life *life, const char *address) {
    bj_client_options options = BJ_CLIENT_OPTIONS_INIT;
    options.address = address;
    options.telemetry = options.origin_detection = options.environment = 2;
    options.flush_interval_ms = 1 + below(&life->random, 5);
    options.profile = below(&life->random, 2) ? "plain" : "fast";
    options.background = (int32_t)below(&life->random, 3);
    options.max_payload = 100;
    options.exit_timeout_ms = 60000;
    assert(bj_client_new(&options, &life->client) == BJ_OK);
    life->calls = below(&life->random, 40);
    pthread_t threads[4];
    uint32_t count = below(&life->random, 4);
    for (uint32_t n = 0; n < count; n++) {
        assert(pthread_create(&threads[n], NULL, thread, life) == 0);
    }
    for (uint32_t forks = life->forks ? below(&life->random, 3) : 0; forks > 0; forks--) {
        call(life, "n.forks");
        pid_t child = fork();
        assert(child >= 0);
        if (child == 0) {
            life->called = 0;
            life->random += forks;
            call(life, "n.child");
            end(life);
        }
        int ended = 1;
        assert(waitpid(child, &ended, 0) == child && ended == 0);
    }
    for (uint32_t n = 0; n < count; n++) {
        pthread_join(threads[n], NULL);
    }
    end(life);
}

/* Reads what there is: datagrams, and the counts in them. */
static void receive(int listener, uint64_t *datagrams, uint64_t *counts) {
    char bytes[65536];
    for (ssize_t length; (length = recv(listener, bytes, sizeof bytes - 1, MSG_DONTWAIT)) > 0;) {
        bytes[length] = 0;
        ++*datagrams;
        for (char *line = strstr(bytes, "n."); line != NULL; line = strstr(line + 1, "\nn.")) {
            *counts += strtoull(strchr(line, ':') + 1, NULL, 10);
        }
    }
}

/* A life of this seed; whether it was as it should be. */
static int is_well(uint64_t seed, int forks) {
    struct life life = {.random = seed, .forks = forks};
    uint64_t random = seed ^ 0x5eed;
    int ends[2], is_unix = below(&random, 2), vanishes = is_unix && below(&random, 3) == 0, is_absent = below(&random, 5) == 0, is_killed = below(&random, 8) == 0;
    life.exits = !is_unix && !is_absent && below(&random, 2);
    char address[128], path[64];
    snprintf(path, sizeof path, "/tmp/bj-lives-%ld.sock", (long)getpid());
    int listener = socket(is_unix ? AF_UNIX : AF_INET, SOCK_DGRAM, 0), room = 1 << 20;
    setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    if (is_unix) {
        struct sockaddr_un at = {.sun_family = AF_UNIX};
        strcpy(at.sun_path, path);
        unlink(path);
        assert(bind(listener, (struct sockaddr *)&at, sizeof at) == 0);
        snprintf(address, sizeof address, "unixgram://%s", path);
    } else {
        struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        socklen_t length = sizeof at;
        assert(bind(listener, (struct sockaddr *)&at, sizeof at) == 0 && getsockname(listener, (struct sockaddr *)&at, &length) == 0);
        snprintf(address, sizeof address, "udp://127.0.0.1:%u", ntohs(at.sin_port));
    }
    if (is_absent) {
        close(listener);
        unlink(path);
        listener = -1;
    }
    assert(pipe(ends) == 0);
    pid_t child = fork();
    assert(child >= 0);
    if (child == 0) {
        close(ends[0]);
        close(listener);
        life.pipe = ends[1];
        live(&life, address);
    }
    close(ends[1]);
    uint64_t datagrams = 0, counts = 0;
    int status = 0, is_over = 0;
    for (double start = now(); !is_over;) {
        is_over = waitpid(child, &status, WNOHANG) == child;
        receive(listener, &datagrams, &counts);
        double lived = now() - start;
        if (vanishes && lived > 0.01 && listener >= 0) {
            close(listener);
            unlink(path);
            listener = -1;
        }
        if (lived > 60 || (is_killed && lived > 0.02)) {
            kill(child, SIGKILL);
        }
        if (lived > 60) {
            printf("seed %llu: it does not end\n", (unsigned long long)seed);
            waitpid(child, &status, 0);
            return 0;
        }
        nanosleep(&(struct timespec){0, 500000}, NULL);
    }
    receive(listener, &datagrams, &counts);
    struct said all = {0, 0, 0}, said;
    while (read(ends[0], &said, sizeof said) == sizeof said) {
        all.called += said.called;
        all.sent += said.sent;
        all.lost += said.lost;
    }
    close(ends[0]);
    close(listener);
    unlink(path);
    /* A thread that was given up in the midst of a send has it counted as lost until it comes back. */
    int is_whole = life.exits ? counts == all.called : all.sent <= datagrams && datagrams <= all.sent + all.lost && counts <= all.called;
    int is_right = is_killed || (status == 0 && (is_absent || vanishes ? datagrams <= all.sent + all.lost : is_whole));
    if (!is_right) {
        printf("seed %llu: ended with %d, called %llu, arrived %llu in %llu datagrams; sent %llu, lost %llu\n", (unsigned long long)seed, status,
               (unsigned long long)all.called, (unsigned long long)counts, (unsigned long long)datagrams, (unsigned long long)all.sent, (unsigned long long)all.lost);
    }
    return is_right;
}

int main(int argc, char **argv) {
    /* What is not printed yet would be printed by each child, too. */
    setvbuf(stdout, NULL, _IONBF, 0);
    (void)argv;
    const char *asked = getenv("BASENJI_TEST_LIVES");
    /* With any argument: under a checker, whose allocator does not outlive a fork beside threads, and which takes its time. */
    uint64_t lives = asked != NULL ? strtoull(asked, NULL, 10) : argc > 1 ? 8 : 60, wrong = 0;
    for (uint64_t seed = 0; seed < lives && wrong < 10; seed++) {
        wrong += !is_well(seed, argc == 1);
    }
    if (wrong == 0) {
        printf("all is well\n");
    }
    return wrong != 0;
}
