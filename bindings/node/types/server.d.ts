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

/** The sum of a counter, the last value of a gauge, how many different members a set has. */
export interface ValueSeries<Kind extends 'count' | 'gauge' | 'set'> extends SeriesBase {
  kind: Kind;
  value: number;
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
  | ValueSeries<'set'>
  | HistogramSeries<'histogram'>
  | HistogramSeries<'timing'>
  | DistributionSeries;

export interface SeriesOptions {
  /** Length of a bucket in seconds, 1 to 86400; 10. */
  interval?: number;
  /** Whether a counter without samples goes on to emit zeros; true, as in the Datadog Agent. */
  counterZeros?: boolean;
  /** For how long it does, in seconds; 300. */
  counterExpiry?: number;
  /** What histograms and timings emit: max, min, median, avg, sum, count, `95percentile` and the like; max, median, avg, count, 95percentile. */
  aggregates?: string[];
  /** Tags that everything gets; none. */
  tags?: string[];
  /** The most series; 1,000,000. Known series go on when it is reached, new ones are refused and counted. */
  contexts?: number;
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
export interface SketchJSON extends Summary {
  bins: number;
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
}

export interface ServerOptions extends SeriesOptions {
  /** The address of the UDP socket; 127.0.0.1. */
  host?: string;
  /** The UDP port, 0 for any free one; 8125, or no UDP at all where there is a path. */
  port?: number;
  /** The path of a Unix datagram socket. */
  socketPath?: string;
  /** The path of a Unix stream socket. */
  streamPath?: string;
  /** Bytes of the longest datagram that is taken whole, up to 65507; 8192. */
  receiveBuffer?: number;
  /** The mode of socket files; 0o722. */
  socketMode?: number;
  /** Whether each flush carries the server's own counters as `basenji.*` series; true. */
  telemetry?: boolean;
  /** Whether there are `message` and `badLine` events, for tests and for looking on; false. */
  messages?: boolean;
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
