/* Each option of a client, away from its default, changes what the client sends or counts. And closing takes as long as it may. */

#include <errno.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "client.h"

static const char *tags[] = {"page:home", "new"};

/* The first datagram of a client with these options that has made a few calls. */
static const char *first(const bj_client_options *options) {
    bj_client *client = make(options);
    assert(bj_count(client, "visits", 1, tags, 1) == BJ_OK && bj_count(client, "visits", 2, tags, 1) == BJ_OK);
    assert(bj_close(client, 10000) == BJ_OK);
    bj_client_free(client, 0);
    return datagram();
}

/* Whether a datagram is there. */
static int waits(void) {
    char rest[1];
    return recv(receiver, rest, sizeof rest, MSG_DONTWAIT | MSG_PEEK) >= 0;
}

static void lines(void) {
    bj_client_options options = quiet();
    is(first(&options), "visits:3|c|#page:home\n");
#define WITH(member, value, expected) \
    options = quiet();                \
    options.member = value;           \
    is(first(&options), expected)
    WITH(prefix, "shop", "shop.visits:3|c|#page:home\n");
    WITH(prefix, "shop.", "shop.visits:3|c|#page:home\n");
    WITH(suffix, ".eu", "visits.eu:3|c|#page:home\n");
    WITH(cardinality, "low", "visits:3|c|#page:home|card:low\n");
    WITH(container_id, "ci-abc", "visits:3|c|#page:home|c:ci-abc\n");
    WITH(dialect, "hot-shots-telegraf", "visits,page=home:3|c");
    WITH(aggregation, "off", "visits:1|c|#page:home\nvisits:2|c|#page:home\n");
    options = quiet();
    options.profile = "plain";
    is(first(&options), "visits:1|c|#page:home\n");
    is(datagram(), "visits:2|c|#page:home\n");
    /* With a rate so small that nothing is kept but by a wonder, aggregated counts are exact, and others are gone. */
    WITH(sample_rate, 1e-9, "visits:3|c|#page:home\n");
    options = quiet();
    options.tags = tags;
    options.ntags = 2;
    is(first(&options), "visits:3|c|#page:home,page:home,new\n");
    options = quiet();
    options.aggregation = "off";
    options.max_payload = 25;
    is(first(&options), "visits:1|c|#page:home\n");
    is(datagram(), "visits:2|c|#page:home\n");
    /* Room for one context, or for the bytes of one: the second one is sent by itself, before the flush. */
    for (int n = 0; n < 2; ++n) {
        options = quiet();
        *(n == 0 ? &options.contexts : &options.context_bytes) = 1;
        bj_client *client = make(&options);
        for (int times = 0; times < 2; ++times) {
            assert(bj_count(client, "a", 1, NULL, 0) == BJ_OK && bj_count(client, "b", 1, NULL, 0) == BJ_OK);
        }
        assert(bj_close(client, 10000) == BJ_OK);
        bj_client_free(client, 0);
        is(datagram(), "b:1|c\nb:1|c\na:2|c\n");
    }
    /* Without room for its samples a distribution is sent call by call. */
    options = quiet();
    options.cells = 1;
    bj_client *client = make(&options);
    for (int n = 0; n < 3; ++n) {
        assert(bj_distribution(client, "d", n, NULL, 0) == BJ_OK);
    }
    assert(bj_close(client, 10000) == BJ_OK);
    bj_client_free(client, 0);
    is(datagram(), "d:0|d\nd:1|d\nd:2|d\n");
}

/* The container is looked for where the option says. */
static void root(void) {
    char directory[] = "/tmp/basenji-options-XXXXXX", path[128];
    static const char *parts[] = {"/proc", "/proc/self"};
    assert(mkdtemp(directory));
    for (int n = 0; n < 2; ++n) {
        snprintf(path, sizeof path, "%s%s", directory, parts[n]);
        assert(mkdir(path, 0700) == 0);
    }
    snprintf(path, sizeof path, "%s/proc/self/cgroup", directory);
    FILE *file = fopen(path, "w");
    assert(file && fputs("12:cpu:/docker/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n", file) >= 0 && fclose(file) == 0);
    bj_client_options options = quiet();
    options.origin_detection = 1;
    options.root = directory;
    is(first(&options), "visits:3|c|#page:home|c:ci-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n");
    assert(unlink(path) == 0);
    for (int n = 1; n >= 0; --n) {
        snprintf(path, sizeof path, "%s%s", directory, parts[n]);
        assert(rmdir(path) == 0);
    }
    assert(rmdir(directory) == 0);
}

/* What one call may say. */
static void calls(void) {
    bj_client_options options = quiet();
    options.profile = "plain";
    bj_client *client = make(&options);
    bj_call_options call = BJ_CALL_OPTIONS_INIT;
    call.timestamp = 1656581400;
    call.cardinality = "low";
    assert(bj_gauge_ex(client, "g", 1, NULL, 0, &call) == BJ_OK);
    is(datagram(), "g:1|g|card:low|T1656581400\n");
    bj_event_options event = BJ_EVENT_OPTIONS_INIT;
    event.timestamp = 1656581400;
    event.hostname = "h";
    event.aggregation_key = "k";
    event.priority = "low";
    event.source_type = "s";
    event.alert_type = "error";
    event.cardinality = "low";
    event.message = "m";
    assert(bj_event(client, "title", "text", NULL, 0, &event) == BJ_OK);
    is(datagram(), "_e{5,4}:title|text|d:1656581400|h:h|k:k|p:low|s:s|t:error|card:low\n");
    assert(bj_service_check(client, "db", 1, NULL, 0, &event) == BJ_OK);
    is(datagram(), "_sc|db|1|d:1656581400|h:h|m:m|card:low\n");
    /* Of so many one is kept, but for a wonder. */
    call = (bj_call_options)BJ_CALL_OPTIONS_INIT;
    call.sample_rate = 0.5;
    for (int n = 0; n < 64; ++n) {
        assert(bj_gauge_ex(client, "g", 1, NULL, 0, &call) == BJ_OK);
    }
    assert(bj_close(client, 10000) == BJ_OK);
    bj_client_free(client, 0);
    do {
        is(datagram(), "g:1|g|@0.5\n");
    } while (waits());
    /* A call whose options name no rate has the client's. */
    options.sample_rate = 1e-9;
    client = make(&options);
    call.sample_rate = 0;
    assert(bj_gauge_ex(client, "g", 1, NULL, 0, &call) == BJ_OK && bj_close(client, 10000) == BJ_OK && !waits());
    bj_client_free(client, 0);
}

static void environment(void) {
    setenv("DD_TAGS", "from:outside", 1);
    bj_client_options options = quiet();
    is(first(&options), "visits:3|c|#page:home\n");
    options.environment = 1;
    is(first(&options), "visits:3|c|#page:home,from:outside\n");
    unsetenv("DD_TAGS");
}

static void telemetry(void) {
    bj_client_options options = quiet();
    options.telemetry = 1;
    options.telemetry_interval_ms = 1;
    options.telemetry_client = "shop";
    options.telemetry_client_version = "7";
    options.profile = "plain";
    bj_client *client = make(&options);
    /* By default the third report would come after half a minute. */
    double start = seconds();
    for (int reports = 0; reports < 3;) {
        assert(bj_count(client, "visits", 1, NULL, 0) == BJ_OK);
        const char *seen = datagram();
        reports += strstr(seen, "client.metrics:") && strstr(seen, "client:shop,client_version:7");
        assert(seconds() - start < 25);
    }
    bj_client_free(client, 0);
    while (waits()) {
        datagram();
    }
}

static void flush_interval(void) {
    bj_client_options options = quiet();
    options.flush_interval_ms = 1;
    bj_client *client = make(&options);
    /* By default they would take twenty seconds. */
    double start = seconds();
    for (int flushes = 0; flushes < 10; ++flushes) {
        assert(bj_count(client, "visits", 1, NULL, 0) == BJ_OK);
        is(datagram(), "visits:1|c\n");
    }
    assert(seconds() - start < 15);
    bj_client_free(client, 0);
}

/* How many datagrams of 1000 calls a client loses that sends to a socket that nobody reads. */
static bj_client_counters lost(bj_client_options options, bj_client **client_out) {
    options.aggregation = "off";
    options.max_payload = 10;
    bj_client *client = make(&options);
    for (int n = 0; n < 1000; ++n) {
        assert(bj_count(client, "c", n, NULL, 0) == BJ_OK);
    }
    bj_client_counters counters;
    if (client_out) {
        *client_out = client;
    } else {
        double start = seconds();
        bj_status closed = bj_close(client, 300);
        assert(closed == BJ_OK || closed == BJ_TIMEOUT);
        assert(seconds() - start < 5);
    }
    assert(bj_client_stats(client, &counters) == BJ_OK);
    if (!client_out) {
        assert(counters.metrics == 1000);
        assert(counters.packets_sent + counters.packets_dropped_queue + counters.packets_dropped_writer == 1000);
        bj_client_free(client, 0);
    }
    return counters;
}

static void ends(void) {
    char path[] = "/tmp/basenji-options-XXXXXX";
    assert(mkdtemp(path));
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    snprintf(at.sun_path, sizeof at.sun_path, "%s/s", path);
    int full = socket(AF_UNIX, SOCK_DGRAM, 0);
    assert(bind(full, (struct sockaddr *)&at, sizeof at) == 0);
    char unix_address[128];
    snprintf(unix_address, sizeof unix_address, "unixgram://%s", at.sun_path);
    bj_client_options options = quiet();
    options.address = unix_address;

    /* The socket takes a few; nothing else is lost before the end. */
    bj_client_counters counters = lost(options, NULL);
    assert(counters.packets_sent < 900 && counters.packets_dropped_queue > 0);
    /* A socket that is full is not waited for. */
    options.patience_ms = 1;
    assert(lost(options, NULL).packets_dropped_writer > 0);
    options.patience_ms = 0;
    /* Nor does a thread wait for it. */
    options.background = 2;
    counters = lost(options, NULL);
    assert(counters.packets_dropped_writer + counters.packets_sent == 1000);
    options.background = 0;

    /* Trouble is told to who asks: what the queue has no room for, the oldest or the newest. */
    options.queue_bytes = 100;
    options.troubles = 8;
    const char *overflows[] = {"oldest", "newest"};
    for (int n = 0; n < 2; ++n) {
        bj_client *client = NULL;
        options.overflow = overflows[n];
        lost(options, &client);
        assert(bj_flush(client, 0) == BJ_TIMEOUT);
        bj_trouble trouble;
        assert(next_trouble(client, &trouble) == BJ_OK && trouble.kind == BJ_LOST_OVERFLOW && trouble.datagrams > 0 && trouble.bytes > 0);
        double start = seconds();
        bj_client_free(client, 0);
        assert(seconds() - start < 2);
    }
    options.overflow = "all";
    bj_client *client = NULL;
    assert(bj_client_new(&options, &client) == BJ_BAD_SETTING);
    options.overflow = NULL;

    /* Where nobody listens, datagrams expire. */
    close(full);
    unlink(at.sun_path);
    options.queue_bytes = 0;
    options.expiry_ms = 300;
    client = make(&options);
    assert(bj_count(client, "c", 1, NULL, 0) == BJ_OK);
    bj_flush(client, 10000);
    bj_trouble trouble;
    assert(next_trouble(client, &trouble) == BJ_OK && trouble.kind == BJ_DISCONNECTED && trouble.system_error == ENOENT);
    assert(next_trouble(client, &trouble) == BJ_OK && trouble.kind == BJ_LOST_EXPIRED && trouble.datagrams == 1);
    assert(bj_client_trouble(client, NULL) == BJ_NULL_OUT && bj_client_trouble(NULL, &trouble) == BJ_NULL_CLIENT);
    /* Of more than are kept the oldest are dropped. */
    options.troubles = 1;
    bj_client *forgetful = make(&options);
    assert(bj_count(forgetful, "c", 1, NULL, 0) == BJ_OK);
    bj_close(forgetful, 10000);
    assert(bj_client_trouble(forgetful, &trouble) == BJ_OK && trouble.kind == BJ_LOST_EXPIRED);
    assert(bj_client_trouble(forgetful, &trouble) == BJ_END);
    bj_client_free(forgetful, 0);
    options.troubles = 8;
    /* One that does not expire waits as long as the close does. */
    options.expiry_ms = 86400000;
    bj_client *patient = make(&options);
    assert(bj_count(patient, "c", 1, NULL, 0) == BJ_OK);
    double start = seconds();
    assert(bj_close(patient, 50) == BJ_TIMEOUT && seconds() - start < 5);
    bj_client_free(patient, 0);
    bj_client_free(client, 0);
    /* And the exit of a process as long as the option says, which is a little more than the default here. */
    options.exit_timeout_ms = 1300;
    start = seconds();
    pid_t child = fork();
    if (child == 0) {
        client = make(&options);
        assert(bj_count(client, "c", 1, NULL, 0) == BJ_OK);
        exit(0);
    }
    int ended = 0;
    assert(child > 0 && waitpid(child, &ended, 0) == child && WIFEXITED(ended));
    assert(seconds() - start >= 1.3);
    rmdir(path);
}

static void refusals(void) {
    bj_client_options options = quiet();
    bj_client *client = NULL;
    options.dialect = "statsite";
    assert(bj_client_new(&options, &client) == BJ_BAD_DIALECT);
    options = quiet();
    options.environment = 3;
    assert(bj_client_new(&options, &client) == BJ_BAD_SWITCH);
    options = quiet();
    options.background = -1;
    assert(bj_client_new(&options, &client) == BJ_BAD_SWITCH && client == NULL);
    assert(BJ_VERSION_MAJOR == 0 && strcmp(BJ_VERSION_STRING, bj_version()) == 0);
}

int main(void) {
    listen_on_loopback();
    lines();
    root();
    calls();
    environment();
    telemetry();
    flush_interval();
    ends();
    refusals();
    printf("all is well\n");
    return 0;
}
