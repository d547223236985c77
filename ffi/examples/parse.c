/* Shows how a datagram is understood: parse.c < datagram */
#include <stdio.h>

#include "basenji_core.h"

static void show(const char *label, bj_bytes bytes) {
    printf("%s%.*s", label, (int)bytes.len, bytes.len > 0 ? (const char *)bytes.ptr : "");
}

int main(void) {
    static uint8_t bytes[65536];
    bj_datagram datagram = {bytes, fread(bytes, 1, sizeof bytes, stdin), 0, 0, {NULL, 0}};
    bj_message message;
    bj_status status;
    while ((status = bj_datagram_next(&datagram, &message)) != BJ_END) {
        if (status != BJ_OK) {
            show("refused: ", datagram.line);
            printf(" (byte %zu: %s)\n", datagram.offset, bj_status_message(status));
            continue;
        }
        show(message.kind == BJ_MESSAGE_METRIC  ? "metric: "
             : message.kind == BJ_MESSAGE_EVENT ? "event: "
                                                : "service check: ",
             message.name);
        double value;
        while (message.kind == BJ_MESSAGE_METRIC && bj_values_next(&message.values, &value) == BJ_OK) {
            printf(" %g", value);
        }
        bj_bytes tag;
        while (bj_tags_next(&message.tags, &tag) == BJ_OK) {
            show(" #", tag);
        }
        printf("\n");
    }
    return 0;
}
