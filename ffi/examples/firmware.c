/* A pump without an operating system, an allocator or a clock: memory is static, time is what the timer counts, and datagrams go where `send` puts
 * them. `cargo xtask test` runs it on the boards that QEMU has. */
#include <stdint.h>
#include <stdio.h>

#include <basenji_core.h>

/* 512 bytes for lines that wait; 16 contexts with 512 bytes of names and tags and 128 samples of 8 bytes. */
static uint64_t memory[BJ_EMITTER_AGGREGATING_WORDS(512, 16, 512, 128)];

/* A device gives the datagram to its network stack here: 0 if that takes it. */
static int32_t send(void *user, const uint8_t *datagram, size_t len) {
    (void)user;
    return fwrite(datagram, 1, len, stdout) == len ? 0 : -1;
}

/* Milliseconds since the start, of a timer's interrupt. */
static uint64_t now_ms;

static int failed(const char *what, bj_status status) {
    fprintf(stderr, "%s: %s\n", what, bj_status_message(status));
    return 1;
}

int main(void) {
    bj_emitter_options options = BJ_EMITTER_OPTIONS_INIT;
    options.send = send;
    options.prefix = "pump.";
    options.tags = "site:north";
    options.buffer = 512;
    options.contexts = 16;
    options.context_bytes = 512;
    options.cells = 128;
    bj_emitter *emitter;
    bj_status status = bj_emitter_init_aggregating(memory, sizeof memory, &options, &emitter);
    if (status != BJ_OK) {
        return failed("no emitter", status);
    }

    const char *left[] = {"valve:left"};
    for (int turn = 0; turn < 1000; turn++, now_ms += 5) {
        bj_emitter_count(emitter, "turns", 1, left, 1, now_ms);
        bj_emitter_gauge(emitter, "pressure", 2.5 + turn % 4, NULL, 0, now_ms);
        if (turn % 100 == 0) {
            bj_emitter_timing(emitter, "stroke", 12.25, left, 1, now_ms);
        }
    }
    status = bj_emitter_event(emitter, bj_text("stopped"), bj_text("by hand"), NULL, now_ms);
    if (status != BJ_OK) {
        return failed("no event", status);
    }
    bj_emitter_flush(emitter, now_ms);

    bj_client_counters counters;
    bj_emitter_stats(emitter, &counters);
    printf("%lu calls in %lu datagrams\n", (unsigned long)(counters.metrics + counters.events),
           (unsigned long)counters.packets_sent);
    return 0;
}
