/* Sketches and counts of members travel: each vector of tests/vectors/states.jsonl is written, read, merged or refused as every language does it. */
#undef NDEBUG
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "basenji_core.h"
/* The vectors as tables: struct part, sketch_vector, uniques_vector, refused_vector. */
#include "states.h"

enum { ROOM = 1 << 20 };

static uint8_t *state;
static uint64_t part_words[4096], whole_words[4096], part_registers[2048], whole_registers[2048];

/* A part in a compact state, read again and merged. */
static void merge(bj_sketch *whole, const struct part *part) {
    bj_sketch there;
    size_t len = 0;
    assert(bj_sketch_init(&there, part_words, 4096) == BJ_OK);
    for (size_t at = 0; at < part->len; at++) {
        assert(bj_sketch_add_n(&there, part->values[at], part->weight) == BJ_OK);
    }
    assert(bj_sketch_write(&there, BJ_FORM_COMPACT, state, ROOM, &len) == BJ_OK);
    assert(bj_sketch_read(&there, BJ_FORM_COMPACT, state, len, NULL) == BJ_OK);
    assert(bj_sketch_merge(whole, &there) == BJ_OK);
}

static void sketches(void) {
    for (size_t at = 0; at < sizeof sketch_vectors / sizeof *sketch_vectors; at++) {
        const struct sketch_vector *vector = &sketch_vectors[at];
        bj_sketch whole, kept;
        double median = -1;
        size_t len = 0, most = 0;
        assert(bj_sketch_init(&whole, whole_words, 4096) == BJ_OK);
        for (size_t part = 0; part < vector->nparts; part++) merge(&whole, &vector->parts[part]);
        assert(whole.summary.count == vector->count);
        assert(bj_sketch_quantile(&whole, 0.5, &median) == BJ_OK && median == vector->p50);
        for (int32_t form = BJ_FORM_COMPACT; form <= BJ_FORM_CLICKHOUSE; form++) {
            const struct bytes *expected = &vector->states[form], *left = &vector->kept[form];
            assert(bj_sketch_write(&whole, form, state, ROOM, &len) == BJ_OK);
            assert(len == expected->len && memcmp(state, expected->ptr, len) == 0);
            assert(bj_sketch_most_bytes(&whole, form, &most) == BJ_OK && most >= len);
            assert(bj_sketch_write(&whole, form, state, len - 1, &len) == BJ_FULL_BUFFER && len == expected->len);
            assert(bj_sketch_init(&kept, part_words, 4096) == BJ_OK);
            assert(bj_sketch_read(&kept, form, expected->ptr, expected->len, NULL) == BJ_OK);
            assert(bj_sketch_write(&kept, BJ_FORM_COMPACT, state, ROOM, &len) == BJ_OK);
            assert(len == left->len && memcmp(state, left->ptr, len) == 0);
        }
    }
}

static void members(void) {
    for (size_t at = 0; at < sizeof uniques_vectors / sizeof *uniques_vectors; at++) {
        const struct uniques_vector *vector = &uniques_vectors[at];
        bj_uniques whole, part;
        uint64_t count = 0;
        size_t len = 0;
        assert(bj_uniques_init(&whole, whole_registers, 2048) == BJ_OK);
        for (size_t place = 0; place < vector->nparts; place++) {
            assert(bj_uniques_init(&part, part_registers, 2048) == BJ_OK);
            for (size_t member = 0; member < vector->parts[place].len; member++) {
                assert(bj_uniques_add(&part, bj_text(vector->parts[place].texts[member])) == BJ_OK);
            }
            assert(bj_uniques_write(&part, state, ROOM, &len) == BJ_OK);
            assert(bj_uniques_read(&part, state, len, NULL) == BJ_OK);
            assert(bj_uniques_merge(&whole, &part) == BJ_OK);
        }
        assert(bj_uniques_count(&whole, &count) == BJ_OK && count == vector->count);
        assert(bj_uniques_write(&whole, state, ROOM, &len) == BJ_OK);
        assert(len == vector->state.len && memcmp(state, vector->state.ptr, len) == 0);
        assert(bj_uniques_write(&whole, state, len - 1, &len) == BJ_FULL_BUFFER);
    }
}

static void refused(void) {
    for (size_t at = 0; at < sizeof refused_vectors / sizeof *refused_vectors; at++) {
        const struct refused_vector *vector = &refused_vectors[at];
        bj_sketch sketch;
        bj_uniques uniques;
        size_t offset = SIZE_MAX;
        bj_status status;
        assert(bj_sketch_init(&sketch, part_words, 4096) == BJ_OK && bj_sketch_add(&sketch, 1) == BJ_OK);
        assert(bj_uniques_init(&uniques, part_registers, 2048) == BJ_OK);
        if (vector->form < 0) {
            status = bj_uniques_read(&uniques, vector->input.ptr, vector->input.len, &offset);
        } else {
            status = bj_sketch_read(&sketch, vector->form, vector->input.ptr, vector->input.len, &offset);
            assert(sketch.summary.count == 0 && sketch.bins == 0);
        }
        assert(status == BJ_STATE_CUT - 1 + vector->code && offset == vector->offset);
    }
}

static void misuse(void) {
    bj_sketch sketch;
    bj_uniques uniques, few;
    uint64_t count, few_words[2];
    size_t len;
    assert(bj_sketch_init(&sketch, part_words, 4096) == BJ_OK);
    assert(bj_sketch_write(&sketch, 5, state, ROOM, &len) == BJ_BAD_FORM);
    assert(bj_sketch_read(&sketch, -1, state, 0, NULL) == BJ_BAD_FORM);
    assert(bj_sketch_most_bytes(NULL, 0, &len) == BJ_NULL_SKETCH);
    assert(bj_sketch_write(NULL, 0, state, ROOM, &len) == BJ_NULL_SKETCH);
    assert(bj_sketch_write(&sketch, 0, NULL, 1, &len) == BJ_NULL_OUT);
    assert(bj_sketch_write(&sketch, 0, state, ROOM, NULL) == BJ_NULL_OUT);
    assert(bj_sketch_read(&sketch, 0, NULL, 1, NULL) == BJ_NULL_DATAGRAM);
    assert(bj_sketch_read(NULL, 0, state, 1, NULL) == BJ_NULL_SKETCH);
    assert(bj_sketch_read(&sketch, 0, NULL, 0, &len) == BJ_STATE_CUT && len == 0);
    assert(bj_uniques_init(&uniques, part_registers, 1) == BJ_NULL_UNIQUES);
    assert(bj_uniques_init(&uniques, part_registers, 2048) == BJ_OK && bj_uniques_init(&few, few_words, 2) == BJ_OK);
    assert(bj_uniques_merge(&uniques, &few) == BJ_STATE_WIDTH && bj_uniques_merge(&few, &uniques) == BJ_OK);
    assert(bj_uniques_merge(&uniques, &uniques) == BJ_OVERLAP);
    assert(bj_uniques_add(NULL, bj_text("x")) == BJ_NULL_UNIQUES && bj_uniques_add(&uniques, bj_text(NULL)) == BJ_NULL_VALUE);
    assert(bj_uniques_count(&uniques, NULL) == BJ_NULL_OUT && bj_uniques_count(NULL, &count) == BJ_NULL_UNIQUES);
    assert(bj_uniques_write(&uniques, state, 3, &len) == BJ_FULL_BUFFER);
    assert(bj_uniques_read(&uniques, NULL, 1, NULL) == BJ_NULL_DATAGRAM);
}

int main(void) {
    state = malloc(ROOM);
    assert(state != NULL);
    sketches();
    members();
    refused();
    misuse();
    free(state);
    puts("all is well");
    return 0;
}
