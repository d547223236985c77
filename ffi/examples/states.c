/* A service that aggregates at home: each worker hands over a sketch and a count of users as bytes, which merge exactly where they come together. */
#include <inttypes.h>
#include <stdio.h>

#include <basenji_core.h>

/* What travels. */
static uint8_t latency_state[4096], users_state[4096];

/* A worker: samples in, states out. */
static bj_status worker(size_t *latency_len, size_t *users_len) {
    uint64_t words[256], registers[512];
    const double millis[] = {12, 15, 250};
    bj_sketch latency;
    bj_uniques users;
    bj_status status = bj_sketch_init(&latency, words, 256);
    for (size_t at = 0; status == BJ_OK && at < 3; at++) status = bj_sketch_add(&latency, millis[at]);
    if (status == BJ_OK) status = bj_uniques_init(&users, registers, 512);
    if (status == BJ_OK) status = bj_uniques_add(&users, bj_text("ann"));
    if (status == BJ_OK) status = bj_uniques_add(&users, bj_text("bob"));
    if (status == BJ_OK) status = bj_sketch_write(&latency, BJ_FORM_COMPACT, latency_state, sizeof latency_state, latency_len);
    if (status == BJ_OK) status = bj_uniques_write(&users, users_state, sizeof users_state, users_len);
    return status;
}

int main(void) {
    uint64_t words[256], arrived[256], registers[512], arrived_registers[512], count = 0;
    size_t latency_len, users_len, offset = 0;
    bj_sketch all, latency;
    bj_uniques all_users, users;
    bj_status status = worker(&latency_len, &users_len);
    if (status == BJ_OK) status = bj_sketch_init(&all, words, 256);
    if (status == BJ_OK) status = bj_sketch_init(&latency, arrived, 256);
    if (status == BJ_OK) status = bj_uniques_init(&all_users, registers, 512);
    if (status == BJ_OK) status = bj_uniques_init(&users, arrived_registers, 512);
    if (status == BJ_OK) status = bj_uniques_add(&all_users, bj_text("eve"));
    if (status == BJ_OK) status = bj_sketch_add(&all, 9);

    /* What is corrupt is refused with the place. */
    if (status == BJ_OK) status = bj_sketch_read(&latency, BJ_FORM_COMPACT, latency_state, latency_len, &offset);
    if (status == BJ_OK) status = bj_uniques_read(&users, users_state, users_len, &offset);
    if (status == BJ_OK) status = bj_sketch_merge(&all, &latency);
    if (status == BJ_OK) status = bj_uniques_merge(&all_users, &users);
    if (status == BJ_OK) status = bj_uniques_count(&all_users, &count);
    if (status != BJ_OK) {
        fprintf(stderr, "%s (at byte %zu)\n", bj_status_message(status), offset);
        return 1;
    }
    printf("%" PRIu64 " values up to %g, %" PRIu64 " users\n", all.summary.count, all.summary.max, count);
    return 0;
}
