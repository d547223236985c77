/* Quantiles, bins and merges are those of the values; too few words lose the lowest; misuse is a status. */
#undef NDEBUG
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "basenji_core.h"

static bj_sketch of(size_t len) {
    bj_sketch sketch;
    uint64_t *words = malloc(len * sizeof *words);
    assert(words != NULL && bj_sketch_init(&sketch, words, len) == BJ_OK);
    return sketch;
}

static double quantile(const bj_sketch *sketch, double q) {
    double value = NAN;
    assert(bj_sketch_quantile(sketch, q, &value) == BJ_OK);
    return value;
}

static int near(double value, double expected) { return fabs(value / expected - 1) < 0.024; }

static void values(void) {
    bj_sketch sketch = of(4096), few = of(32);
    for (int i = 1; i <= 1000; i++) {
        assert(bj_sketch_add(&sketch, i) == BJ_OK && bj_sketch_add(&few, i) == BJ_OK);
    }
    assert(sketch.summary.count == 1000 && sketch.summary.sum == 500500 && sketch.summary.min == 1);
    assert(sketch.summary.max == 1000 && fabs(sketch.summary.avg - 500.5) < 1e-9);
    assert(near(quantile(&sketch, 0.5), 500) && near(quantile(&sketch, 0.99), 990));
    assert(quantile(&sketch, 0) == 1 && quantile(&sketch, 1) == 1000 && quantile(&sketch, NAN) == 1);
    /* The high quantiles survive. */
    assert(few.bins == 32 && near(quantile(&few, 0.95), 950) && few.summary.sum == 500500);

    bj_bin bin;
    uint64_t count = 0;
    size_t place = 0;
    int32_t before = INT32_MIN;
    for (; bj_sketch_bin(&sketch, place, &bin) == BJ_OK; place++) {
        assert(bin.key > before);
        before = bin.key;
        count += bin.n;
    }
    assert(count == 1000 && place == sketch.bins && bj_sketch_bin(&sketch, SIZE_MAX, &bin) == BJ_END);

    bj_sketch zeros = of(4);
    assert(bj_sketch_add_n(&zeros, 0, 2.5) == BJ_OK && zeros.summary.count == 2);
    assert(bj_sketch_bin(&zeros, 0, &bin) == BJ_OK && bin.key == 0 && bin.n == 2);
    assert(bj_sketch_merge(&zeros, &few) == BJ_OK && zeros.summary.count == 1002 && quantile(&zeros, 1) == 1000);
    assert(bj_sketch_merge(&sketch, &few) == BJ_OK && sketch.summary.count == 2000);
    free(sketch.words);
    free(few.words);
    free(zeros.words);
}

static void misuse(void) {
    uint64_t words[8];
    bj_sketch sketch, other, empty = {NULL, 0, 0, {0, 0, 0, 0, 0}};
    double value = 7;
    bj_bin bin;
    uint8_t *unaligned = (uint8_t *)words + 1;
    assert(bj_sketch_init(NULL, words, 8) == BJ_NULL_OUT);
    assert(bj_sketch_init(&sketch, NULL, 8) == BJ_NULL_SKETCH && bj_sketch_init(&sketch, words, 0) == BJ_NULL_SKETCH);
    assert(bj_sketch_init(&sketch, words, SIZE_MAX) == BJ_NULL_SKETCH);
    assert(bj_sketch_init(&sketch, (uint64_t *)(void *)unaligned, 4) == BJ_MISALIGNED);
    assert(bj_sketch_init(&sketch, words, 8) == BJ_OK);
    assert(bj_sketch_add(NULL, 1) == BJ_NULL_SKETCH && bj_sketch_add(&empty, 1) == BJ_NULL_SKETCH);
    assert(bj_sketch_add((bj_sketch *)(void *)unaligned, 1) == BJ_MISALIGNED);
    assert(bj_sketch_add(&sketch, NAN) == BJ_BAD_VALUE && bj_sketch_add(&sketch, -INFINITY) == BJ_BAD_VALUE);
    assert(bj_sketch_add_n(NULL, 1, 1) == BJ_NULL_SKETCH && bj_sketch_add_n(&sketch, NAN, 1) == BJ_BAD_VALUE);
    assert(bj_sketch_add_n(&sketch, 1, 0.5) == BJ_BAD_WEIGHT && bj_sketch_add_n(&sketch, 1, NAN) == BJ_BAD_WEIGHT);
    assert(sketch.summary.count == 0 && sketch.bins == 0 && quantile(&sketch, 0.5) == 0);
    assert(bj_sketch_merge(NULL, &sketch) == BJ_NULL_SKETCH && bj_sketch_merge(&sketch, NULL) == BJ_NULL_SKETCH);
    assert(bj_sketch_merge(&sketch, &sketch) == BJ_OVERLAP);
    assert(bj_sketch_init(&other, words + 7, 1) == BJ_OK && bj_sketch_merge(&sketch, &other) == BJ_OVERLAP);
    assert(bj_sketch_merge(&sketch, &empty) == BJ_OK && bj_sketch_merge(&empty, &sketch) == BJ_NULL_SKETCH);
    assert(bj_sketch_quantile(NULL, 0.5, &value) == BJ_NULL_SKETCH && value == 7);
    assert(bj_sketch_quantile(&sketch, 0.5, NULL) == BJ_NULL_OUT);
    assert(bj_sketch_bin(NULL, 0, &bin) == BJ_NULL_SKETCH && bj_sketch_bin(&sketch, 0, NULL) == BJ_NULL_OUT);
    /* Words that hold anything, and more bins than words, are no harm. */
    for (size_t i = 0; i < 8; i++) {
        words[i] = UINT64_MAX - i;
    }
    sketch.bins = SIZE_MAX;
    assert(bj_sketch_add(&sketch, 3) == BJ_OK && sketch.bins <= 8);
}

int main(void) {
    values();
    misuse();
    puts("all is well");
    return 0;
}
