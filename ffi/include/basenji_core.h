#ifndef BASENJI_CORE_H
#define BASENJI_CORE_H

/* libbasenji_core: what needs no operating system. Conventions: ffi/README.md. Written by 'cargo xtask header'; do not edit. */

#include <stddef.h>
#include <stdint.h>

/* The version of this header; 'bj_version' says which library is running. */
#define BJ_VERSION_MAJOR 0
#define BJ_VERSION_MINOR 1
#define BJ_VERSION_PATCH 0
#define BJ_VERSION_STRING "0.1.0"

/* A result that must be looked at, and a pointer that is never NULL, for compilers that know such a thing. */
#if defined(__GNUC__)
#define BJ_MUST_CHECK __attribute__((warn_unused_result))
#define BJ_NEVER_NULL __attribute__((returns_nonnull))
#else
#define BJ_MUST_CHECK
#define BJ_NEVER_NULL
#endif

/* Fields with every default, to begin with. */
#define BJ_FIELDS_INIT \
    {sizeof(bj_fields), 0.0, 0, {NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}, 0, 0, \
     {NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}}

/* Options with every default, to begin with. */
#define BJ_AGGREGATOR_OPTIONS_INIT {sizeof(bj_aggregator_options), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}

/* How long an array of uint64_t has to be for an aggregator of so many contexts, bytes and cells. */
#define BJ_AGGREGATOR_WORDS(contexts, bytes, cells) \
    ((sizeof(void *) > 4 ? 256u : 160u) + 9u * (size_t)(contexts) + ((size_t)(bytes) + 7u) / 8u + (size_t)(cells))

/* Options with every default, to begin with. */
#define BJ_EMITTER_OPTIONS_INIT \
    {sizeof(bj_emitter_options), NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0, 0, 0, 0, 0, 0, 0.0, 0}

/* How long an array of uint64_t has to be for an emitter with so many bytes for lines, and for one that aggregates. */
#define BJ_EMITTER_WORDS(buffer) ((sizeof(void *) > 4 ? 304u : 216u) + ((size_t)(buffer) + 7u) / 8u)
#define BJ_EMITTER_AGGREGATING_WORDS(buffer, contexts, bytes, cells) \
    (BJ_EMITTER_WORDS(buffer) + 65u + 9u * (size_t)(contexts) + ((size_t)(bytes) + 7u) / 8u + (size_t)(cells))

// All is well.
#define BJ_OK 0

// Expected a '|' before the type or the status.
#define BJ_NO_PIPE 1

// Expected a ':' between the name and the value.
#define BJ_NO_COLON 2

// The name before the first ':' is empty.
#define BJ_EMPTY_NAME 3

// There is no value between ':' and '|'.
#define BJ_EMPTY_VALUE 4

// The value is not a number (a name must not contain ':').
#define BJ_BAD_VALUE 5

// The type is none of c, g, ms, h, d, s.
#define BJ_BAD_TYPE 6

// The sample rate after '@' is not a number.
#define BJ_BAD_RATE 7

// The timestamp after 'T' is not a whole number of seconds, 1 or more.
#define BJ_BAD_TIMESTAMP 8

// Expected '_e{title length,text length}:' with a title of at least one byte.
#define BJ_BAD_EVENT_HEADER 9

// The event has fewer bytes than its header announces.
#define BJ_EVENT_TOO_SHORT 10

// The status is none of 0, 1, 2, 3.
#define BJ_BAD_STATUS 11

// The service check has no name.
#define BJ_EMPTY_CHECK_NAME 12

// The last line does not end in a newline.
#define BJ_UNTERMINATED 13

// The datagram was longer than the receive buffer, its last line is incomplete.
#define BJ_TRUNCATED 14

// The frame is longer than the receive buffer.
#define BJ_FRAME_TOO_LONG 15

// The frame has a length of 0.
#define BJ_EMPTY_FRAME 16

// There is nothing more to come. It is no error.
#define BJ_END 64

// The library has a fault and has stopped this call. What was called on may still be used.
#define BJ_PANIC 65

// The client or server was closed before.
#define BJ_CLOSED 66

// The time was over before it was done.
#define BJ_TIMEOUT 67

// The operating system refuses a thread or a socket.
#define BJ_SYSTEM 68

// The argument 'metric' is of a kind that has no such operation.
#define BJ_WRONG_KIND 69

// Another program has the port or the path to listen on.
#define BJ_PORT_IN_USE 70

// No permission to listen on the port or the path.
#define BJ_PERMISSION 71

// The argument 'client' is NULL.
#define BJ_NULL_CLIENT 80

// The argument 'name' is NULL.
#define BJ_NULL_NAME 81

// The argument 'tags' is NULL and ntags is not 0, or one of the tags is NULL.
#define BJ_NULL_TAGS 82

// The argument 'value' or 'values' is NULL.
#define BJ_NULL_VALUE 83

// The argument for the result is NULL.
#define BJ_NULL_OUT 84

// The argument 'metric' is NULL.
#define BJ_NULL_METRIC 85

// The argument 'server' is NULL.
#define BJ_NULL_SERVER 86

// The argument 'options' is NULL.
#define BJ_NULL_OPTIONS 87

// The argument 'datagram' is NULL, or its bytes are.
#define BJ_NULL_DATAGRAM 88

// The argument 'title' is NULL.
#define BJ_NULL_TITLE 89

// The argument 'text' is NULL.
#define BJ_NULL_TEXT 90

// The argument that is to be walked through is NULL, or its bytes are.
#define BJ_NULL_ITERATOR 91

// The argument 'series' is NULL.
#define BJ_NULL_SERIES 92

// Options.size is smaller than any version of these options was: use the INIT macro.
#define BJ_BAD_SIZE 96

// The argument 'kind' is none of the kinds of metrics.
#define BJ_BAD_KIND 97

// The address in 'options' is not an address.
#define BJ_BAD_ADDRESS 98

// Options.profile is none of the profiles.
#define BJ_BAD_PROFILE 99

// A switch in 'options' (aggregate, background, environment, origin_detection, pull, segmentation, telemetry) is neither 0, 1 nor 2.
#define BJ_BAD_SWITCH 100

// Options.cardinality is none of the cardinalities.
#define BJ_BAD_CARDINALITY 101

// A text in 'options' is not UTF-8.
#define BJ_BAD_UTF8 102

// A number in 'options' or 'fields' is out of its range.
#define BJ_BAD_SETTING 103

// 'options' name nothing to listen on.
#define BJ_NO_LISTENER 104

// The argument 'status' is none of 0, 1, 2, 3.
#define BJ_BAD_SERVICE_STATUS 105

// The argument 'series' has no samples to ask for.
#define BJ_NO_SKETCH 106

// The argument 'n' is below 1 or no number.
#define BJ_BAD_WEIGHT 107

// Two arguments share memory.
#define BJ_OVERLAP 108

// The argument 'memory' has too few bytes for what is to be made in it.
#define BJ_TOO_SMALL 109

// A pointer is not aligned as its type has to be.
#define BJ_MISALIGNED 110

// Another call on the same object is under way: this one comes from its callback. Or it has interrupted that call.
#define BJ_BUSY 111

// The buffer has no room for the line. Nothing of it was written.
#define BJ_FULL_BUFFER 112

// The table of contexts is full. Known contexts go on.
#define BJ_FULL_CONTEXTS 113

// The space for names and tags is full. Known contexts go on.
#define BJ_FULL_BYTES 114

// The space for samples is full.
#define BJ_FULL_CELLS 115

// The message has more tags than an aggregator takes.
#define BJ_FULL_TAGS 116

// Too many buckets are open: time has gone on without a flush.
#define BJ_FULL_BUCKETS 117

// A name, a host or the tags have more than 65,535 bytes.
#define BJ_FULL_LENGTH 118

// A part of the message would break its line: writer->part says which. Or it is missing; 'writer->offset' says where.
#define BJ_REFUSED 119

// The argument 'message' is no metric.
#define BJ_NOT_A_METRIC 120

// The argument 'writer' is NULL, or its buffer is.
#define BJ_NULL_WRITER 121

// The argument 'message' is NULL, or a text in it is and has a length.
#define BJ_NULL_MESSAGE 122

// A text in 'fields' is NULL and has a length.
#define BJ_NULL_FIELD 123

// The argument 'sketch' is NULL, or has no words.
#define BJ_NULL_SKETCH 124

// The argument 'memory' is NULL.
#define BJ_NULL_MEMORY 125

// The argument 'aggregator' is NULL.
#define BJ_NULL_AGGREGATOR 126

// The argument 'emitter' is NULL.
#define BJ_NULL_EMITTER 127

// The callback is NULL.
#define BJ_NULL_CALLBACK 128

// The argument 'bucket' is NULL.
#define BJ_NULL_BUCKET 140

// Options.sample_rate is not above 0 and up to 1.
#define BJ_BAD_SAMPLE_RATE 141

// Options.priority is neither 'normal' nor 'low'.
#define BJ_BAD_PRIORITY 142

// Options.alert_type is none of 'info', 'error', 'warning', 'success'.
#define BJ_BAD_ALERT_TYPE 143

// Options.pull of the argument 'server' was not set. So it keeps nothing.
#define BJ_NOT_PULLED 144

// One of options.tags is a tag that no line can carry.
#define BJ_BAD_TAGS 145

// Options.dialect is none of 'basenji', 'datadogpy', 'hot-shots', 'hot-shots-telegraf', 'datadog-go'.
#define BJ_BAD_DIALECT 146

// The state is cut: it ends before its last number.
#define BJ_STATE_CUT 147

// This is no state of this form.
#define BJ_STATE_FORM 148

// The state is of a version that is not known.
#define BJ_STATE_VERSION 149

// The state is of another kind.
#define BJ_STATE_KIND 150

// A number is out of its range.
#define BJ_STATE_NUMBER 151

// Keys or registers are not in ascending order.
#define BJ_STATE_ORDER 152

// The counts do not agree.
#define BJ_STATE_COUNT 153

// Minimum, maximum and average cannot be those of the values.
#define BJ_STATE_SUMMARY 154

// The bins have another width.
#define BJ_STATE_WIDTH 155

// A field has another type than it should.
#define BJ_STATE_FIELD 156

// The checksum is not that of the bytes before it.
#define BJ_STATE_CHECKSUM 157

// More bytes follow where the state should end.
#define BJ_STATE_TRAILING 158

// The argument 'form' is none of the forms of a sketch.
#define BJ_BAD_FORM 159

// The argument 'uniques' is NULL, or has less than two words.
#define BJ_NULL_UNIQUES 160

// A flag of 'bj_datagram_next_ex': a last line without a newline is refused as 'BJ_UNTERMINATED'.
#define BJ_EOL_REQUIRED 1

// A flag of 'bj_datagram_next_ex': the receive buffer has cut the datagram, so that a last line without a newline is refused as 'BJ_TRUNCATED'.
#define BJ_CUT 2

// What a sketch is written as; docs/states.md says what each keeps.
typedef enum bj_form {
  // Our own: all of it, in as few bytes as that takes, with a checksum.
  BJ_FORM_COMPACT = 0,
  // The 'Dogsketch' of the Datadog Agent's payload: all of it, without a time.
  BJ_FORM_AGENT = 1,
  // OpenTelemetry's 'ExponentialHistogramDataPoint' of scale 6, without attributes and times.
  BJ_FORM_OTLP = 2,
  // Prometheus' native histogram of schema 6, 'io.prometheus.client.Histogram'.
  BJ_FORM_PROMETHEUS = 3,
  // ClickHouse's state of 'quantilesDD(1 / 129, ...)'.
  BJ_FORM_CLICKHOUSE = 4,
} bj_form;

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

// The part of a message that a writer has refused.
typedef enum bj_part {
  // The name of a metric or service check.
  BJ_PART_NAME = 0,
  // The value of a metric.
  BJ_PART_VALUE = 1,
  // A tag.
  BJ_PART_TAGS = 2,
  // 'c:', 'e:' or 'card:'.
  BJ_PART_ORIGIN = 3,
  // The title of an event.
  BJ_PART_TITLE = 4,
  // The text of an event.
  BJ_PART_TEXT = 5,
  // A host, aggregation key or source type.
  BJ_PART_FIELD = 6,
  // The message of a service check.
  BJ_PART_MESSAGE = 7,
  // The last byte of the line: a carriage return, which receivers take away.
  BJ_PART_LINE_END = 8,
} bj_part;

// An aggregator, at the start of memory of the caller.
typedef struct bj_aggregator bj_aggregator;

// A client that writes each call into a line, packs lines into datagrams, and hands these to a callback. At the start of memory of the caller.
typedef struct bj_emitter bj_emitter;

// What a call came to: 0 if all is well, else one of the numbers 'BJ_...'; compare with those, ask 'bj_status_message' for words.
typedef int32_t bj_status;

// The options of an aggregator; begin with 'BJ_AGGREGATOR_OPTIONS_INIT'. 0 is the default of what has one.
typedef struct bj_aggregator_options {
  // 'sizeof(bj_aggregator_options)'.
  size_t size;
  // The most contexts: series by name, host, type and set of tags.
  size_t contexts;
  // Bytes for their names, hosts and tags.
  size_t context_bytes;
  // Cells of 8 bytes for samples. Counts and gauges need none. A set, histogram, timing or distribution takes 16 at its first sample of a
  // bucket and more as it grows; a point with a timestamp, and a second open bucket, take 4 more.
  size_t cells;
  // Length of a bucket in seconds; 0 is the default of 10.
  uint32_t bucket_secs;
  // Seconds that a count without samples goes on with zeros; 0 is the default of 300.
  uint32_t counter_expiry_secs;
  // Seconds that a context without samples stays known; 0 is the default of 20.
  uint32_t context_expiry_secs;
  // Whether counts go on with zeros: 0 default (yes), 1 yes, 2 no.
  int32_t counter_zeros;
  // How many samples of a bucket a histogram or timing keeps one by one, before it becomes a sketch; 0 is the default of 1024.
  uint32_t histogram_exact_samples;
  // How many members of a bucket a set counts exactly, before it becomes an estimate; 0 is the default of 1024.
  uint32_t set_exact_members;
  // How good that estimate is, 4 to 16: it takes 2 to this power bytes, and is about 1.04 divided by their root off; 0 is the default of 14.
  uint32_t set_precision;
  // The most bins of a sketch, up to 65,535; 0 is the default of 4096.
  uint32_t sketch_bins;
  // The seed of the hashes: a random number where datagrams come from strangers.
  uint64_t seed;
} bj_aggregator_options;

// Bytes of somebody else: 'len' of them from 'ptr' on. Text is not terminated by a NUL. 'ptr' is NULL where there is nothing, as
// opposed to no bytes.
typedef struct bj_bytes {
  // The first byte.
  const uint8_t *ptr;
  // How many there are.
  size_t len;
} bj_bytes;

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

// What a message may carry beside its name and value; begin with 'BJ_FIELDS_INIT'. 0 and NULL are the defaults. A kind of message passes over
// what it does not have.
typedef struct bj_fields {
  // 'sizeof(bj_fields)'.
  size_t size;
  // Metrics: the share of samples that are sent, above 0 and up to 1; 0 is 1, or what an emitter was told.
  double sample_rate;
  // Seconds since 1970; 0 is the time of receipt. Of a metric it is not negative.
  int64_t timestamp;
  // Tags, joined by commas.
  struct bj_bytes tags;
  // The host of an event or service check, and in an aggregator that of a metric.
  struct bj_bytes hostname;
  // Events: those of one key are shown as one.
  struct bj_bytes aggregation_key;
  // Events: the kind of program that sends it.
  struct bj_bytes source_type;
  // Events: 0 normal, 1 low.
  int32_t priority;
  // Events: 0 info, 1 error, 2 warning, 3 success.
  int32_t alert_type;
  // Service checks: what there is to say.
  struct bj_bytes message;
  // 'c:'; an emitter has its own.
  struct bj_bytes local_data;
  // 'e:'; an emitter has its own.
  struct bj_bytes external_data;
  // 'card:'
  struct bj_bytes cardinality;
} bj_fields;

// One point of one series. All that it points to is there until the callback returns, or until its bucket is asked for the next series or freed.
typedef struct bj_series {
  // The name of the metric.
  struct bj_bytes name;
  // The host; no bytes for none.
  struct bj_bytes host;
  // The tags, each once, in any order.
  struct bj_tags tags;
  // The type: a 'bj_kind'.
  int32_t kind;
  // Length of the bucket in seconds.
  uint32_t interval;
  // Seconds since 1970: the start of the bucket, or the point's own timestamp.
  uint64_t timestamp;
  // The sum of a count, the last value of a gauge, how many different members a set has; the mean of the others.
  double value;
  // Of a histogram, timing or distribution: how many samples, weighed by their rate.
  uint64_t count;
  // Their sum.
  double sum;
  // The smallest.
  double min;
  // The largest.
  double max;
  // For 'bj_series_quantile'; NULL where it has nothing to tell.
  const void *sketch;
} bj_series;

// Takes a series. The pointers are good until it returns. It must not unwind or jump away. From a server it comes on another thread, and must
// not stop or free it.
typedef void (*bj_on_series)(void *user, const struct bj_series *series);

// What an aggregator holds, and what it has refused since it was made.
typedef struct bj_aggregator_counters {
  // Contexts that are known.
  size_t contexts;
  // Bytes of their names, hosts and tags.
  size_t bytes;
  // Cells in use.
  size_t cells;
  // Metrics refused because their context is new and has no room.
  uint64_t refused_contexts;
  // Values refused because there is no cell or no bucket for them.
  uint64_t refused_values;
  // Values skipped because they are not finite.
  uint64_t skipped_values;
  // Metrics whose rate is not above 0 and up to 1, which counts as 1.
  uint64_t odd_rates;
} bj_aggregator_counters;

// Takes a datagram: 0 if it was taken, anything else if it is lost. The bytes are good until it returns. It must not unwind or jump away.
typedef int32_t (*bj_on_send)(void *user, const uint8_t *datagram, size_t len);

// The options of an emitter; begin with 'BJ_EMITTER_OPTIONS_INIT'. 0 and NULL are the default of what has one. The strings stay the caller's, and
// have to be there as long as the emitter, as literals are.
typedef struct bj_emitter_options {
  // 'sizeof(bj_emitter_options)'.
  size_t size;
  // Takes each datagram, on whatever calls the emitter.
  bj_on_send send;
  // Handed to 'send'.
  void *user;
  // What stands before each name, with its dot.
  const char *prefix;
  // What stands behind each name, with its dot.
  const char *suffix;
  // Tags of every message, joined by commas.
  const char *tags;
  // 'c:' of every message.
  const char *local_data;
  // 'e:' of every message.
  const char *external_data;
  // 'card:' of messages whose call names none.
  const char *cardinality;
  // Bytes for lines that wait; two datagrams are a good number.
  size_t buffer;
  // For 'bj_emitter_init_aggregating': the most contexts. When they are full, calls become lines one by one.
  size_t contexts;
  // Bytes for their names and tags.
  size_t context_bytes;
  // Cells of 8 bytes for samples, as those of an aggregator; none for counts, gauges and members of sets.
  size_t cells;
  // Most bytes of a datagram, and of a line; 0 is the default of 1432, or of half the buffer if that is less.
  uint32_t datagram;
  // Milliseconds that calls gather; 0 is the default of two seconds.
  uint32_t flush_interval_ms;
  // The most samples of one context that a flush sends one by one, 0 for the default of 128; more are gathered in the bins of a sketch, of which
  // every value is counted and none is off by more than 0.8 %.
  uint32_t samples;
  // The rate of calls that name none, above 0 and up to 1; 0 is the default of 1.
  double sample_rate;
  // The seed of hashes and sampling: another number on each device.
  uint64_t seed;
} bj_emitter_options;

// What a client has done in this process since it was made, or an emitter.
typedef struct bj_client_counters {
  // Calls for metrics; those of a 'bj_metric' count when they are flushed.
  uint64_t metrics;
  // Calls for events.
  uint64_t events;
  // Calls for service checks.
  uint64_t service_checks;
  // Calls that were not taken: a line that cannot be written, or without room.
  uint64_t dropped_on_receive;
  // Datagrams that the system took.
  uint64_t packets_sent;
  // Their bytes.
  uint64_t bytes_sent;
  // Datagrams that the queue had no room for.
  uint64_t packets_dropped_queue;
  // Their bytes.
  uint64_t bytes_dropped_queue;
  // Datagrams that the system did not take.
  uint64_t packets_dropped_writer;
  // Their bytes.
  uint64_t bytes_dropped_writer;
  // Contexts that flushes have sent.
  uint64_t aggregated_contexts;
} bj_client_counters;

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

// What is known of all values without looking into the bins.
typedef struct bj_summary {
  // How many values.
  uint64_t count;
  // Their sum.
  double sum;
  // The smallest; 0 if there are none.
  double min;
  // The largest; 0 if there are none.
  double max;
  // Their average; 0 if there are none.
  double avg;
} bj_summary;

// A distribution, in bins of logarithmic width. Begin with 'bj_sketch_init'. Its members are to be read, and belong to the functions.
typedef struct bj_sketch {
  // The bins, a word each.
  uint64_t *words;
  // How many words there are: the most bins.
  size_t len;
  // How many are in use.
  size_t bins;
  // Of all values.
  struct bj_summary summary;
} bj_sketch;

// One bin of a sketch, as in the columns 'k' and 'n' of a payload.
typedef struct bj_bin {
  // Which values: those around 1.015625 to the power of 'key - 1338'; 0 is zero, and a negative key is that of negative values.
  int32_t key;
  // How many.
  uint32_t n;
} bj_bin;

// Registers of a HyperLogLog. Begin with 'bj_uniques_init'. Its members are to be read, and belong to the functions.
typedef struct bj_uniques {
  // The registers, eight a word.
  uint64_t *words;
  // How many words there are.
  size_t len;
} bj_uniques;

// Lines in a buffer of the caller. Begin with 'bj_writer_init'; 'len = 0' forgets what was written.
typedef struct bj_writer {
  // The first byte.
  uint8_t *buffer;
  // How many bytes it has.
  size_t capacity;
  // How many of them are written: whole lines, each with its newline.
  size_t len;
  // What becomes of bytes that would break a line: 0 the message is refused, else each is replaced by '_'.
  int32_t sanitise;
  // After 'BJ_REFUSED': the part of the message, a 'bj_part'.
  int32_t part;
  // After 'BJ_REFUSED': bytes from the start of the part to the one that is wrong; 0 where bytes are missing.
  size_t offset;
} bj_writer;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

// Bytes of memory for an aggregator of so many contexts, bytes and cells, as in its options; 'SIZE_MAX' when no memory is that large.
// 'BJ_AGGREGATOR_WORDS' is a constant for memory that is static. Constant cost. Any thread.
size_t bj_aggregator_size(size_t contexts,
                          size_t bytes,
                          size_t cells);

// Makes an aggregator in 'len' bytes of memory of the caller, aligned to 8, at least as many as 'bj_aggregator_size' says, and its address into
// '*aggregator_out'. It needs no end: the memory is the caller's again when the aggregator is not used any more. It must not be moved. Cost:
// linear in the memory. Any thread.
//
// Errors: 'BJ_NULL_MEMORY', 'BJ_MISALIGNED', 'BJ_TOO_SMALL', 'BJ_NULL_OPTIONS', 'BJ_BAD_SIZE', 'BJ_BAD_SETTING', 'BJ_BAD_SWITCH', 'BJ_NULL_OUT'.
//
// Pointers:
//
// 'memory' is NULL or points to 'len' bytes that nobody else uses as long as the aggregator is used; 'options' is NULL or as its members say;
// 'aggregator_out' is NULL or points to a pointer.
BJ_MUST_CHECK
bj_status bj_aggregator_init(void *memory,
                             size_t len,
                             const struct bj_aggregator_options *options,
                             struct bj_aggregator **aggregator_out);

// Takes in a metric that was parsed, received at 'now_ms', milliseconds since 1970 or since anything else that time goes on from. Cost: linear in
// its bytes; for a context that is new, or whose tags come in another order than at first, 'n log n' in the number of tags. Any thread, one at
// a time for one 'aggregator'.
//
// Errors: 'BJ_NULL_AGGREGATOR', 'BJ_NULL_MESSAGE', 'BJ_NOT_A_METRIC', 'BJ_BUSY', 'BJ_MISALIGNED'; 'BJ_FULL_CONTEXTS', 'BJ_FULL_BYTES',
// 'BJ_FULL_TAGS', 'BJ_FULL_LENGTH' when its context is new and has no room; 'BJ_FULL_CELLS', 'BJ_FULL_BUCKETS' when some of its values have
// none; of a message that no parser has made also 'BJ_BAD_KIND', 'BJ_EMPTY_VALUE', 'BJ_BAD_VALUE', 'BJ_BAD_SETTING'.
//
// Pointers:
//
// 'aggregator' is NULL or was made by 'bj_aggregator_init'; 'message' is NULL or one whose datagram is unchanged.
bj_status bj_aggregator_record(struct bj_aggregator *aggregator,
                               const struct bj_message *message,
                               uint64_t now_ms);

// Takes in 'nvalues' values of a metric; 'kind' is a 'bj_kind', but not 'BJ_SET'. Values that are not finite are skipped and counted. 'fields'
// may be NULL; the host of the metric is its 'hostname'. Cost as 'bj_aggregator_record'. Any thread, one at a time for one 'aggregator'.
//
// Errors: those of room as 'bj_aggregator_record', 'BJ_NULL_AGGREGATOR', 'BJ_BAD_KIND', 'BJ_NULL_NAME', 'BJ_NULL_VALUE', 'BJ_EMPTY_VALUE',
// 'BJ_BAD_SIZE', 'BJ_NULL_FIELD', 'BJ_BAD_SETTING', 'BJ_BUSY', 'BJ_MISALIGNED'.
//
// Pointers:
//
// 'aggregator' is NULL or was made by 'bj_aggregator_init'; 'name' is as its members say; 'values' is NULL or points to 'nvalues' doubles;
// 'fields' is NULL or as its members say.
bj_status bj_aggregator_values(struct bj_aggregator *aggregator,
                               int32_t kind,
                               struct bj_bytes name,
                               const double *values,
                               size_t nvalues,
                               const struct bj_fields *fields,
                               uint64_t now_ms);

// Takes in a member of a set. 'fields' may be NULL; the host of the metric is its 'hostname'. Cost as 'bj_aggregator_record'. Any thread, one at
// a time for one 'aggregator'.
//
// Errors: those of room as 'bj_aggregator_record', 'BJ_NULL_AGGREGATOR', 'BJ_NULL_NAME', 'BJ_NULL_VALUE', 'BJ_BAD_SIZE', 'BJ_NULL_FIELD',
// 'BJ_BAD_SETTING', 'BJ_BUSY', 'BJ_MISALIGNED'.
//
// Pointers:
//
// 'aggregator' is NULL or was made by 'bj_aggregator_init'; 'name' and 'member' are as their members say; 'fields' is NULL or as its members say.
bj_status bj_aggregator_member(struct bj_aggregator *aggregator,
                               struct bj_bytes name,
                               struct bj_bytes member,
                               const struct bj_fields *fields,
                               uint64_t now_ms);

// Takes in all that another aggregator with the same settings holds, and leaves it there. Cost: linear in the contexts and samples of the other.
// Any thread, one at a time for each of both.
//
// Errors: 'BJ_NULL_AGGREGATOR', 'BJ_MISALIGNED', 'BJ_BUSY' also when both are the same; those of room as 'bj_aggregator_record' when some of it
// has none, and the rest was taken in.
//
// Pointers:
//
// 'aggregator' and 'other' are NULL or were made by 'bj_aggregator_init'.
bj_status bj_aggregator_merge(struct bj_aggregator *aggregator,
                              const struct bj_aggregator *other);

// Hands out each point of the buckets that are over at 'now_ms', series by series, and all points with timestamps, to 'on_series' with 'user';
// if 'all' is not 0 also those of the open buckets, for a shutdown. They are gone afterwards, and contexts without samples for long are
// forgotten. A call on the aggregator from the callback returns 'BJ_BUSY'. Cost: linear in contexts, 'n log n' in the samples of a histogram.
// Any thread, one at a time for one 'aggregator'.
//
// Errors: 'BJ_NULL_AGGREGATOR', 'BJ_NULL_CALLBACK', 'BJ_BUSY', 'BJ_MISALIGNED'.
//
// Pointers:
//
// 'aggregator' is NULL or was made by 'bj_aggregator_init'; 'on_series' is NULL or a function that takes 'user'.
bj_status bj_aggregator_flush(struct bj_aggregator *aggregator,
                              int32_t all,
                              uint64_t now_ms,
                              bj_on_series on_series,
                              void *user);

// When the bucket of 'now_ms' ends, in milliseconds, into '*at_ms_out': the time of the next flush. Constant cost. Any thread, one at a time for
// one 'aggregator'.
//
// Errors: 'BJ_NULL_AGGREGATOR', 'BJ_NULL_OUT', 'BJ_BUSY', 'BJ_MISALIGNED'.
//
// Pointers:
//
// 'aggregator' is NULL or was made by 'bj_aggregator_init'; 'at_ms_out' is NULL or points to a number.
bj_status bj_aggregator_next_flush(const struct bj_aggregator *aggregator,
                                   uint64_t now_ms,
                                   uint64_t *at_ms_out);

// What an aggregator holds and has refused into '*counters_out'. Constant cost. Any thread, one at a time for one 'aggregator'.
//
// Errors: 'BJ_NULL_AGGREGATOR', 'BJ_NULL_OUT', 'BJ_BUSY', 'BJ_MISALIGNED'.
//
// Pointers:
//
// 'aggregator' is NULL or was made by 'bj_aggregator_init'; 'counters_out' is NULL or points to a struct.
bj_status bj_aggregator_stats(const struct bj_aggregator *aggregator,
                              struct bj_aggregator_counters *counters_out);

// The bytes of a string, without its NUL; '{NULL, 0}' of NULL. They are the caller's. Cost: linear in them. Any thread.
//
// Pointers:
//
// 'text' is NULL or a string.
struct bj_bytes bj_text(const char *text);

// Adds 'value' to the count 'name' with these tags, each a string.
//
// Cost: linear in the bytes of name and tags, and in what is sent because of it. The tags have 256 bytes at most, with a comma between them;
// 'bj_emitter_value' takes more. Any thread, one at a time for one 'emitter'.
//
// Errors: 'BJ_NULL_EMITTER', 'BJ_NULL_NAME', 'BJ_NULL_TAGS', 'BJ_FULL_TAGS', 'BJ_FULL_BUFFER', 'BJ_BUSY', 'BJ_MISALIGNED'.
//
// Pointers:
//
// 'emitter' is NULL or was made by 'bj_emitter_init' or 'bj_emitter_init_aggregating'; 'name' is NULL or a string; 'tags' is NULL or
// 'ntags' strings.
bj_status bj_emitter_count(struct bj_emitter *emitter,
                           const char *name,
                           int64_t value,
                           const char *const *tags,
                           size_t ntags,
                           uint64_t now_ms);

// Sets the gauge 'name'. A value that is not finite is dropped and counted.
//
// Cost: linear in the bytes of name and tags, and in what is sent because of it. The tags have 256 bytes at most, with a comma between them;
// 'bj_emitter_value' takes more. Any thread, one at a time for one 'emitter'.
//
// Errors: 'BJ_NULL_EMITTER', 'BJ_NULL_NAME', 'BJ_NULL_TAGS', 'BJ_FULL_TAGS', 'BJ_FULL_BUFFER', 'BJ_BUSY', 'BJ_MISALIGNED'.
//
// Pointers:
//
// 'emitter' is NULL or was made by 'bj_emitter_init' or 'bj_emitter_init_aggregating'; 'name' is NULL or a string; 'tags' is NULL or
// 'ntags' strings.
bj_status bj_emitter_gauge(struct bj_emitter *emitter,
                           const char *name,
                           double value,
                           const char *const *tags,
                           size_t ntags,
                           uint64_t now_ms);

// Records a sample of the histogram 'name'. A value that is not finite is dropped and counted.
//
// Cost: linear in the bytes of name and tags, and in what is sent because of it. The tags have 256 bytes at most, with a comma between them;
// 'bj_emitter_value' takes more. Any thread, one at a time for one 'emitter'.
//
// Errors: 'BJ_NULL_EMITTER', 'BJ_NULL_NAME', 'BJ_NULL_TAGS', 'BJ_FULL_TAGS', 'BJ_FULL_BUFFER', 'BJ_BUSY', 'BJ_MISALIGNED'.
//
// Pointers:
//
// 'emitter' is NULL or was made by 'bj_emitter_init' or 'bj_emitter_init_aggregating'; 'name' is NULL or a string; 'tags' is NULL or
// 'ntags' strings.
bj_status bj_emitter_histogram(struct bj_emitter *emitter,
                               const char *name,
                               double value,
                               const char *const *tags,
                               size_t ntags,
                               uint64_t now_ms);

// Records a sample of the distribution 'name'. A value that is not finite is dropped and counted.
//
// Cost: linear in the bytes of name and tags, and in what is sent because of it. The tags have 256 bytes at most, with a comma between them;
// 'bj_emitter_value' takes more. Any thread, one at a time for one 'emitter'.
//
// Errors: 'BJ_NULL_EMITTER', 'BJ_NULL_NAME', 'BJ_NULL_TAGS', 'BJ_FULL_TAGS', 'BJ_FULL_BUFFER', 'BJ_BUSY', 'BJ_MISALIGNED'.
//
// Pointers:
//
// 'emitter' is NULL or was made by 'bj_emitter_init' or 'bj_emitter_init_aggregating'; 'name' is NULL or a string; 'tags' is NULL or
// 'ntags' strings.
bj_status bj_emitter_distribution(struct bj_emitter *emitter,
                                  const char *name,
                                  double value,
                                  const char *const *tags,
                                  size_t ntags,
                                  uint64_t now_ms);

// Records a duration of 'value' milliseconds under 'name'. A value that is not finite is dropped and counted.
//
// Cost: linear in the bytes of name and tags, and in what is sent because of it. The tags have 256 bytes at most, with a comma between them;
// 'bj_emitter_value' takes more. Any thread, one at a time for one 'emitter'.
//
// Errors: 'BJ_NULL_EMITTER', 'BJ_NULL_NAME', 'BJ_NULL_TAGS', 'BJ_FULL_TAGS', 'BJ_FULL_BUFFER', 'BJ_BUSY', 'BJ_MISALIGNED'.
//
// Pointers:
//
// 'emitter' is NULL or was made by 'bj_emitter_init' or 'bj_emitter_init_aggregating'; 'name' is NULL or a string; 'tags' is NULL or
// 'ntags' strings.
bj_status bj_emitter_timing(struct bj_emitter *emitter,
                            const char *name,
                            double value,
                            const char *const *tags,
                            size_t ntags,
                            uint64_t now_ms);

// Adds the member 'value' to the set 'name'.
//
// Cost: linear in the bytes of name and tags, and in what is sent because of it. The tags have 256 bytes at most, with a comma between them;
// 'bj_emitter_member' takes more. Any thread, one at a time for one 'emitter'.
//
// Errors: 'BJ_NULL_EMITTER', 'BJ_NULL_NAME', 'BJ_NULL_VALUE', 'BJ_NULL_TAGS', 'BJ_FULL_TAGS', 'BJ_FULL_BUFFER', 'BJ_BUSY', 'BJ_MISALIGNED'.
//
// Pointers:
//
// 'emitter' is NULL or was made by 'bj_emitter_init' or 'bj_emitter_init_aggregating'; 'name' or 'value' is NULL or a string; 'tags' is NULL or
// 'ntags' strings.
bj_status bj_emitter_set(struct bj_emitter *emitter,
                         const char *name,
                         const char *value,
                         const char *const *tags,
                         size_t ntags,
                         uint64_t now_ms);

// Takes a value of a metric whose texts have their length; 'kind' is a 'bj_kind', but not 'BJ_SET'. A value that is not finite is dropped and
// counted; a call with a timestamp is never aggregated. 'fields' may be NULL.
//
// Cost: linear in the bytes of name and tags, and in what is sent because of it. Any thread, one at a time for one 'emitter'.
//
// Errors: 'BJ_NULL_EMITTER', 'BJ_BAD_KIND', 'BJ_NULL_NAME', 'BJ_BAD_SIZE', 'BJ_NULL_FIELD', 'BJ_BAD_SETTING', 'BJ_FULL_BUFFER', 'BJ_BUSY',
// 'BJ_MISALIGNED'.
//
// Pointers:
//
// 'emitter' is NULL or was made by 'bj_emitter_init' or 'bj_emitter_init_aggregating'; 'name' is as its members say; 'fields' is NULL or as its
// members say.
bj_status bj_emitter_value(struct bj_emitter *emitter,
                           int32_t kind,
                           struct bj_bytes name,
                           double value,
                           const struct bj_fields *fields,
                           uint64_t now_ms);

// Takes a member of a set whose texts have their length. 'fields' may be NULL.
//
// Cost: linear in the bytes of name and tags, and in what is sent because of it. Any thread, one at a time for one 'emitter'.
//
// Errors: 'BJ_NULL_EMITTER', 'BJ_NULL_NAME', 'BJ_NULL_VALUE', 'BJ_BAD_SIZE', 'BJ_NULL_FIELD', 'BJ_BAD_SETTING', 'BJ_FULL_BUFFER', 'BJ_BUSY',
// 'BJ_MISALIGNED'.
//
// Pointers:
//
// 'emitter' is NULL or was made by 'bj_emitter_init' or 'bj_emitter_init_aggregating'; 'name' and 'member' are as their members say; 'fields' is
// NULL or as its members say.
bj_status bj_emitter_member(struct bj_emitter *emitter,
                            struct bj_bytes name,
                            struct bj_bytes member,
                            const struct bj_fields *fields,
                            uint64_t now_ms);

// Sends an event with the next datagram. 'fields' may be NULL. Newlines in title and text arrive as they are. An empty title is dropped and counted.
//
// Cost: linear in its bytes, and in what is sent because of it. Any thread, one at a time for one 'emitter'.
//
// Errors: 'BJ_NULL_EMITTER', 'BJ_NULL_TITLE', 'BJ_NULL_TEXT', 'BJ_BAD_SIZE', 'BJ_NULL_FIELD', 'BJ_BAD_SETTING', 'BJ_FULL_BUFFER', 'BJ_BUSY',
// 'BJ_MISALIGNED'.
//
// Pointers:
//
// 'emitter' is NULL or was made by 'bj_emitter_init' or 'bj_emitter_init_aggregating'; 'title' and 'text' are as their members say; 'fields' is
// NULL or as its members say.
bj_status bj_emitter_event(struct bj_emitter *emitter,
                           struct bj_bytes title,
                           struct bj_bytes text,
                           const struct bj_fields *fields,
                           uint64_t now_ms);

// Sends a service check with a status of 0 (ok), 1 (warning), 2 (critical) or 3 (unknown) with the next datagram. 'fields' may be NULL. An empty
// name is dropped and counted.
//
// Cost: linear in its bytes, and in what is sent because of it. Any thread, one at a time for one 'emitter'.
//
// Errors: 'BJ_NULL_EMITTER', 'BJ_NULL_NAME', 'BJ_BAD_SERVICE_STATUS', 'BJ_BAD_SIZE', 'BJ_NULL_FIELD', 'BJ_BAD_SETTING', 'BJ_FULL_BUFFER',
// 'BJ_BUSY', 'BJ_MISALIGNED'.
//
// Pointers:
//
// 'emitter' is NULL or was made by 'bj_emitter_init' or 'bj_emitter_init_aggregating'; 'name' is as its members say; 'fields' is NULL or as its
// members say.
bj_status bj_emitter_service_check(struct bj_emitter *emitter,
                                   struct bj_bytes name,
                                   int32_t status,
                                   const struct bj_fields *fields,
                                   uint64_t now_ms);

// Bytes of memory for an emitter of 'bj_emitter_init' with so many bytes for lines; 'SIZE_MAX' when no memory is that large. 'BJ_EMITTER_WORDS'
// is a constant for memory that is static. Constant cost. Any thread.
size_t bj_emitter_size(size_t buffer);

// Bytes of memory for an emitter of 'bj_emitter_init_aggregating' with so many bytes for lines, contexts, bytes and cells, as in its options;
// 'SIZE_MAX' when no memory is that large. 'BJ_EMITTER_AGGREGATING_WORDS' is a constant for memory that is static. Constant cost. Any thread.
size_t bj_emitter_aggregating_size(size_t buffer,
                                   size_t contexts,
                                   size_t bytes,
                                   size_t cells);

// Makes an emitter that writes a line a call, in 'len' bytes of memory of the caller, aligned to 8, at least as many as 'bj_emitter_size' says,
// and its address into '*emitter_out'. The options for contexts do not count. It needs no end but a 'bj_emitter_flush': the memory is the caller's
// again when the emitter is not used any more. It must not be moved. Cost: linear in the memory. Any thread.
//
// Errors: 'BJ_NULL_MEMORY', 'BJ_MISALIGNED', 'BJ_TOO_SMALL', 'BJ_NULL_OPTIONS', 'BJ_BAD_SIZE', 'BJ_NULL_CALLBACK', 'BJ_BAD_SAMPLE_RATE',
// 'BJ_BAD_SETTING' when there is no buffer, 'BJ_NULL_OUT'.
//
// Pointers:
//
// 'memory' is NULL or points to 'len' bytes that nobody else uses as long as the emitter is used; 'options' is NULL or as its members say;
// 'emitter_out' is NULL or points to a pointer.
BJ_MUST_CHECK
bj_status bj_emitter_init(void *memory,
                          size_t len,
                          const struct bj_emitter_options *options,
                          struct bj_emitter **emitter_out);

// Makes an emitter that aggregates: what was called since the last flush leaves as one line a context with its values. In 'len' bytes of memory
// of the caller, aligned to 8, at least as many as 'bj_emitter_aggregating_size' says, and its address into '*emitter_out'. Otherwise as
// 'bj_emitter_init', beside which it takes about 35 KiB more of flash.
//
// Errors: as 'bj_emitter_init'; 'BJ_BAD_SETTING' also when no memory is as large as the options want it.
//
// Pointers:
//
// As 'bj_emitter_init'.
BJ_MUST_CHECK
bj_status bj_emitter_init_aggregating(void *memory,
                                      size_t len,
                                      const struct bj_emitter_options *options,
                                      struct bj_emitter **emitter_out);

// Sends what is due at 'now_ms': full datagrams, and once the interval is over all that waits. To be called at the time that
// 'bj_emitter_deadline' says; each call for a message does the same. Cost: linear in what is sent. Any thread, one at a time for one 'emitter'.
//
// Errors: 'BJ_NULL_EMITTER', 'BJ_BUSY', 'BJ_MISALIGNED'.
//
// Pointers:
//
// 'emitter' is NULL or was made by 'bj_emitter_init' or 'bj_emitter_init_aggregating'.
bj_status bj_emitter_poll(struct bj_emitter *emitter,
                          uint64_t now_ms);

// Sends all that waits, aggregated or not. Cost: linear in it. Any thread, one at a time for one 'emitter'.
//
// Errors: 'BJ_NULL_EMITTER', 'BJ_BUSY', 'BJ_MISALIGNED'.
//
// Pointers:
//
// 'emitter' is NULL or was made by 'bj_emitter_init' or 'bj_emitter_init_aggregating'.
bj_status bj_emitter_flush(struct bj_emitter *emitter, uint64_t now_ms);

// When 'bj_emitter_poll' is to be called next if nothing else happens, in milliseconds, into '*at_ms_out'; it may be over. Returns 'BJ_END' when
// nothing waits. Constant cost. Any thread, one at a time for one 'emitter'.
//
// Errors: 'BJ_NULL_EMITTER', 'BJ_NULL_OUT', 'BJ_BUSY', 'BJ_MISALIGNED'.
//
// Pointers:
//
// 'emitter' is NULL or was made by 'bj_emitter_init' or 'bj_emitter_init_aggregating'; 'at_ms_out' is NULL or points to a number.
bj_status bj_emitter_deadline(const struct bj_emitter *emitter,
                              uint64_t *at_ms_out);

// What an emitter has done since it was made into '*counters_out'. Constant cost. Any thread, one at a time for one 'emitter'.
//
// Errors: 'BJ_NULL_EMITTER', 'BJ_NULL_OUT', 'BJ_BUSY', 'BJ_MISALIGNED'.
//
// Pointers:
//
// 'emitter' is NULL or was made by 'bj_emitter_init' or 'bj_emitter_init_aggregating'; 'counters_out' is NULL or points to a struct.
bj_status bj_emitter_stats(const struct bj_emitter *emitter,
                           struct bj_client_counters *counters_out);

// The next message of a datagram into '*message_out'. A line that is none gives the status that says why (1 to 63) with 'datagram->line' and
// 'datagram->offset', and the call after it goes on with the next line. Returns 'BJ_END' when there are no more. The message borrows the
// datagram's bytes. Cost: linear in the bytes of the line, no allocation. Any thread, one at a time for one 'datagram'.
//
// Pointers:
//
// 'datagram' is NULL or points to one whose bytes are readable; 'message_out' is NULL or points to a message.
bj_status bj_datagram_next(struct bj_datagram *datagram,
                           struct bj_message *message_out);

// 'bj_datagram_next' for a datagram of which more is known: 'flags' are 'BJ_EOL_REQUIRED' and 'BJ_CUT', or 0; other bits do not count.
//
// Pointers:
//
// 'datagram' is NULL or points to one whose bytes are readable; 'message_out' is NULL or points to a message.
bj_status bj_datagram_next_ex(struct bj_datagram *datagram,
                              uint32_t flags,
                              struct bj_message *message_out);

// The value below which the share 'q', 0 to 1, of a series' samples lies, into '*value_out'. Of a distribution it is at most 2.4 % off; of an
// aggregator's histogram or timing it is one of the samples, for 'q' in whole percent. As long as what the series points to is
// there. Cost: a walk over the bins, up to 4096, or over the samples.
//
// Errors: 'BJ_NULL_SERIES', 'BJ_NULL_OUT', 'BJ_NO_SKETCH' when the series has nothing to tell of it, 'BJ_MISALIGNED'.
//
// Pointers:
//
// 'series' is NULL or what a callback or a bucket gave, whose pointers are still good; 'value_out' is NULL or points to a double.
bj_status bj_series_quantile(const struct bj_series *series,
                             double q,
                             double *value_out);

// Makes '*sketch_out' a sketch of no values, over 'len' words of the caller, at least one: the most bins that it has. The Agent's has 4096; with
// fewer the lowest bins become one when they are full, and the high quantiles stay as they are. What the words hold does not matter. Constant
// cost. Any thread.
//
// Errors: 'BJ_NULL_OUT', 'BJ_NULL_SKETCH' when there are no words, 'BJ_MISALIGNED'.
//
// Pointers:
//
// 'sketch_out' is NULL or points to a sketch; 'words' is NULL or points to 'len' words that stay as long as the sketch is used.
BJ_MUST_CHECK
bj_status bj_sketch_init(struct bj_sketch *sketch_out,
                         uint64_t *words,
                         size_t len);

// Counts a value once. Cost: a binary search, and for a new bin a move of those above it. Any thread, one at a time for one 'sketch'.
//
// Errors: 'BJ_NULL_SKETCH', 'BJ_MISALIGNED', 'BJ_BAD_VALUE' when it is not finite, which counts nothing.
//
// Pointers:
//
// 'sketch' is NULL or as its members say.
bj_status bj_sketch_add(struct bj_sketch *sketch,
                        double value);

// Counts a value 'n' times, 1 divided by the sample rate: the count grows by the whole part of 'n', the sum by all of it. Cost as
// 'bj_sketch_add'. Any thread, one at a time for one 'sketch'.
//
// Errors: 'BJ_NULL_SKETCH', 'BJ_MISALIGNED', 'BJ_BAD_VALUE' when the value is not finite, 'BJ_BAD_WEIGHT' when 'n' is below 1 or no number; each
// counts nothing.
//
// Pointers:
//
// 'sketch' is NULL or as its members say.
bj_status bj_sketch_add_n(struct bj_sketch *sketch,
                          double value,
                          double n);

// Adds all that another sketch has counted. Cost: a walk over both, or a search for each bin of the other where there are too few words. Any
// thread, one at a time for each of both.
//
// Errors: 'BJ_NULL_SKETCH', 'BJ_MISALIGNED', 'BJ_OVERLAP' when both share words.
//
// Pointers:
//
// 'sketch' and 'other' are NULL or as their members say.
bj_status bj_sketch_merge(struct bj_sketch *sketch,
                          const struct bj_sketch *other);

// The value below which the share 'q', 0 to 1, of all values lies, into '*value_out': at most 2.4 % off, never outside of minimum and maximum;
// 0 if there are none. Cost: a walk over the bins. Any thread, while nobody changes the sketch.
//
// Errors: 'BJ_NULL_SKETCH', 'BJ_NULL_OUT', 'BJ_MISALIGNED'.
//
// Pointers:
//
// 'sketch' is NULL or as its members say; 'value_out' is NULL or points to a double.
bj_status bj_sketch_quantile(const struct bj_sketch *sketch,
                             double q,
                             double *value_out);

// The bin with this place, the lowest is 0, into '*bin_out'; a key may have several. Returns 'BJ_END' behind the last one. Constant cost. Any
// thread, while nobody changes the sketch.
//
// Errors: 'BJ_NULL_SKETCH', 'BJ_NULL_OUT', 'BJ_MISALIGNED'.
//
// Pointers:
//
// 'sketch' is NULL or as its members say; 'bin_out' is NULL or points to a bin.
bj_status bj_sketch_bin(const struct bj_sketch *sketch,
                        size_t place,
                        struct bj_bin *bin_out);

// How many bytes are enough for 'bj_sketch_write' with this 'form', a 'bj_form', into '*len_out'. Cost: a walk over the bins. Any thread, while
// nobody changes the sketch.
//
// Errors: 'BJ_NULL_SKETCH', 'BJ_NULL_OUT', 'BJ_MISALIGNED', 'BJ_BAD_FORM'.
//
// Pointers:
//
// 'sketch' is NULL or as its members say; 'len_out' is NULL or points to a number.
bj_status bj_sketch_most_bytes(const struct bj_sketch *sketch,
                               int32_t form,
                               size_t *len_out);

// Writes a sketch as 'form', a 'bj_form', into 'capacity' bytes at 'buffer', and how many bytes that are into '*len_out'. Such a state can be read
// by every language of Basenji, and by what the form is named after. Cost: linear in the bins, for 'BJ_FORM_OTLP' in the bytes. Any thread, while
// nobody changes the sketch.
//
// Errors: 'BJ_FULL_BUFFER', when what was written means nothing; 'BJ_NULL_SKETCH', 'BJ_NULL_OUT' when 'buffer' or 'len_out' is NULL,
// 'BJ_MISALIGNED', 'BJ_BAD_FORM'.
//
// Pointers:
//
// 'sketch' is NULL or as its members say; 'buffer' is NULL or points to 'capacity' bytes; 'len_out' is NULL or points to a number.
bj_status bj_sketch_write(const struct bj_sketch *sketch,
                          int32_t form,
                          uint8_t *buffer,
                          size_t capacity,
                          size_t *len_out);

// Makes 'sketch', which has its words from 'bj_sketch_init', the one that was written as 'form', a 'bj_form', in 'len' bytes. What it had counted is
// forgotten; if the state is refused it is empty then, and the place of the fault, in bytes from the start, is in '*offset_out', which may be NULL.
// Cost: linear in the bytes, and for each bin a move of those above it. Any thread, one at a time for one 'sketch'.
//
// Errors: 'BJ_STATE_CUT', 'BJ_STATE_FORM', 'BJ_STATE_VERSION', 'BJ_STATE_KIND', 'BJ_STATE_NUMBER', 'BJ_STATE_ORDER', 'BJ_STATE_COUNT',
// 'BJ_STATE_SUMMARY', 'BJ_STATE_WIDTH', 'BJ_STATE_FIELD', 'BJ_STATE_CHECKSUM', 'BJ_STATE_TRAILING'; 'BJ_NULL_SKETCH', 'BJ_NULL_DATAGRAM' when
// 'bytes' is NULL and 'len' is not 0, 'BJ_MISALIGNED', 'BJ_BAD_FORM'.
//
// Pointers:
//
// 'sketch' is NULL or as its members say; 'bytes' is NULL or points to 'len' bytes; 'offset_out' is NULL or points to a number.
bj_status bj_sketch_read(struct bj_sketch *sketch,
                         int32_t form,
                         const uint8_t *bytes,
                         size_t len,
                         size_t *offset_out);

// The name of a status as in this header, '"BJ_OK"'; '"BJ_UNKNOWN"' for a number that is none. Static, never NULL. Any thread.
BJ_NEVER_NULL
const char *bj_status_name(bj_status status);

// What a status says, a sentence for a person without its full stop; it may change between versions. Static, never NULL. Any thread.
BJ_NEVER_NULL
const char *bj_status_message(bj_status status);

// The version of the library, as '"0.1.0"'. Static, never NULL. Any thread.
BJ_NEVER_NULL
const char *bj_version(void);

// Makes '*uniques_out' a count of no members, over 'len' words of the caller, a power of two from 2 to 8192. With 2048 the estimate is off by 0.8 %
// on average, with a quarter of the words by twice as much. Cost: linear in the words. Any thread.
//
// Errors: 'BJ_NULL_OUT', 'BJ_NULL_UNIQUES' when there are less than two words, 'BJ_MISALIGNED'.
//
// Pointers:
//
// 'uniques_out' is NULL or points to such a count; 'words' is NULL or points to 'len' words that stay as long as it is used.
BJ_MUST_CHECK
bj_status bj_uniques_init(struct bj_uniques *uniques_out,
                          uint64_t *words,
                          size_t len);

// Counts a member, if it is a new one. Cost: linear in its bytes. Any thread, one at a time for one 'uniques'.
//
// Errors: 'BJ_NULL_UNIQUES', 'BJ_NULL_VALUE', 'BJ_MISALIGNED'.
//
// Pointers:
//
// 'uniques' is NULL or as its members say; 'member' is as its members say.
bj_status bj_uniques_add(struct bj_uniques *uniques,
                         struct bj_bytes member);

// Adds the members that another one has counted, which has as many registers or more. Cost: linear in the words of the other. Any thread, one at a
// time for each of both.
//
// Errors: 'BJ_NULL_UNIQUES', 'BJ_MISALIGNED', 'BJ_OVERLAP' when both share words, 'BJ_STATE_WIDTH' when the other one has fewer registers.
//
// Pointers:
//
// 'uniques' and 'other' are NULL or as their members say.
bj_status bj_uniques_merge(struct bj_uniques *uniques,
                           const struct bj_uniques *other);

// About how many different members there were, exact for a handful, into '*count_out'. Cost: linear in the words. Any thread, while nobody changes
// the registers.
//
// Errors: 'BJ_NULL_UNIQUES', 'BJ_NULL_OUT', 'BJ_MISALIGNED'.
//
// Pointers:
//
// 'uniques' is NULL or as its members say; 'count_out' is NULL or points to a number.
bj_status bj_uniques_count(const struct bj_uniques *uniques,
                           uint64_t *count_out);

// Writes the registers into 'capacity' bytes at 'buffer', and how many bytes that are into '*len_out': at most eight for each word, and 16. Every
// language of Basenji reads them; docs/states.md describes them. Cost: linear in the words. Any thread, while nobody changes the registers.
//
// Errors: 'BJ_FULL_BUFFER', when what was written means nothing; 'BJ_NULL_UNIQUES', 'BJ_NULL_OUT' when 'buffer' or 'len_out' is NULL,
// 'BJ_MISALIGNED'.
//
// Pointers:
//
// 'uniques' is NULL or as its members say; 'buffer' is NULL or points to 'capacity' bytes; 'len_out' is NULL or points to a number.
bj_status bj_uniques_write(const struct bj_uniques *uniques,
                           uint8_t *buffer,
                           size_t capacity,
                           size_t *len_out);

// Makes 'uniques', which has its words from 'bj_uniques_init', those that were written in 'len' bytes, with as many registers or more. What it had
// counted is forgotten; if the state is refused, what it has counted means nothing, and the place of the fault, in bytes from the start, is in
// '*offset_out', which may be NULL. Cost: linear in the words and the bytes. Any thread, one at a time for one 'uniques'.
//
// Errors: those of 'bj_sketch_read'; 'BJ_NULL_UNIQUES', 'BJ_NULL_DATAGRAM' when 'bytes' is NULL and 'len' is not 0, 'BJ_MISALIGNED'.
//
// Pointers:
//
// 'uniques' is NULL or as its members say; 'bytes' is NULL or points to 'len' bytes; 'offset_out' is NULL or points to a number.
bj_status bj_uniques_read(struct bj_uniques *uniques,
                          const uint8_t *bytes,
                          size_t len,
                          size_t *offset_out);

// The next value of a metric into '*value_out'. A set has none: its member is 'values->text'. Returns 'BJ_END' when there are no more.
// Cost: linear in the bytes of the value. Any thread.
//
// Errors: 'BJ_NULL_ITERATOR', 'BJ_NULL_OUT', 'BJ_MISALIGNED'.
//
// Pointers:
//
// 'values' is NULL or comes from a message whose datagram is unchanged; 'value_out' is NULL or points to a double.
bj_status bj_values_next(struct bj_values *values,
                         double *value_out);

// The next tag of a message into '*tag_out', bytes of the datagram. Returns 'BJ_END' when there are no more. Cost: linear in the bytes of the
// tag. Any thread.
//
// Errors: 'BJ_NULL_ITERATOR', 'BJ_NULL_OUT', 'BJ_MISALIGNED'.
//
// Pointers:
//
// 'tags' is NULL or comes from a message whose datagram is unchanged; 'tag_out' is NULL or points to a 'bj_bytes'.
bj_status bj_tags_next(struct bj_tags *tags,
                       struct bj_bytes *tag_out);

// Makes '*writer_out' a writer that has written nothing, over 'capacity' bytes of the caller. 'sanitise': 0 refuses a message with bytes that
// would break its line, anything else replaces each of them by '_'. Constant cost. Any thread.
//
// Errors: 'BJ_NULL_OUT', 'BJ_MISALIGNED', 'BJ_NULL_WRITER' when the buffer is NULL and has bytes.
//
// Pointers:
//
// 'writer_out' is NULL or points to a writer; 'buffer' is NULL or points to 'capacity' bytes that stay as long as the writer is used.
BJ_MUST_CHECK
bj_status bj_writer_init(struct bj_writer *writer_out,
                         uint8_t *buffer,
                         size_t capacity,
                         int32_t sanitise);

// Writes a metric with 'nvalues' values, at least one; 'kind' is a 'bj_kind', but not 'BJ_SET'. 'fields' may be NULL. Cost: linear in the
// bytes of the line. Any thread, one at a time for one 'writer'.
//
// Errors: 'BJ_FULL_BUFFER', 'BJ_REFUSED', after which nothing of it is written; 'BJ_NULL_WRITER', 'BJ_BAD_KIND', 'BJ_NULL_NAME',
// 'BJ_NULL_VALUE', 'BJ_BAD_VALUE' when one is not finite, 'BJ_BAD_SIZE', 'BJ_NULL_FIELD', 'BJ_BAD_SETTING', 'BJ_MISALIGNED'.
//
// Pointers:
//
// 'writer' is NULL or as its members say; 'name' is as its members say; 'values' is NULL or points to 'nvalues' doubles; 'fields' is NULL or as
// its members say.
bj_status bj_writer_metric(struct bj_writer *writer,
                           int32_t kind,
                           struct bj_bytes name,
                           const double *values,
                           size_t nvalues,
                           const struct bj_fields *fields);

// Writes a member of a set. 'fields' may be NULL. Cost: linear in the bytes of the line. Any thread, one at a time for one 'writer'.
//
// Errors: 'BJ_FULL_BUFFER', 'BJ_REFUSED', after which nothing of it is written; 'BJ_NULL_WRITER', 'BJ_NULL_NAME', 'BJ_NULL_VALUE',
// 'BJ_BAD_SIZE', 'BJ_NULL_FIELD', 'BJ_BAD_SETTING', 'BJ_MISALIGNED'.
//
// Pointers:
//
// 'writer' is NULL or as its members say; 'name' and 'member' are as their members say; 'fields' is NULL or as its members say.
bj_status bj_writer_set(struct bj_writer *writer,
                        struct bj_bytes name,
                        struct bj_bytes member,
                        const struct bj_fields *fields);

// Writes an event; newlines in title and text become '\n'. 'fields' may be NULL. Cost: linear in the bytes of the line. Any thread, one at a
// time for one 'writer'.
//
// Errors: 'BJ_FULL_BUFFER', 'BJ_REFUSED', after which nothing of it is written; 'BJ_NULL_WRITER', 'BJ_NULL_TITLE', 'BJ_NULL_TEXT',
// 'BJ_BAD_SIZE', 'BJ_NULL_FIELD', 'BJ_BAD_SETTING', 'BJ_MISALIGNED'.
//
// Pointers:
//
// 'writer' is NULL or as its members say; 'title' and 'text' are as their members say; 'fields' is NULL or as its members say.
bj_status bj_writer_event(struct bj_writer *writer,
                          struct bj_bytes title,
                          struct bj_bytes text,
                          const struct bj_fields *fields);

// Writes a service check with a status of 0 (ok), 1 (warning), 2 (critical) or 3 (unknown). 'fields' may be NULL. Cost: linear in the bytes
// of the line. Any thread, one at a time for one 'writer'.
//
// Errors: 'BJ_FULL_BUFFER', 'BJ_REFUSED', after which nothing of it is written; 'BJ_NULL_WRITER', 'BJ_NULL_NAME', 'BJ_BAD_SERVICE_STATUS',
// 'BJ_BAD_SIZE', 'BJ_NULL_FIELD', 'BJ_BAD_SETTING', 'BJ_MISALIGNED'.
//
// Pointers:
//
// 'writer' is NULL or as its members say; 'name' is as its members say; 'fields' is NULL or as its members say.
bj_status bj_writer_service_check(struct bj_writer *writer,
                                  struct bj_bytes name,
                                  int32_t status,
                                  const struct bj_fields *fields);

// Writes a message that was parsed, its texts as they stood on the wire. Cost: linear in the bytes of the line. Any thread, one at a time for
// one 'writer'.
//
// Errors: 'BJ_FULL_BUFFER', 'BJ_REFUSED', after which nothing of it is written; 'BJ_NULL_WRITER', 'BJ_NULL_MESSAGE', 'BJ_MISALIGNED'; of a
// message that no parser has made also 'BJ_BAD_KIND', 'BJ_EMPTY_VALUE', 'BJ_BAD_VALUE', 'BJ_BAD_SERVICE_STATUS', 'BJ_BAD_SETTING'.
//
// Pointers:
//
// 'writer' is NULL or as its members say; 'message' is NULL, or one whose datagram is unchanged and is not the buffer of the writer.
bj_status bj_writer_message(struct bj_writer *writer,
                            const struct bj_message *message);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* BASENJI_CORE_H */
