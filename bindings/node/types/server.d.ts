/// <reference types="node" />
import { EventEmitter } from 'node:events';

/** A metric as it stands on the wire. */
export interface Metric {
  kind: 'metric';
  name: string;
  /** Count, gauge, timing in milliseconds, histogram, distribution, set. */
  type: 'c' | 'g' | 'ms' | 'h' | 'd' | 's';
  /** The numbers, or the one member of a set. */
  values: number[] | [string];
  /** The share of samples that were sent; 1 where the line has none. */
  sampleRate: number;
  tags: string[];
  /** Seconds since 1970. */
  timestamp: number | null;
  containerId: string | null;
  externalData: string | null;
  cardinality: string | null;
}

/** An event, its title and text with newlines as newlines. */
export interface Event {
  kind: 'event';
  title: string;
  text: string;
  /** Seconds since 1970. */
  timestamp: number | null;
  host: string | null;
  aggregationKey: string | null;
  priority: 'normal' | 'low';
  sourceType: string | null;
  alertType: 'info' | 'error' | 'warning' | 'success';
  tags: string[];
  containerId: string | null;
  externalData: string | null;
  cardinality: string | null;
}

/** A service check. */
export interface ServiceCheck {
  kind: 'serviceCheck';
  name: string;
  /** 0 is ok, 1 warning, 2 critical, 3 unknown. */
  status: 0 | 1 | 2 | 3;
  /** Seconds since 1970. */
  timestamp: number | null;
  host: string | null;
  message: string | null;
  tags: string[];
  containerId: string | null;
  externalData: string | null;
  cardinality: string | null;
}

export type Message = Metric | Event | ServiceCheck;

/** A line that is no message. */
export class ParseError extends Error {
  private constructor();
  /** The stable number of what is wrong, the same in every language that Basenji speaks. */
  readonly code: number;
  /** What is wrong in a few words, as in `bad value`. */
  readonly reason: string;
  /** Bytes from the start of the line to what is wrong. */
  readonly offset: number;
  /** The line. */
  readonly line: string;
  /** Every bad line of the datagram; of an error that is thrown. */
  readonly errors?: ParseError[];
  /** The good messages of the datagram; of an error that is thrown. */
  readonly messages?: Message[];
}

export interface ParseOptions {
  /** Called with each bad line. Without it the first one is thrown, with the others and the good messages on it. */
  onError?: (error: ParseError) => void;
}

/**
 * The messages of a datagram, in order. A string is taken as UTF-8; bytes that are not UTF-8 and lone surrogates become U+FFFD.
 *
 * @throws {ParseError} for the first bad line, unless there is `onError`
 */
export function parse(datagram: string | NodeJS.ArrayBufferView | ArrayBuffer, options?: ParseOptions): Message[];

interface SeriesBase {
  name: string;
  host: string | null;
  /** Sorted by bytes, each once. */
  tags: string[];
  /** Seconds since 1970: the start of the bucket, or the point's own timestamp. */
  timestamp: number;
  /** Length of the bucket in seconds. */
  interval: number;
}

interface Summary {
  /** How many samples, each as often as its sample rate says. */
  count: number;
  sum: number;
  min: number;
  max: number;
  avg: number;
}

/** The sum of a counter, the last value of a gauge. */
export interface ValueSeries<Kind extends 'count' | 'gauge'> extends SeriesBase {
  kind: Kind;
  value: number;
}

/** How many different members a set has, and its members, which merge with those of other servers. */
export interface SetSeries extends SeriesBase {
  kind: 'set';
  value: number;
  /** Not enumerable: not compared, and not in JSON. */
  readonly uniques: Uniques;
}

/** What the samples of a histogram or timing come to. */
export interface HistogramSeries<Kind extends 'histogram' | 'timing'> extends SeriesBase, Summary {
  kind: Kind;
  /** By name, as in `max` and `95percentile`: those that the options ask for. */
  aggregates: Record<string, number>;
}

/** The sketch of a distribution. */
export interface DistributionSeries extends SeriesBase, Summary {
  kind: 'distribution';
  sketch: Sketch;
}

/** One finished point of one series. */
export type Series =
  | ValueSeries<'count'>
  | ValueSeries<'gauge'>
  | SetSeries
  | HistogramSeries<'histogram'>
  | HistogramSeries<'timing'>
  | DistributionSeries;

export interface SeriesOptions {
  /** Tags that every metric, event and service check gets beside its own. Default: none. */
  tags?: string[];
  /** Most series at a time; new ones are refused and counted beyond it, known ones go on. Default: 1000000. */
  contexts?: number;
  /** Most bytes of their names and tags. Default: 268435456 bytes. */
  contextBytes?: number;
  /** Most samples, set members and sketch bins at a time, of eight bytes each. Default: 16777216. */
  cells?: number;
  /** Seconds of a bucket, whose samples become one point a series. Default: 10 s. */
  bucketSecs?: number;
  /** Seconds that a counter without samples goes on to emit zeros. Default: 300 s. */
  counterExpirySecs?: number;
  /** Seconds that a series without samples stays known; a counter stays known for its own expiry more. Default: 20 s. */
  contextExpirySecs?: number;
  /** Whether counters without samples emit zeros. Default: true. */
  counterZeros?: boolean;
  /** Whether series of different container ids, external data and cardinality are kept apart. Default: false. */
  keyByOrigin?: boolean;
  /** What histograms and timings emit: max, min, median, avg, sum, count, 95percentile and the like, at most 16. Default: max, median, avg, count, 95percentile. */
  aggregates?: string[];
  /** Samples of a bucket that a histogram keeps one by one; of more the median and percentiles are at most 2.4 % off. Default: 1024. */
  histogramExactSamples?: number;
  /** Members of a bucket that a set counts exactly; more are estimated. Default: 1024. */
  setExactMembers?: number;
  /** Binary logarithm of the registers of that estimate, whose standard error is 1.04 / sqrt(2^precision). Default: 14. */
  setPrecision?: number;
  /** Most bins of a sketch. Default: 4096. */
  sketchBins?: number;
}

export interface RecordOptions extends ParseOptions {
  /** When it was received, in milliseconds since 1970; now. */
  now?: number;
}

/** Metrics in, one finished point a series and bucket out: the aggregation of a server, without sockets or a clock. */
export class Aggregator {
  constructor(options?: SeriesOptions);
  /**
   * Takes in the metrics of a datagram, or one metric. Events and service checks are given back.
   *
   * Values that are not finite are skipped and counted, a sample rate outside (0, 1] counts as 1.
   *
   * @throws {ParseError} for the first bad line, unless there is `onError`; the other lines are taken in
   */
  record(input: string | NodeJS.ArrayBufferView | ArrayBuffer, options?: RecordOptions): Array<Event | ServiceCheck>;
  record(input: Pick<Metric, 'kind' | 'name' | 'type' | 'values'> & Partial<Metric>, options?: RecordOptions): [];
  /** The points of all buckets that are over at `now`, in milliseconds since 1970. */
  flush(now?: number): Series[];
  /** The same with the bucket that is open. */
  flushAll(now?: number): Series[];
  /** When the bucket of `now` ends, both in milliseconds since 1970. */
  nextFlushAt(now?: number): number;
  /** Takes in what another one holds, which must have equal options. Of a gauge the value received later holds. */
  merge(other: Aggregator): this;
  /** What is held and what was refused, since it was made. */
  readonly stats: {
    contexts: number;
    refusedContexts: number;
    refusedValues: number;
    skippedValues: number;
    oddRates: number;
  };
}

/** A sketch as JSON: the columns `k` (keys) and `n` (counts) of the Agent's payload, and the summary. */
export interface SketchJSON extends Omit<Summary, 'count' | 'sum'> {
  bins: number;
  /** A count above 2^53 is its decimal digits, so that none is lost. */
  count: number | string;
  /** JSON has no number for a sum beyond a double's range. */
  sum: number | 'Infinity' | '-Infinity' | 'NaN';
  k: number[];
  n: number[];
}

/**
 * The Datadog Agent's sketch of a distribution: bins of logarithmic width, from which quantiles are read that are at most 2.4 % off.
 * Sketches merge without loss.
 */
export class Sketch {
  /** An empty one of at most `bins` bins, 1 to 4096; 4096. */
  constructor(options?: { bins?: number });
  /** Counts values, each `weight` times (1 or more; 1). A Float64Array is read in place. NaN and infinities are ignored, as in the Agent. */
  add(values: number | readonly number[] | Float64Array | Exclude<NodeJS.TypedArray, BigInt64Array | BigUint64Array>, weight?: number): this;
  /** Adds all that another sketch has counted. */
  merge(other: Sketch): this;
  /** The value below which the share `q` (0 to 1) of all values lies; 0 if there are none. */
  quantile(q: number): number;
  /** Forgets everything. */
  clear(): this;
  readonly count: number;
  readonly sum: number;
  /** 0 if there are no values, as the others. */
  readonly min: number;
  readonly max: number;
  readonly avg: number;
  /** The keys of the bins, ascending. */
  readonly keys: Int32Array;
  /** The counts of the bins, in the order of the keys. */
  readonly counts: Uint32Array;
  toJSON(): SketchJSON;
  /** The sketch of what `toJSON` has returned, or of its text. */
  static fromJSON(json: SketchJSON | string): Sketch;
  /** All of it in a form that others read; `compact`, Basenji's own, keeps all. */
  toBuffer(form?: SketchForm): Buffer;
  /** The sketch that was written in a form, in any language of Basenji or by what the form is named after. Throws a `StateError` for what is corrupt. */
  static fromBuffer(bytes: Uint8Array, form?: SketchForm): Sketch;
}

/**
 * Basenji's own form; the Datadog Agent's `Dogsketch`; OpenTelemetry's exponential histogram data point; Prometheus' native histogram; ClickHouse's state of
 * `quantilesDD(1 / 129, ...)`.
 */
export type SketchForm = 'compact' | 'agent' | 'otlp' | 'prometheus' | 'clickhouse';

/** How many different members there were, in 16 kB: exact for a handful, off by 0.8 % on average for many. They merge without loss. */
export class Uniques {
  /** Counts a member, if it is a new one: a string by its bytes in UTF-8, or bytes. */
  add(member: string | Uint8Array): this;
  /** Adds the members that another one has counted. */
  merge(other: Uniques): this;
  /** Forgets everything. */
  clear(): this;
  /** About how many different members there were. */
  readonly count: number;
  /** The registers in bytes, which every language of Basenji reads. */
  toBuffer(): Buffer;
  /** What `toBuffer` has written, in any language. Throws a `StateError` for what is corrupt. */
  static fromBuffer(bytes: Uint8Array): Uniques;
}

/** Bytes that are no sketch of a form, or no `Uniques`. */
export class StateError extends Error {
  /** The same number in every language. */
  code: number;
  /** Its short name. */
  reason: string;
  /** Bytes from the start to the part that is wrong. */
  offset: number;
}

export interface ServerOptions extends SeriesOptions {
  /** UDP port, 0 for any free one. Default: 8125, or no UDP where there is a path. */
  port?: number;
  /** Address of the UDP socket. Default: 127.0.0.1. */
  host?: string;
  /** Path of a Unix datagram socket. Default: none. */
  socketPath?: string;
  /** Path of a Unix stream socket. Default: none. */
  streamPath?: string;
  /** Whether every message is shown as it was received, too, for tests and for looking on. Default: false. */
  messages?: boolean;
  /** Threads that receive and aggregate, each with a UDP socket of its own on the same port. Default: 1. */
  workers?: number;
  /** Longest datagram or stream frame that is taken whole; of a longer datagram the cut line is dropped and counted. Default: 8192 bytes. */
  receiveBuffer?: number;
  /** Bytes that the kernel may hold for a socket (SO_RCVBUF); 0 leaves the system's default. Default: 4194304 bytes. */
  socketBuffer?: number;
  /** Mode of the socket files. Default: 0o722. */
  socketMode?: number;
  /** Listeners whose datagrams must end in a newline: udp, unix_datagram, unix_stream. Default: none. */
  eolRequired?: string[];
  /** Whether the kernel is asked for the sender's process on Unix sockets (Linux). Default: false. */
  originDetection?: boolean;
  /** Most stream connections at a time; more are closed at once and counted. Default: 1024. */
  maxConnections?: number;
  /** What the names of distributions begin with that repeat every histogram and timing; without it there are none. Default: no distributions. */
  copyHistograms?: string;
  /** Whether timestamps of metrics count; otherwise a metric belongs to the bucket of its receipt. Default: true. */
  timestamps?: boolean;
  /** Per cent of the room for series that are kept for names and origins with few. Default: 10 %. */
  keptPercent?: number;
  /** Per cent of the room up to which a name or an origin has few series. Default: 1 %. */
  modestPercent?: number;
  /** Bytes of events and service checks that may wait for the next flush; more are dropped and counted. Default: 4194304 bytes. */
  eventBytes?: number;
  /** Bytes of finished buckets that may wait for a sink; of more the oldest are dropped and counted. Default: 67108864 bytes. */
  sinkBytes?: number;
  /** How long a stop waits for the sinks. Default: 10000 ms. */
  stopWait?: number;
  /** Whether each flush carries the server's own counters as `basenji.*` series. Default: true. */
  telemetry?: boolean;
}

export interface WaitOptions {
  /** Milliseconds; 5000. */
  timeout?: number;
  /** Tags that the series has, among others. */
  tags?: string[];
  /** Whether it is the one. */
  where?: (series: Series) => boolean;
}

export interface Flushed {
  /** Milliseconds since 1970. */
  flushedAt: number;
  series: Series[];
  events: Event[];
  serviceChecks: ServiceCheck[];
}

/** What a server has counted since its start. */
export interface ServerStats {
  datagrams: Record<'udp' | 'unix_datagram' | 'unix_stream', number>;
  bytes: Record<'udp' | 'unix_datagram' | 'unix_stream', number>;
  messages: Record<string, number>;
  /** Lines refused, by reason. */
  parseErrors: Record<string, number>;
  /** Metrics refused for want of room, by what was full. */
  refused: Record<string, number>;
  kernelDrops: number;
  badFields: number;
  skippedValues: number;
  oddRates: number;
  eventsDropped: number;
  checksDropped: number;
  seriesDropped: number;
  flushes: number;
  contexts: number;
}

interface ServerEvents {
  series: [series: Series];
  event: [event: Event];
  serviceCheck: [check: ServiceCheck];
  /** After the events of its parts. */
  flush: [flushed: Flushed];
  message: [message: Message];
  badLine: [error: ParseError];
  close: [];
}

/**
 * A DogStatsD server. Native threads receive and aggregate; JavaScript is woken once a flush.
 *
 * It listens when the constructor returns, and as Node's own servers it keeps the process alive until it is closed or `unref` is called.
 */
export class Server extends EventEmitter implements AsyncIterable<Series> {
  /** @throws {Error} with the `code` that Node's sockets have, as in `EADDRINUSE`, if it cannot listen */
  constructor(options?: ServerOptions);
  /** The UDP port; 0 without one. */
  readonly port: number;
  /** Where each listener can be reached: `127.0.0.1:8125`, or a path. */
  readonly addresses: string[];
  readonly stats: ServerStats;
  /** Flushes what was sent before, the open bucket, too; resolves when its events have been emitted. */
  flush(): Promise<void>;
  /**
   * The next series of that name, flushing until it is there. Each series is found once, those that were flushed before included
   * (the last 10,000); a counter's zeros are not.
   *
   * @throws {Error} with the `code` `ETIMEDOUT`, whose message says what there was instead
   */
  waitFor(name: string, options?: WaitOptions): Promise<Series>;
  /** Every series from now on, until the server is closed. While some wait to be read, the server takes no further flush. */
  [Symbol.asyncIterator](): AsyncIterableIterator<Series>;
  /** Reads what has arrived, flushes, emits, closes, and tells what was counted. */
  close(): Promise<ServerStats>;
  [Symbol.asyncDispose](): Promise<void>;
  /** The server keeps the process alive, as at first. */
  ref(): this;
  /** It does not. */
  unref(): this;
  on<E extends keyof ServerEvents>(event: E, listener: (...args: ServerEvents[E]) => void): this;
  once<E extends keyof ServerEvents>(event: E, listener: (...args: ServerEvents[E]) => void): this;
  off<E extends keyof ServerEvents>(event: E, listener: (...args: ServerEvents[E]) => void): this;
}
