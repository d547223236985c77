// What an operation of a subject takes: the deepest stack, and how many instructions. Under `-icount shift=6`, where each instruction lasts
// 64 ns of the board's time, its 25 MHz timer counts 1.6 of them.

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

void subject_start(void);
uint32_t subject_run(uint32_t number, const uint8_t *bytes, size_t len);

// Written before the link: the operations, each a name, which is empty if nobody asks for it, and the bytes that it is given.
struct operation {
    const char *name;
    const uint8_t *bytes;
    size_t len;
    uint32_t number;
};
extern const struct operation operations[];
extern const size_t operations_len;

#define WORDS 4096
#define PAINT 0xC0DEBA5Eu

static uint32_t stack[WORDS] __attribute__((aligned(8)));

static volatile uint32_t *const TIMER_CONTROL = (uint32_t *)0xE000E010;
static volatile uint32_t *const TIMER_RELOAD = (uint32_t *)0xE000E014;
static volatile uint32_t *const TIMER_VALUE = (uint32_t *)0xE000E018;

static struct operation current;

static void start(void) { subject_start(); }

static void operation(void) { subject_run(current.number, current.bytes, current.len); }

static void nothing(void) {}

static void thousand(void) { __asm__ volatile(".rept 1000\n nop\n .endr"); }

// Calls `what` on the stack that was painted.
__attribute__((noinline)) static void call_on(uint32_t *top, void (*what)(void)) {
    __asm__ volatile("mov r4, sp\n mov sp, %0\n blx %1\n mov sp, r4"
                     :
                     : "r"(top), "r"(what)
                     : "r0", "r1", "r2", "r3", "r4", "r12", "lr", "memory", "cc");
}

struct cost {
    uint32_t ticks;
    size_t stack;
};

// One call, on a stack where what it leaves unpainted tells how deep it went.
static struct cost cost(void (*what)(void)) {
    for (size_t i = 0; i < WORDS; i++) {
        stack[i] = PAINT;
    }
    *TIMER_CONTROL = 0;
    *TIMER_RELOAD = 0xFFFFFF;
    *TIMER_VALUE = 0;
    *TIMER_CONTROL = 5;
    uint32_t before = *TIMER_VALUE;
    call_on(stack + WORDS, what);
    uint32_t after = *TIMER_VALUE;
    size_t clean = 0;
    while (clean < WORDS && stack[clean] == PAINT) {
        clean++;
    }
    return (struct cost){(before - after) & 0xFFFFFF, 4 * (WORDS - clean)};
}

static unsigned long instructions(struct cost of) { return (of.ticks - cost(nothing).ticks) * 5ul / 8; }

int main(void) {
    unsigned long ruler = instructions(cost(thousand));
    if (ruler < 999 || ruler > 1001) {
        printf("a thousand instructions are counted as %lu\n", ruler);
        return 1;
    }
    size_t deepest = cost(start).stack;
    for (size_t i = 0; i < operations_len; i++) {
        current = operations[i];
        struct cost of = cost(operation);
        deepest = of.stack > deepest ? of.stack : deepest;
        if (current.name[0] != 0) {
            printf("%s\t%lu\n", current.name, instructions(of));
        }
    }
    printf("stack\t%lu\n", (unsigned long)deepest);
    return 0;
}
