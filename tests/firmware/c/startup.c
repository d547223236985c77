// From reset to main: memory as C expects it, the debugger's files, and main's result as the exit code.

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

extern uint32_t data_start[], data_end[], data_load[], bss_start[], bss_end[], stack_top[];
extern void (*__init_array_start[])(void), (*__init_array_end[])(void);

void initialise_monitor_handles(void);
int main(void);

// Newlib asks for this one although nothing is to be done.
void _init(void) {}
void _fini(void) {}

void Reset(void) {
    // Floats may be used before anything else, where there is a unit for them.
    *(volatile uint32_t *)0xE000ED88 |= 0xFu << 20;
    __asm__ volatile("dsb\n isb");
    memcpy(data_start, data_load, (size_t)((char *)data_end - (char *)data_start));
    memset(bss_start, 0, (size_t)((char *)bss_end - (char *)bss_start));
    initialise_monitor_handles();
    for (void (**init)(void) = __init_array_start; init < __init_array_end; init++) {
        (*init)();
    }
    exit(main());
}

// Whatever goes wrong ends the program, so that a test sees it.
static void Fault(void) {
    _Exit(99);
}

__attribute__((section(".vectors"), used)) static const void *const vectors[16] = {
    stack_top, Reset, Fault, Fault, Fault, Fault, Fault, Fault, Fault, Fault, Fault, Fault, Fault, Fault, Fault, Fault,
};
