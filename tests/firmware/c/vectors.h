// The table of datagrams, which a test writes before the link, and what an aggregator holds that takes in all of it.

#include <stddef.h>
#include <stdint.h>

struct datagram {
    uint32_t flags;
    const uint8_t *bytes;
    size_t len;
};
extern const struct datagram datagrams[];
extern const size_t datagrams_len;

#define CONTEXTS 2048
#define BYTES 131072
#define CELLS 16384
