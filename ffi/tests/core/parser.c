/* Statuses have names and words, and misuse of the parser is a status; what it understands is compared with the vectors elsewhere. */
#undef NDEBUG
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "basenji_core.h"

static void statuses(void) {
    for (bj_status status = -300; status < 300; status++) {
        const char *name = bj_status_name(status), *message = bj_status_message(status);
        const int known = strcmp(name, "BJ_UNKNOWN") != 0;
        assert(strncmp(name, "BJ_", 3) == 0 && message[0] != 0 && message[strlen(message) - 1] != '.');
        assert(known == (strcmp(message, "this number is no status") != 0));
        assert(known || status < 0 || status > 16);
    }
    assert(strcmp(bj_status_name(BJ_OK), "BJ_OK") == 0 && strcmp(bj_status_name(BJ_BUSY), "BJ_BUSY") == 0);
    assert(bj_version()[0] >= '0' && bj_version()[0] <= '9');
}

static void misuse(void) {
    static uint64_t words[32];
    uint8_t *const unaligned = (uint8_t *)words + 1;
    const char *text = "a:1|c\nb:1|g";
    bj_datagram datagram = {(const uint8_t *)text, strlen(text), 0, 0, {NULL, 0}}, none = {NULL, 1, 0, 0, {NULL, 0}};
    bj_datagram empty = {NULL, 0, 0, 0, {NULL, 0}}, endless = {(const uint8_t *)text, SIZE_MAX, 0, 0, {NULL, 0}};
    bj_message message;
    memset(&message, 0x55, sizeof message);
    bj_message before = message;
    assert(bj_datagram_next(NULL, &message) == BJ_NULL_DATAGRAM && bj_datagram_next(&none, &message) == BJ_NULL_DATAGRAM);
    assert(bj_datagram_next(&endless, &message) == BJ_NULL_DATAGRAM && bj_datagram_next(&datagram, NULL) == BJ_NULL_OUT);
    assert(bj_datagram_next((bj_datagram *)(void *)unaligned, &message) == BJ_MISALIGNED);
    assert(bj_datagram_next(&datagram, (bj_message *)(void *)unaligned) == BJ_MISALIGNED);
    assert(bj_datagram_next(&empty, &message) == BJ_END && bj_datagram_next_ex(NULL, 3, &message) == BJ_NULL_DATAGRAM);
    assert(bj_datagram_next_ex(&datagram, 3, NULL) == BJ_NULL_OUT && datagram.at == 0);
    assert(memcmp(&message, &before, sizeof message) == 0);
    /* A last line without its end is refused where it has to have one, and a place behind the end is the end. */
    assert(bj_datagram_next_ex(&datagram, BJ_EOL_REQUIRED, &message) == BJ_OK && message.name.ptr[0] == 'a');
    assert(bj_datagram_next_ex(&datagram, BJ_EOL_REQUIRED, &message) == BJ_UNTERMINATED && datagram.line.len == 5);
    assert(message.name.ptr[0] == 'a' && bj_datagram_next_ex(&datagram, BJ_EOL_REQUIRED, &message) == BJ_END);
    datagram.at = 6;
    assert(bj_datagram_next_ex(&datagram, BJ_CUT, &message) == BJ_TRUNCATED);
    datagram.at = SIZE_MAX;
    assert(bj_datagram_next(&datagram, &message) == BJ_END);

    double value = 7;
    bj_bytes tag = {NULL, 7};
    bj_values values = {{NULL, 1}}, odd = {bj_text("x::2")};
    bj_tags tags = {{NULL, 1}}, lying = {{(const uint8_t *)text, SIZE_MAX}};
    assert(bj_values_next(NULL, &value) == BJ_NULL_ITERATOR && bj_values_next(&values, &value) == BJ_NULL_ITERATOR);
    assert(bj_values_next(&odd, NULL) == BJ_NULL_OUT && bj_values_next((bj_values *)(void *)unaligned, &value) == BJ_MISALIGNED);
    assert(value == 7 && bj_values_next(&odd, &value) == BJ_OK && value == 2 && bj_values_next(&odd, &value) == BJ_END);
    assert(bj_tags_next(NULL, &tag) == BJ_NULL_ITERATOR && bj_tags_next(&lying, &tag) == BJ_NULL_ITERATOR);
    assert(bj_tags_next(&tags, NULL) == BJ_NULL_OUT && bj_tags_next((bj_tags *)(void *)unaligned, &tag) == BJ_MISALIGNED);
    assert(bj_tags_next(&tags, &tag) == BJ_END && tag.len == 7);
}

int main(void) {
    statuses();
    misuse();
    puts("all is well");
    return 0;
}
