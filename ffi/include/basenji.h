#ifndef BASENJI_H
#define BASENJI_H

/* libbasenji: client, server and parser. Conventions: ffi/README.md. Written by 'cargo xtask header'; do not edit. */

#include "basenji_core.h"

/* Options with every default, to begin with. */
#define BJ_CLIENT_OPTIONS_INIT \
    {sizeof(bj_client_options), NULL, NULL, NULL, NULL, NULL, NULL, 0, 0, NULL, NULL, NULL, NULL, 0, 0, 0, 0.0, 0, 0, 0, 0, 0, 0, NULL, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, NULL, NULL}
#define BJ_CALL_OPTIONS_INIT {sizeof(bj_call_options), 0.0, 0, NULL}
#define BJ_EVENT_OPTIONS_INIT \
    {sizeof(bj_event_options), 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL}
#define BJ_SERVER_OPTIONS_INIT \
    {sizeof(bj_server_options), NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL, 0, 0, 0, 0, 0}

// What happened.
typedef enum bj_trouble_kind {
  // There is no connection; kept once, until there was one again.
  BJ_DISCONNECTED = 0,
  // Lost: the queue was full.
  BJ_LOST_OVERFLOW = 1,
  // Lost: it has waited too long, in the queue or for a connection.
  BJ_LOST_EXPIRED = 2,
  // Lost: the socket was full for too long.
  BJ_LOST_BLOCKED = 3,
  // Lost: it is longer than the transport carries.
  BJ_LOST_TOO_LONG = 4,
  // Lost: the system has refused it.
  BJ_LOST_FAILED = 5,
  // Lost: the client was closed before it could be sent.
  BJ_LOST_STOPPED = 6,
  // Anything that a later version tells.
  BJ_LOST_OTHERWISE = 7,
} bj_trouble_kind;

// What one flush of a server has finished: series, events and service checks.
typedef struct bj_bucket bj_bucket;

// A client, shared by all threads of a program.
typedef struct bj_client bj_client;

// A count, gauge, histogram, distribution or timing with its name and tags.
typedef struct bj_metric bj_metric;

// A server.
typedef struct bj_server bj_server;

// The options of one call; begin with 'BJ_CALL_OPTIONS_INIT'. 0 and NULL are the defaults.
typedef struct bj_call_options {
  // 'sizeof(bj_call_options)'.
  size_t size;
  // The share of calls like this one that are sent, above 0 and up to 1; 0 is the default of the client.
  double sample_rate;
  // Seconds since 1970; 0 is the time of receipt. A call with a timestamp is never aggregated.
  int64_t timestamp;
  // 'none', 'low', 'orchestrator' or 'high'; NULL is the default of the client.
  const char *cardinality;
} bj_call_options;

// The options of a client; begin with 'BJ_CLIENT_OPTIONS_INIT'. 0 and NULL are the defaults.
typedef struct bj_client_options {
  // 'sizeof(bj_client_options)'.
  size_t size;
  // Where to send: udp://host:port, unix:///path, unixgram:///path or unixstream:///path; NULL is the default: what DD_DOGSTATSD_URL, DD_DOGSTATSD_SOCKET, DD_AGENT_HOST, DD_DOGSTATSD_PORT say, else udp://localhost:8125.
  const char *address;
  // fast: calls are aggregated, packed and sent in the background; plain: a datagram a call, from the calling thread: fast, plain; NULL is fast.
  const char *profile;
  // What stands before each name, joined by a dot unless it ends in one; NULL is the default: none.
  const char *prefix;
  // What stands behind each name, joined by a dot unless it begins with one; NULL is the default: none.
  const char *suffix;
  // Tags of every message; they take the place of the environment's with the same key; NULL is what DD_TAGS, DATADOG_TAGS, DD_ENV, DD_SERVICE, DD_VERSION, DD_ENTITY_ID say, else none.
  const char *const *tags;
  // The cardinality of calls that name none: none, low, orchestrator, high; NULL is what DD_CARDINALITY, DATADOG_CARDINALITY say, else not told.
  const char *cardinality;
  // Whether variables of the environment count: 0 default (yes), 1 yes, 2 no.
  int32_t environment;
  // Whether messages tell the container that they come from: 0 default (what DD_ORIGIN_DETECTION_ENABLED say, else yes), 1 yes, 2 no.
  int32_t origin_detection;
  // The text of the 'c:' field, instead of looking for the container; NULL is the default: what is found.
  const char *container_id;
  // The directory that holds 'proc' and 'sys', where the container is looked for; NULL is the default: /.
  const char *root;
  // How lines are written; one of another library's with the profile fast is made safe: basenji, datadogpy, hot-shots, hot-shots-telegraf, datadog-go; NULL is basenji.
  const char *dialect;
  // Which calls the profile fast aggregates: off none, basic counts, gauges and sets, extended all: off, basic, extended; NULL is extended.
  const char *aggregation;
  // How long calls gather with the profile fast, in milliseconds; 0 is the default: 2000.
  uint32_t flush_interval_ms;
  // Whether a thread sends the datagrams; without it one that the system does not take at once is dropped: 0 default (true with the profile fast), 1 yes, 2 no.
  int32_t background;
  // Most bytes of a datagram of several lines; 0 is the default: 1432 over UDP, 8192 elsewhere.
  uint32_t max_payload;
  // Part of the calls that are sent where a call names no rate; aggregated counts, gauges and sets are exact all the same; 0 is the default: 1.
  double sample_rate;
  // Whether the client's own counters are sent: 0 default (yes), 1 yes, 2 no.
  int32_t telemetry;
  // How long it is from one report of them to the next, in milliseconds; 0 is the default: 10000.
  uint32_t telemetry_interval_ms;
  // Most contexts that one thread aggregates in an interval; calls beyond are sent one by one; 0 is the default: 10000.
  uint32_t contexts;
  // Most bytes of their names and tags; 0 is the default: 2097152 bytes.
  uint32_t context_bytes;
  // Most samples and set members that one thread gathers in an interval, of eight bytes each; 0 is the default: 1048576.
  uint32_t cells;
  // Most bytes that wait to be sent; 0 is the default: 1048576 bytes.
  uint32_t queue_bytes;
  // Which datagrams are dropped when more wait: oldest, newest; NULL is oldest.
  const char *overflow;
  // How long a datagram may wait, in the queue and at a socket that is full or gone, in milliseconds; 0 is the default: 10000.
  uint32_t expiry_ms;
  // How long a full socket is waited for before a datagram is dropped, in milliseconds; 0 is the default: 1000.
  uint32_t patience_ms;
  // How long the end of the client waits for what is to be sent, in milliseconds; 0 is the default: 1000.
  uint32_t exit_timeout_ms;
  // Most reports of lost datagrams and lost connections that are kept until they are asked for; of more the oldest are dropped; 0 is the default: 0.
  uint32_t troubles;
  // Bytes that the kernel holds for the socket, at least (SO_SNDBUF); 0 is the default: 32768 bytes.
  uint32_t send_buffer;
  // How long a connection that was lost for the first time is left alone, in milliseconds; 0 is the default: 10.
  uint32_t retry_first_ms;
  // How long it is left alone at most, when it is lost again and again, in milliseconds; 0 is the default: 1000.
  uint32_t retry_most_ms;
  // How long it is from one look-up of the host's name to the next, in milliseconds; 0 is the default: 60000.
  uint32_t lookup_interval_ms;
  // Longest datagram over a stream or a pipe; 0 is the default: 8192 bytes.
  uint32_t longest_frame;
  // Whether datagrams of one length leave by UDP segmentation where the system has it: 0 default (yes), 1 yes, 2 no.
  int32_t segmentation;
  // How many 'tags' there are.
  size_t ntags;
  // The name by which the client's own counters call it; NULL is 'c'.
  const char *telemetry_client;
  // The version beside it; NULL is that of this library.
  const char *telemetry_client_version;
} bj_client_options;

// Something that went wrong on the way out.
typedef struct bj_trouble {
  // One of 'bj_trouble_kind'.
  int32_t kind;
  // The error number of the system ('errno'), 0 where there is none.
  int32_t system_error;
  // Datagrams that were lost.
  uint64_t datagrams;
  // Their bytes.
  uint64_t bytes;
  // How many troubles were dropped since the one before, because more came than were to be kept.
  uint64_t dropped;
} bj_trouble;

// The options of an event or a service check; begin with 'BJ_EVENT_OPTIONS_INIT'. 0 and NULL are the defaults.
typedef struct bj_event_options {
  // 'sizeof(bj_event_options)'.
  size_t size;
  // Seconds since 1970; 0 is the time of receipt.
  int64_t timestamp;
  // The host.
  const char *hostname;
  // Events only: events of one key are shown as one.
  const char *aggregation_key;
  // Events only: 'normal' or 'low'.
  const char *priority;
  // Events only: the kind of program that sends it.
  const char *source_type;
  // Events only: 'info', 'error', 'warning' or 'success'.
  const char *alert_type;
  // Service checks only: what there is to say.
  const char *message;
  // 'none', 'low', 'orchestrator' or 'high'; NULL is the default of the client.
  const char *cardinality;
} bj_event_options;

// Takes an event or a service check, as 'bj_on_series' takes a series.
typedef void (*bj_on_message)(void *user, const bj_message *message);

// The options of a server; begin with 'BJ_SERVER_OPTIONS_INIT'. 0 and NULL are the defaults, but it has to listen somewhere.
typedef struct bj_server_options {
  // 'sizeof(bj_server_options)'.
  size_t size;
  // Where to listen for UDP: '127.0.0.1:8125'; port 0 is any free one.
  const char *udp;
  // The path of a Unix socket of datagrams.
  const char *socket_path;
  // The path of a Unix stream socket.
  const char *stream_path;
  // Tags that everything gets beside its own.
  const char *const *tags;
  // How many they are.
  size_t ntags;
  // Called for each series of a flush, on a thread of the library.
  bj_on_series on_series;
  // Called for each event of a flush, on the same thread.
  bj_on_message on_event;
  // Called for each service check of a flush, on the same thread.
  bj_on_message on_service_check;
  // Handed to each callback.
  void *user;
  // Length of a bucket in seconds; 0 is the default of 10.
  uint32_t bucket_secs;
  // Threads that read; 0 is the default of 1.
  uint32_t workers;
  // Whether flushes carry the server's own counters as 'basenji.*': 0 default (yes), 1 yes, 2 no.
  int32_t telemetry;
  // Whether flushes are kept for 'bj_server_next': 0 default (no), 1 yes, 2 no. Then somebody has to pull them: only one waits there, more
  // wait in a queue that is bounded in bytes and whose oldest are dropped and counted.
  int32_t pull;
  // Most series at a time; what comes beyond is refused and counted. 0 is the default of a million.
  size_t contexts;
} bj_server_options;

// What a server has counted since it was made.
typedef struct bj_server_counters {
  // Datagrams and frames received.
  uint64_t datagrams;
  // Their bytes.
  uint64_t bytes;
  // Messages parsed.
  uint64_t messages;
  // Lines and frames refused.
  uint64_t parse_errors;
  // UDP datagrams that the kernel has dropped.
  uint64_t kernel_drops;
  // Values skipped because they are not finite.
  uint64_t skipped_values;
  // Metrics refused because the memory budget is spent.
  uint64_t refused;
  // Series that the callbacks, or who pulls, were too slow for, or that a stop did not wait for.
  uint64_t series_dropped;
  // Events that they were too slow for, or that a stop did not wait for.
  uint64_t events_dropped;
  // Service checks that they were too slow for, or that a stop did not wait for.
  uint64_t checks_dropped;
  // Series known now.
  uint64_t contexts;
  // Flushes so far.
  uint64_t flushes;
} bj_server_counters;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

// Takes the oldest flush that waits into '*bucket_out'; waits for one for 'timeout_ms' milliseconds at most. For servers whose 'options.pull' was set.
// To be freed by 'bj_bucket_free'. Any thread, but no callback.
//
// Errors: 'BJ_MISALIGNED', 'BJ_NULL_SERVER', 'BJ_NULL_OUT', 'BJ_NOT_PULLED'; 'BJ_TIMEOUT' when there is none yet, 'BJ_END' when the server was stopped and all
// were taken.
//
// Pointers:
//
// 'server' is NULL or not freed; 'bucket_out' is NULL or points to a pointer.
bj_status bj_server_next(const struct bj_server *server,
                         uint32_t timeout_ms,
                         struct bj_bucket **bucket_out);

// The next series of a bucket into '*series_out'. What it points to is good until the next call or until the bucket is
// freed.
//
// Errors: 'BJ_MISALIGNED', 'BJ_NULL_BUCKET', 'BJ_NULL_OUT'; 'BJ_END' when there are no more.
//
// Pointers:
//
// 'bucket' is NULL or not freed, and no other thread uses it; 'series_out' is NULL or points to a struct.
bj_status bj_bucket_next_series(struct bj_bucket *bucket,
                                bj_series *series_out);

// The next event of a bucket into '*event_out'. What it points to is good until the bucket is freed.
//
// Errors: 'BJ_MISALIGNED', 'BJ_NULL_BUCKET', 'BJ_NULL_OUT'; 'BJ_END' when there are no more.
//
// Pointers:
//
// 'bucket' is NULL or not freed, and no other thread uses it; 'event_out' is NULL or points to a struct.
bj_status bj_bucket_next_event(struct bj_bucket *bucket, bj_message *event_out);

// The next service check of a bucket into '*check_out'. What it points to is good until the bucket is freed.
//
// Errors: 'BJ_MISALIGNED', 'BJ_NULL_BUCKET', 'BJ_NULL_OUT'; 'BJ_END' when there are no more.
//
// Pointers:
//
// 'bucket' is NULL or not freed, and no other thread uses it; 'check_out' is NULL or points to a struct.
bj_status bj_bucket_next_service_check(struct bj_bucket *bucket, bj_message *check_out);

// Frees a bucket, before or after its server. NULL is harmless.
//
// Pointers:
//
// 'bucket' is NULL, or was made by 'bj_server_next' and is not freed.
void bj_bucket_free(struct bj_bucket *bucket);

// Adds 'value' to the count 'name' with these tags, each a string.
//
// Cost: linear in the bytes of name and tags, without an allocation once the context is known; it never waits for the network, whose faults
// are no error but counted. Any thread.
//
// Errors: 'BJ_MISALIGNED', 'BJ_NULL_CLIENT', 'BJ_CLOSED', 'BJ_NULL_NAME', 'BJ_NULL_TAGS'.
//
// Pointers:
//
// 'client' is NULL or not freed; 'name' is NULL or a string; 'tags' is NULL or 'ntags' strings.
bj_status bj_count(const struct bj_client *client,
                   const char *name,
                   int64_t value,
                   const char *const *tags,
                   size_t ntags);

// Adds 'value' to the count 'name' with these tags, each a string. 'options' may be NULL.
//
// Cost: linear in the bytes of name and tags, without an allocation once the context is known; it never waits for the network, whose faults
// are no error but counted. Any thread.
//
// Errors: 'BJ_MISALIGNED', 'BJ_NULL_CLIENT', 'BJ_CLOSED', 'BJ_NULL_NAME', 'BJ_NULL_TAGS', 'BJ_BAD_SIZE', 'BJ_BAD_SAMPLE_RATE', 'BJ_BAD_CARDINALITY'.
//
// Pointers:
//
// 'client' is NULL or not freed; 'name' is NULL or a string; 'tags' is NULL or 'ntags' strings; 'options' is NULL or as its members say.
bj_status bj_count_ex(const struct bj_client *client,
                      const char *name,
                      int64_t value,
                      const char *const *tags,
                      size_t ntags,
                      const struct bj_call_options *options);

// Sets the gauge 'name'. A value that is not finite is dropped and counted.
//
// Cost: linear in the bytes of name and tags, without an allocation once the context is known; it never waits for the network, whose faults
// are no error but counted. Any thread.
//
// Errors: 'BJ_MISALIGNED', 'BJ_NULL_CLIENT', 'BJ_CLOSED', 'BJ_NULL_NAME', 'BJ_NULL_TAGS'.
//
// Pointers:
//
// 'client' is NULL or not freed; 'name' is NULL or a string; 'tags' is NULL or 'ntags' strings.
bj_status bj_gauge(const struct bj_client *client,
                   const char *name,
                   double value,
                   const char *const *tags,
                   size_t ntags);

// Sets the gauge 'name'. A value that is not finite is dropped and counted. 'options' may be NULL.
//
// Cost: linear in the bytes of name and tags, without an allocation once the context is known; it never waits for the network, whose faults
// are no error but counted. Any thread.
//
// Errors: 'BJ_MISALIGNED', 'BJ_NULL_CLIENT', 'BJ_CLOSED', 'BJ_NULL_NAME', 'BJ_NULL_TAGS', 'BJ_BAD_SIZE', 'BJ_BAD_SAMPLE_RATE', 'BJ_BAD_CARDINALITY'.
//
// Pointers:
//
// 'client' is NULL or not freed; 'name' is NULL or a string; 'tags' is NULL or 'ntags' strings; 'options' is NULL or as its members say.
bj_status bj_gauge_ex(const struct bj_client *client,
                      const char *name,
                      double value,
                      const char *const *tags,
                      size_t ntags,
                      const struct bj_call_options *options);

// Records a sample of the histogram 'name'. A value that is not finite is dropped and counted.
//
// Cost: linear in the bytes of name and tags, without an allocation once the context is known; it never waits for the network, whose faults
// are no error but counted. Any thread.
//
// Errors: 'BJ_MISALIGNED', 'BJ_NULL_CLIENT', 'BJ_CLOSED', 'BJ_NULL_NAME', 'BJ_NULL_TAGS'.
//
// Pointers:
//
// 'client' is NULL or not freed; 'name' is NULL or a string; 'tags' is NULL or 'ntags' strings.
bj_status bj_histogram(const struct bj_client *client,
                       const char *name,
                       double value,
                       const char *const *tags,
                       size_t ntags);

// Records a sample of the histogram 'name'. A value that is not finite is dropped and counted. 'options' may be NULL.
//
// Cost: linear in the bytes of name and tags, without an allocation once the context is known; it never waits for the network, whose faults
// are no error but counted. Any thread.
//
// Errors: 'BJ_MISALIGNED', 'BJ_NULL_CLIENT', 'BJ_CLOSED', 'BJ_NULL_NAME', 'BJ_NULL_TAGS', 'BJ_BAD_SIZE', 'BJ_BAD_SAMPLE_RATE', 'BJ_BAD_CARDINALITY'.
//
// Pointers:
//
// 'client' is NULL or not freed; 'name' is NULL or a string; 'tags' is NULL or 'ntags' strings; 'options' is NULL or as its members say.
bj_status bj_histogram_ex(const struct bj_client *client,
                          const char *name,
                          double value,
                          const char *const *tags,
                          size_t ntags,
                          const struct bj_call_options *options);

// Records a sample of the distribution 'name'. A value that is not finite is dropped and counted.
//
// Cost: linear in the bytes of name and tags, without an allocation once the context is known; it never waits for the network, whose faults
// are no error but counted. Any thread.
//
// Errors: 'BJ_MISALIGNED', 'BJ_NULL_CLIENT', 'BJ_CLOSED', 'BJ_NULL_NAME', 'BJ_NULL_TAGS'.
//
// Pointers:
//
// 'client' is NULL or not freed; 'name' is NULL or a string; 'tags' is NULL or 'ntags' strings.
bj_status bj_distribution(const struct bj_client *client,
                          const char *name,
                          double value,
                          const char *const *tags,
                          size_t ntags);

// Records a sample of the distribution 'name'. A value that is not finite is dropped and counted. 'options' may be NULL.
//
// Cost: linear in the bytes of name and tags, without an allocation once the context is known; it never waits for the network, whose faults
// are no error but counted. Any thread.
//
// Errors: 'BJ_MISALIGNED', 'BJ_NULL_CLIENT', 'BJ_CLOSED', 'BJ_NULL_NAME', 'BJ_NULL_TAGS', 'BJ_BAD_SIZE', 'BJ_BAD_SAMPLE_RATE', 'BJ_BAD_CARDINALITY'.
//
// Pointers:
//
// 'client' is NULL or not freed; 'name' is NULL or a string; 'tags' is NULL or 'ntags' strings; 'options' is NULL or as its members say.
bj_status bj_distribution_ex(const struct bj_client *client,
                             const char *name,
                             double value,
                             const char *const *tags,
                             size_t ntags,
                             const struct bj_call_options *options);

// Records a duration of 'value' milliseconds under 'name'. A value that is not finite is dropped and counted.
//
// Cost: linear in the bytes of name and tags, without an allocation once the context is known; it never waits for the network, whose faults
// are no error but counted. Any thread.
//
// Errors: 'BJ_MISALIGNED', 'BJ_NULL_CLIENT', 'BJ_CLOSED', 'BJ_NULL_NAME', 'BJ_NULL_TAGS'.
//
// Pointers:
//
// 'client' is NULL or not freed; 'name' is NULL or a string; 'tags' is NULL or 'ntags' strings.
bj_status bj_timing(const struct bj_client *client,
                    const char *name,
                    double value,
                    const char *const *tags,
                    size_t ntags);

// Records a duration of 'value' milliseconds under 'name'. A value that is not finite is dropped and counted. 'options' may be NULL.
//
// Cost: linear in the bytes of name and tags, without an allocation once the context is known; it never waits for the network, whose faults
// are no error but counted. Any thread.
//
// Errors: 'BJ_MISALIGNED', 'BJ_NULL_CLIENT', 'BJ_CLOSED', 'BJ_NULL_NAME', 'BJ_NULL_TAGS', 'BJ_BAD_SIZE', 'BJ_BAD_SAMPLE_RATE', 'BJ_BAD_CARDINALITY'.
//
// Pointers:
//
// 'client' is NULL or not freed; 'name' is NULL or a string; 'tags' is NULL or 'ntags' strings; 'options' is NULL or as its members say.
bj_status bj_timing_ex(const struct bj_client *client,
                       const char *name,
                       double value,
                       const char *const *tags,
                       size_t ntags,
                       const struct bj_call_options *options);

// Adds the member 'value' to the set 'name'.
//
// Cost: linear in the bytes of name and tags, without an allocation once the context is known; it never waits for the network, whose faults
// are no error but counted. Any thread.
//
// Errors: 'BJ_MISALIGNED', 'BJ_NULL_CLIENT', 'BJ_CLOSED', 'BJ_NULL_NAME', 'BJ_NULL_TAGS', 'BJ_NULL_VALUE'.
//
// Pointers:
//
// 'client' is NULL or not freed; 'name' or 'value' is NULL or a string; 'tags' is NULL or 'ntags' strings.
bj_status bj_set(const struct bj_client *client,
                 const char *name,
                 const char *value,
                 const char *const *tags,
                 size_t ntags);

// Adds the member 'value' to the set 'name'. 'options' may be NULL.
//
// Cost: linear in the bytes of name and tags, without an allocation once the context is known; it never waits for the network, whose faults
// are no error but counted. Any thread.
//
// Errors: 'BJ_MISALIGNED', 'BJ_NULL_CLIENT', 'BJ_CLOSED', 'BJ_NULL_NAME', 'BJ_NULL_TAGS', 'BJ_NULL_VALUE', 'BJ_BAD_SIZE', 'BJ_BAD_SAMPLE_RATE', 'BJ_BAD_CARDINALITY'.
//
// Pointers:
//
// 'client' is NULL or not freed; 'name' or 'value' is NULL or a string; 'tags' is NULL or 'ntags' strings; 'options' is NULL or as its members say.
bj_status bj_set_ex(const struct bj_client *client,
                    const char *name,
                    const char *value,
                    const char *const *tags,
                    size_t ntags,
                    const struct bj_call_options *options);

// Adds 'value' to a count, as 'bj_count_ex' does, but takes bytes with their length.
//
// Pointers:
//
// 'client' is NULL or not freed; 'name' has its bytes; 'tags' is NULL or 'ntags' texts that have theirs; 'options' is NULL or as its members say.
bj_status bj_count_n(const struct bj_client *client,
                     bj_bytes name,
                     int64_t value,
                     const bj_bytes *tags,
                     size_t ntags,
                     const struct bj_call_options *options);

// Sets a gauge, as 'bj_gauge_ex' does, but takes bytes with their length.
//
// Pointers:
//
// 'client' is NULL or not freed; 'name' has its bytes; 'tags' is NULL or 'ntags' texts that have theirs; 'options' is NULL or as its members say.
bj_status bj_gauge_n(const struct bj_client *client,
                     bj_bytes name,
                     double value,
                     const bj_bytes *tags,
                     size_t ntags,
                     const struct bj_call_options *options);

// Records a sample of a histogram, as 'bj_histogram_ex' does, but takes bytes with their length.
//
// Pointers:
//
// 'client' is NULL or not freed; 'name' has its bytes; 'tags' is NULL or 'ntags' texts that have theirs; 'options' is NULL or as its members say.
bj_status bj_histogram_n(const struct bj_client *client,
                         bj_bytes name,
                         double value,
                         const bj_bytes *tags,
                         size_t ntags,
                         const struct bj_call_options *options);

// Records a sample of a distribution, as 'bj_distribution_ex' does, but takes bytes with their length.
//
// Pointers:
//
// 'client' is NULL or not freed; 'name' has its bytes; 'tags' is NULL or 'ntags' texts that have theirs; 'options' is NULL or as its members say.
bj_status bj_distribution_n(const struct bj_client *client,
                            bj_bytes name,
                            double value,
                            const bj_bytes *tags,
                            size_t ntags,
                            const struct bj_call_options *options);

// Records a duration of 'value' milliseconds, as 'bj_timing_ex' does, but takes bytes with their length.
//
// Pointers:
//
// 'client' is NULL or not freed; 'name' has its bytes; 'tags' is NULL or 'ntags' texts that have theirs; 'options' is NULL or as its members say.
bj_status bj_timing_n(const struct bj_client *client,
                      bj_bytes name,
                      double value,
                      const bj_bytes *tags,
                      size_t ntags,
                      const struct bj_call_options *options);

// Adds a member to a set, as 'bj_set_ex' does, but takes bytes with their length.
//
// Pointers:
//
// 'client' is NULL or not freed; 'name' and 'value' have their bytes; 'tags' is NULL or 'ntags' texts that have theirs; 'options' is NULL or as
// its members say.
bj_status bj_set_n(const struct bj_client *client,
                   bj_bytes name,
                   bj_bytes value,
                   const bj_bytes *tags,
                   size_t ntags,
                   const struct bj_call_options *options);

// Makes a client into '*client_out'; 'options' may be NULL for the defaults. Nothing is opened or looked up before the first datagram. To be
// freed by 'bj_client_free'. Any thread.
//
// Errors: 'BJ_NULL_OUT', 'BJ_MISALIGNED', 'BJ_BAD_SIZE', 'BJ_BAD_ADDRESS', 'BJ_BAD_PROFILE', 'BJ_BAD_SWITCH', 'BJ_BAD_CARDINALITY',
// 'BJ_BAD_DIALECT', 'BJ_BAD_SETTING', 'BJ_BAD_UTF8', 'BJ_BAD_SAMPLE_RATE', 'BJ_NULL_TAGS', 'BJ_SYSTEM'.
//
// Pointers:
//
// 'options' is NULL or as its members say; 'client_out' is NULL or points to a pointer.
BJ_MUST_CHECK
bj_status bj_client_new(const struct bj_client_options *options,
                        struct bj_client **client_out);

// Sends what was called before, and waits until it is with the system, or lost and counted, 'timeout_ms' milliseconds at most. Any thread.
//
// Errors: 'BJ_MISALIGNED', 'BJ_NULL_CLIENT', 'BJ_CLOSED', 'BJ_TIMEOUT' when something waits still.
//
// Pointers:
//
// 'client' is NULL or not freed.
bj_status bj_flush(const struct bj_client *client,
                   uint32_t timeout_ms);

// Sends what was called before, 'timeout_ms' milliseconds at most, and ends the client: calls after it return 'BJ_CLOSED', its counters stay
// readable. With 0 it gives the system one chance to take everything and waits for nothing. Any thread.
//
// Errors: 'BJ_MISALIGNED', 'BJ_NULL_CLIENT', 'BJ_CLOSED' when it was closed before, 'BJ_TIMEOUT' when something was left: it is lost and counted, and the client is
// closed all the same.
//
// Pointers:
//
// 'client' is NULL or not freed.
bj_status bj_close(const struct bj_client *client,
                   uint32_t timeout_ms);

// Frees a client, after closing it as 'bj_close' does with 'timeout_ms' if it was not closed; its metrics may still be called and freed, and do
// nothing. After 'bj_close', and with 0, it waits for nothing. NULL is harmless. No other thread may use it any more.
//
// Pointers:
//
// 'client' is NULL, or was made by 'bj_client_new' and is not freed.
void bj_client_free(struct bj_client *client,
                    uint32_t timeout_ms);

// Takes the oldest trouble that is kept ('troubles' of the options) into '*trouble_out'; of a closed client too. Any thread.
//
// Errors: 'BJ_NULL_CLIENT', 'BJ_NULL_OUT', 'BJ_MISALIGNED', 'BJ_END' when there is none.
//
// Pointers:
//
// 'client' is NULL or not freed; 'trouble_out' is NULL or points to a struct.
bj_status bj_client_trouble(const struct bj_client *client,
                            struct bj_trouble *trouble_out);

// Sends an event. 'options' may be NULL. Newlines in title and text arrive as they are. Cost: linear in its bytes. Any thread.
//
// Errors: 'BJ_MISALIGNED', 'BJ_NULL_CLIENT', 'BJ_CLOSED', 'BJ_NULL_TITLE', 'BJ_NULL_TEXT', 'BJ_NULL_TAGS', 'BJ_BAD_SIZE', 'BJ_BAD_PRIORITY',
// 'BJ_BAD_ALERT_TYPE', 'BJ_BAD_CARDINALITY'.
//
// Pointers:
//
// 'client' is NULL or not freed; 'title' or 'text' is NULL or a string; 'tags' is NULL or 'ntags' strings; 'options' is NULL or as its members
// say.
bj_status bj_event(const struct bj_client *client,
                   const char *title,
                   const char *text,
                   const char *const *tags,
                   size_t ntags,
                   const struct bj_event_options *options);

// Sends an event as 'bj_event' does, but takes bytes with their length.
//
// Pointers:
//
// 'client' is NULL or not freed; 'title' and 'text' have their bytes; 'tags' is NULL or 'ntags' texts that have theirs; 'options' is NULL or as
// its members say.
bj_status bj_event_n(const struct bj_client *client,
                     bj_bytes title,
                     bj_bytes text,
                     const bj_bytes *tags,
                     size_t ntags,
                     const struct bj_event_options *options);

// Sends a service check with a status of 0 (ok), 1 (warning), 2 (critical) or 3 (unknown). 'options' may be NULL. Cost: linear in its bytes.
// Any thread.
//
// Errors: 'BJ_MISALIGNED', 'BJ_NULL_CLIENT', 'BJ_CLOSED', 'BJ_NULL_NAME', 'BJ_BAD_SERVICE_STATUS', 'BJ_NULL_TAGS', 'BJ_BAD_SIZE', 'BJ_BAD_CARDINALITY'.
//
// Pointers:
//
// 'client' is NULL or not freed; 'name' is NULL or a string; 'tags' is NULL or 'ntags' strings; 'options' is NULL or as its members say.
bj_status bj_service_check(const struct bj_client *client,
                           const char *name,
                           int32_t status,
                           const char *const *tags,
                           size_t ntags,
                           const struct bj_event_options *options);

// Sends a service check as 'bj_service_check' does, but takes bytes with their length.
//
// Pointers:
//
// 'client' is NULL or not freed; 'name' has its bytes; 'tags' is NULL or 'ntags' texts that have theirs; 'options' is NULL or as its members say.
bj_status bj_service_check_n(const struct bj_client *client,
                             bj_bytes name,
                             int32_t status,
                             const bj_bytes *tags,
                             size_t ntags,
                             const struct bj_event_options *options);

// Makes a metric into '*metric_out' whose name and tags are looked up now, once. 'kind' is a 'bj_kind', but not 'BJ_SET'. To be freed by
// 'bj_metric_free', before or after its client. Bytes that are not UTF-8 become U+FFFD. Any thread.
//
// Errors: 'BJ_MISALIGNED', 'BJ_NULL_CLIENT', 'BJ_CLOSED', 'BJ_BAD_KIND', 'BJ_NULL_NAME', 'BJ_NULL_TAGS', 'BJ_NULL_OUT'.
//
// Pointers:
//
// 'client' is NULL or not freed; 'name' is NULL or a string; 'tags' is NULL or 'ntags' strings; 'metric_out' is NULL or points to a pointer.
BJ_MUST_CHECK
bj_status bj_metric_new(const struct bj_client *client,
                        int32_t kind,
                        const char *name,
                        const char *const *tags,
                        size_t ntags,
                        struct bj_metric **metric_out);

// Makes a metric as 'bj_metric_new' does, but takes bytes with their length.
//
// Pointers:
//
// 'client' is NULL or not freed; 'name' has its bytes; 'tags' is NULL or 'ntags' texts that have theirs; 'metric_out' is NULL or points to a
// pointer.
BJ_MUST_CHECK
bj_status bj_metric_new_n(const struct bj_client *client,
                          int32_t kind,
                          bj_bytes name,
                          const bj_bytes *tags,
                          size_t ntags,
                          struct bj_metric **metric_out);

// Adds a whole number to a count. Touches no string and no lock that threads share. Any thread.
//
// Errors: 'BJ_MISALIGNED', 'BJ_NULL_METRIC', 'BJ_WRONG_KIND' unless it is a count.
//
// Pointers:
//
// 'metric' is NULL or not freed.
bj_status bj_metric_add(const struct bj_metric *metric, int64_t value);

// Sets a gauge, or records a sample of a histogram, distribution or timing, in milliseconds. A value that is not finite is not sent. Touches
// no string and no lock that threads share. Any thread.
//
// Errors: 'BJ_MISALIGNED', 'BJ_NULL_METRIC', 'BJ_WRONG_KIND' if it is a count.
//
// Pointers:
//
// 'metric' is NULL or not freed.
bj_status bj_metric_record(const struct bj_metric *metric,
                           double value);

// Frees a metric; what it has gathered is sent with the next flush. NULL is harmless. No other thread may use it any more.
//
// Pointers:
//
// 'metric' is NULL, or was made by 'bj_metric_new' and is not freed.
void bj_metric_free(struct bj_metric *metric);

// Starts a server into '*server_out'. Once this returns, what is sent is received. To be freed by 'bj_server_free'. Any thread.
//
// Errors: 'BJ_MISALIGNED', 'BJ_NULL_OPTIONS', 'BJ_NULL_OUT', 'BJ_BAD_SIZE', 'BJ_NO_LISTENER', 'BJ_BAD_ADDRESS', 'BJ_PORT_IN_USE', 'BJ_PERMISSION',
// 'BJ_BAD_SETTING', 'BJ_BAD_SWITCH', 'BJ_BAD_UTF8', 'BJ_BAD_TAGS', 'BJ_NULL_TAGS', 'BJ_SYSTEM'.
//
// Pointers:
//
// 'options' is NULL or as its members say; 'server_out' is NULL or points to a pointer.
BJ_MUST_CHECK
bj_status bj_server_new(const struct bj_server_options *options,
                        struct bj_server **server_out);

// The UDP port that a server listens on into '*port_out'; 0 if on none. Any thread.
//
// Errors: 'BJ_MISALIGNED', 'BJ_NULL_SERVER', 'BJ_NULL_OUT', 'BJ_CLOSED' when it was stopped.
//
// Pointers:
//
// 'server' is NULL or not freed; 'port_out' is NULL or points to a number.
bj_status bj_server_port(const struct bj_server *server, uint16_t *port_out);

// Reads what has arrived, flushes the open buckets, waits until the callbacks have had everything, and ends the server. Its counters stay
// readable, and what waits to be pulled still can be. Any thread, but no callback.
//
// Errors: 'BJ_MISALIGNED', 'BJ_NULL_SERVER', 'BJ_CLOSED' when it was stopped before, 'BJ_BUSY'.
//
// Pointers:
//
// 'server' is NULL or not freed.
bj_status bj_server_stop(const struct bj_server *server);

// Stops a server if 'bj_server_stop' has not, and frees it; buckets that were pulled stay. NULL is harmless. No other thread may use it any
// more, and no callback may free it.
//
// Pointers:
//
// 'server' is NULL, or was made by 'bj_server_new' and is not freed.
void bj_server_free(struct bj_server *server);

// The counters of a client into '*counters_out'; of a closed one too. Cost: a lock a thread that calls. Any thread.
//
// Errors: 'BJ_MISALIGNED', 'BJ_NULL_CLIENT', 'BJ_NULL_OUT'.
//
// Pointers:
//
// 'client' is NULL or not freed; 'counters_out' is NULL or points to a struct.
bj_status bj_client_stats(const struct bj_client *client,
                          bj_client_counters *counters_out);

// The counters of a server into '*counters_out'; of a stopped one too. Any thread, callbacks included.
//
// Errors: 'BJ_MISALIGNED', 'BJ_NULL_SERVER', 'BJ_NULL_OUT'.
//
// Pointers:
//
// 'server' is NULL or not freed; 'counters_out' is NULL or points to a struct.
bj_status bj_server_stats(const struct bj_server *server, struct bj_server_counters *counters_out);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* BASENJI_H */
