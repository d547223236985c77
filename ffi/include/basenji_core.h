#ifndef BASENJI_CORE_H
#define BASENJI_CORE_H

/* Basenji's parser. Conventions: ffi/README.md. Written by 'cargo xtask header'; do not edit. */

#include <stddef.h>
#include <stdint.h>

// The type of a metric.
typedef enum bj_kind {
  // 'c': a sum.
  BJ_COUNT = 0,
  // 'g': the last value.
  BJ_GAUGE = 1,
  // 'ms': a histogram of milliseconds.
  BJ_TIMING = 2,
  // 'h': a histogram.
  BJ_HISTOGRAM = 3,
  // 'd': a distribution.
  BJ_DISTRIBUTION = 4,
  // 's': a set.
  BJ_SET = 5,
} bj_kind;

// What a message is.
typedef enum bj_message_kind {
  // A metric.
  BJ_MESSAGE_METRIC = 0,
  // An event.
  BJ_MESSAGE_EVENT = 1,
  // A service check.
  BJ_MESSAGE_SERVICE_CHECK = 2,
} bj_message_kind;

// What a call came to: 0 if all is well, else one of the numbers 'BJ_...'; compare with those, ask 'bj_status_message' for words.
typedef int32_t bj_status;

// Bytes of somebody else: 'len' of them from 'ptr' on. Text is not terminated by a NUL. 'ptr' is NULL where there is nothing, as
// opposed to no bytes.
typedef struct bj_bytes {
  // The first byte.
  const uint8_t *ptr;
  // How many there are.
  size_t len;
} bj_bytes;

// A datagram, to be walked through by 'bj_datagram_next'. Begin with its bytes and all else 0: 'bj_datagram datagram = {bytes, len, 0, 0, {NULL, 0}};'
typedef struct bj_datagram {
  // The first byte.
  const uint8_t *bytes;
  // How many there are.
  size_t len;
  // Where the next line begins, in bytes from the first.
  size_t at;
  // Of the line that was refused last: bytes from its start to what is wrong.
  size_t offset;
  // The line that was looked at last, without its line end.
  struct bj_bytes line;
} bj_datagram;

// The values of a metric, to be walked through by 'bj_values_next'. Copy it to walk twice.
typedef struct bj_values {
  // What is left, as it stands in the line: numbers with ':' between them, or the member of a set.
  struct bj_bytes text;
} bj_values;

// The tags of a message, to be walked through by 'bj_tags_next'. Copy it to walk twice.
typedef struct bj_tags {
  // What is left, as it stands in the line: tags with ',' between them; NULL behind the last one and where there are none.
  struct bj_bytes text;
} bj_tags;

// A message, all of whose bytes are those of the datagram. A member that the kind of message does not have, or that the line lacks, is 0,
// NULL, or what its comment says.
typedef struct bj_message {
  // What it is: a 'bj_message_kind'.
  int32_t kind;
  // The type of a metric: a 'bj_kind'.
  int32_t metric_kind;
  // The name of a metric or service check, the title of an event as it stands on the wire ('\n' for a newline).
  struct bj_bytes name;
  // The values of a metric.
  struct bj_values values;
  // The sample rate of a metric as written, which may be any number; 1 when absent.
  double sample_rate;
  // Seconds since 1970; 0 when absent.
  int64_t timestamp;
  // The tags.
  struct bj_tags tags;
  // The text of an event as it stands on the wire, the message of a service check.
  struct bj_bytes text;
  // The host of an event or service check.
  struct bj_bytes hostname;
  // The aggregation key of an event.
  struct bj_bytes aggregation_key;
  // The source type of an event.
  struct bj_bytes source_type;
  // The priority of an event: 0 normal, 1 low.
  int32_t priority;
  // The alert type of an event: 0 info, 1 error, 2 warning, 3 success.
  int32_t alert_type;
  // The status of a service check: 0 ok, 1 warning, 2 critical, 3 unknown.
  int32_t status;
  // How many fields of an event or service check were dropped because of their value.
  uint32_t bad_fields;
  // 'c:'
  struct bj_bytes local_data;
  // 'e:'
  struct bj_bytes external_data;
  // 'card:'
  struct bj_bytes cardinality;
} bj_message;

// All is well.
#define BJ_OK 0

// A metric without '|', or a service check with fewer than two.
#define BJ_NO_PIPE 1

// A metric without ':' between name and value.
#define BJ_NO_COLON 2

// A metric whose name has no bytes.
#define BJ_EMPTY_NAME 3

// A metric whose value has no bytes.
#define BJ_EMPTY_VALUE 4

// A value that is not a number.
#define BJ_BAD_VALUE 5

// A type other than c, g, ms, h, d and s.
#define BJ_BAD_TYPE 6

// A sample rate that is not a number.
#define BJ_BAD_RATE 7

// A 'T' field that is not a whole number of seconds from 1 up.
#define BJ_BAD_TIMESTAMP 8

// An event whose '_e{..}:' is malformed or announces an empty title.
#define BJ_BAD_EVENT_HEADER 9

// An event with fewer bytes than its header announces.
#define BJ_EVENT_TOO_SHORT 10

// A service check status other than 0, 1, 2 and 3.
#define BJ_BAD_STATUS 11

// A service check whose name has no bytes.
#define BJ_EMPTY_CHECK_NAME 12

// A last line without a newline where one is required.
#define BJ_UNTERMINATED 13

// The last line of a datagram that the receive buffer cut.
#define BJ_TRUNCATED 14

// A stream frame that is longer than the receive buffer.
#define BJ_FRAME_TOO_LONG 15

// A stream frame of no bytes.
#define BJ_EMPTY_FRAME 16

// There is nothing more to come; no error.
#define BJ_END 64

// The library has a fault and has stopped this call; what was called on may still be used.
#define BJ_PANIC 65

// The client was closed, or the server was stopped.
#define BJ_CLOSED 66

// The time was over before all was sent.
#define BJ_TIMEOUT 67

// The operating system refuses what is needed: a thread, a socket.
#define BJ_SYSTEM 68

// The metric is of a kind that has no such operation.
#define BJ_WRONG_KIND 69

// Another program has the port or the path to listen on.
#define BJ_PORT_IN_USE 70

// The system does not allow to listen there.
#define BJ_PERMISSION 71

// 'client' is NULL.
#define BJ_NULL_CLIENT 80

// 'name' is NULL.
#define BJ_NULL_NAME 81

// 'tags' is NULL and 'ntags' is not 0, or one of the tags is NULL.
#define BJ_NULL_TAGS 82

// 'value' is NULL.
#define BJ_NULL_VALUE 83

// The place for the result is NULL.
#define BJ_NULL_OUT 84

// 'metric' is NULL.
#define BJ_NULL_METRIC 85

// 'server' is NULL.
#define BJ_NULL_SERVER 86

// 'options' is NULL.
#define BJ_NULL_OPTIONS 87

// 'datagram' is NULL, or its bytes are.
#define BJ_NULL_DATAGRAM 88

// 'title' is NULL.
#define BJ_NULL_TITLE 89

// 'text' is NULL.
#define BJ_NULL_TEXT 90

// 'values' or 'tags', which is walked through, is NULL, or its bytes are.
#define BJ_NULL_ITERATOR 91

// 'series' is NULL.
#define BJ_NULL_SERIES 92

// The member 'size' of 'options' is smaller than any version of it was.
#define BJ_BAD_SIZE 96

// 'kind' is none of the kinds of metrics.
#define BJ_BAD_KIND 97

// 'options.address', or where to listen, is not an address.
#define BJ_BAD_ADDRESS 98

// 'options.profile' is none of the profiles.
#define BJ_BAD_PROFILE 99

// A switch in 'options' is neither default, on nor off.
#define BJ_BAD_SWITCH 100

// 'options.cardinality' is none of the cardinalities.
#define BJ_BAD_CARDINALITY 101

// A path, address, prefix or tag in 'options' is not UTF-8.
#define BJ_BAD_UTF8 102

// A number in 'options' is out of its range.
#define BJ_BAD_SETTING 103

// 'options' name nothing to listen on.
#define BJ_NO_LISTENER 104

// 'status' is none of 0, 1, 2, 3.
#define BJ_BAD_SERVICE_STATUS 105

// 'series' has no distribution.
#define BJ_NO_SKETCH 106

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

// The next message of a datagram into '*message_out'. A line that is none gives the status that says why (1 to 63) with 'datagram->line' and
// 'datagram->offset', and the call after it goes on with the next line. Returns 'BJ_END' when there are no more. The message borrows the
// datagram's bytes. Cost: linear in the bytes of the line, no allocation. Any thread, one at a time for one 'datagram'.
//
// Pointers:
//
// 'datagram' is NULL or points to one whose bytes are readable; 'message_out' is NULL or points to a message.
bj_status bj_datagram_next(struct bj_datagram *datagram,
                           struct bj_message *message_out);

// The name of a status as in this header, '"BJ_OK"'; '"BJ_UNKNOWN"' for a number that is none. Static, never NULL. Any thread.
const char *bj_status_name(bj_status status);

// What a status says, a sentence for a person without its full stop; it may change between versions. Static, never NULL. Any thread.
const char *bj_status_message(bj_status status);

// The version of the library, as '"0.1.0"'. Static, never NULL. Any thread.
const char *bj_version(void);

// The next value of a metric into '*value_out'. A set has none: its member is 'values->text'. Returns 'BJ_END' when there are no more.
// Cost: linear in the bytes of the value. Any thread.
//
// Pointers:
//
// 'values' is NULL or comes from a message whose datagram is unchanged; 'value_out' is NULL or points to a double.
bj_status bj_values_next(struct bj_values *values,
                         double *value_out);

// The next tag of a message into '*tag_out', bytes of the datagram. Returns 'BJ_END' when there are no more. Cost: linear in the bytes of the
// tag. Any thread.
//
// Pointers:
//
// 'tags' is NULL or comes from a message whose datagram is unchanged; 'tag_out' is NULL or points to a 'bj_bytes'.
bj_status bj_tags_next(struct bj_tags *tags,
                       struct bj_bytes *tag_out);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* BASENJI_CORE_H */
