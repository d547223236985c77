import dgram = require('dgram');
import stream = require('stream');

import { ClientStats } from './types/client.js';

export * from './types/client.js';
export * from './types/server.js';

/** The version of the package. */
export const version: string;

/**
 * Has what all clients of this thread have buffered sent when one of these signals comes, `SIGTERM` where none is named: for at most a second. Then the
 * process ends as it would have, unless the program listens to the signal too: then its own listeners decide. What is returned undoes it.
 */
export function flushOnSignal(...signals: NodeJS.Signals[]): () => void;

/** `{ key: value }`, or a list of `key:value` and bare tags. */
export type Tags = { [key: string]: string } | string[];

/** How finely the Agent tags what it receives. */
export type Cardinality = 'none' | 'low' | 'orchestrator' | 'high';

export interface AggregationOptions {
  /** Milliseconds from one flush to the next: 2000. */
  flushInterval?: number;
  /** Most contexts of one interval: 5000. Calls of further ones are sent as they come. */
  maxContexts?: number;
}

export interface UdsRetryOptions {
  /** Attempts after the first one: 3. */
  retries?: number;
  /** Milliseconds before the first of them: 100. */
  retryDelayMs?: number;
  /** Most milliseconds before one of them: 1000. */
  maxRetryDelayMs?: number;
  /** By how much the delay grows: 2. */
  backoffFactor?: number;
}

/** The options of `StatsD`, which hot-shots calls `ClientOptions`. All are optional. */
export interface StatsDOptions {
  /** `fast`: calls are aggregated and packed in the background (`udp`, `uds`); `BASENJI_PROFILE` says it for all. As hot-shots otherwise. */
  profile?: 'fast';
  /** Where to send: `DD_AGENT_HOST`, else this host. */
  host?: string;
  /** `DD_DOGSTATSD_PORT`, else 8125. */
  port?: number;
  /** `udp`. */
  protocol?: 'tcp' | 'udp' | 'uds' | 'stream';
  /** The path of the socket with `uds`: `/var/run/datadog/dsd.socket`. */
  path?: string;
  /** What `stream` writes to. */
  stream?: stream.Writable;
  /** What stands before each name; a dot is added. */
  prefix?: string;
  /** What stands behind each name; a dot is added. */
  suffix?: string;
  /** Tags of every message. */
  globalTags?: Tags;
  /** Whether `DD_TAGS`, `DD_ENV`, `DD_SERVICE`, `DD_VERSION` and `DD_ENTITY_ID` are tags too: yes. */
  includeDataDogTags?: boolean;
  /** `#`. */
  tagPrefix?: string;
  /** `,`. */
  tagSeparator?: string;
  /** Part of the calls that are sent, above 0 and up to 1: 1. */
  sampleRate?: number;
  /** Bytes of a datagram of several lines; 0 sends each at once: 0, with `uds` 8192, which is its most. */
  maxBufferSize?: number;
  /** Most milliseconds that a line waits in the buffer: 1000. */
  bufferFlushInterval?: number;
  /** Counts, gauges and sets are sent once an interval: no. */
  aggregation?: boolean | AggregationOptions;
  /** Lines as Telegraf reads them: no. */
  telegraf?: boolean;
  /** Nothing is sent; lines are in `mockBuffer`: no. */
  mock?: boolean;
  /** Sets `global.statsd`: no. */
  globalize?: boolean;
  /** A name is looked up once in `cacheDnsTtl`: no, for each datagram. */
  cacheDns?: boolean;
  /** Milliseconds: 60000. */
  cacheDnsTtl?: number;
  /** Sends to the gateway of the default route (Linux): no. */
  useDefaultRoute?: boolean;
  /** Gets the errors that belong to no callback; without it they go to the console. */
  errorHandler?: (err: Error) => void;
  /** Milliseconds between two looks at what is on its way when closing: 50. */
  closingFlushInterval?: number;
  udpSocketOptions?: dgram.SocketOptions;
  udsRetryOptions?: UdsRetryOptions;
  /** Whether a connection that is gone is made again: yes. */
  tcpGracefulErrorHandling?: boolean;
  /** Least milliseconds from one connection to the next: 1000. */
  tcpGracefulRestartRateLimit?: number;
  /** Whether a socket that is gone is opened again: yes. */
  udsGracefulErrorHandling?: boolean;
  /** Least milliseconds from one socket to the next: 1000. */
  udsGracefulRestartRateLimit?: number;
  /** Origin, external data, cardinality and telemetry: where a `DD_*` variable tells of an Agent. */
  datadog?: boolean;
  /** Whether messages tell their container, in Datadog mode: yes. */
  originDetection?: boolean;
  /** The container, instead of looking for it. */
  containerID?: string;
  /** The cardinality of calls that name none, in Datadog mode. */
  cardinality?: Cardinality;
  /** The client's own counters: in Datadog mode. */
  includeDatadogTelemetry?: boolean;
  /** Milliseconds: 10000. */
  telemetryFlushInterval?: number;
  bufferHolder?: { buffer: string };
  isChild?: boolean;
  socket?: dgram.Socket;
}

export interface ChildClientOptions {
  /** Added to the parent's; a key of the parent's is replaced. */
  globalTags?: Tags;
  /** Stands before the parent's. */
  prefix?: string;
  /** Stands behind the parent's. */
  suffix?: string;
  errorHandler?: (err: Error) => void;
  cardinality?: Cardinality;
}

export interface CheckOptions {
  date_happened?: Date;
  hostname?: string;
  message?: string;
  cardinality?: Cardinality;
}

export interface DatadogChecks {
  OK: 0;
  WARNING: 1;
  CRITICAL: 2;
  UNKNOWN: 3;
}

export type DatadogChecksValues = DatadogChecks[keyof DatadogChecks];

export interface EventOptions {
  aggregation_key?: string;
  alert_type?: 'info' | 'warning' | 'success' | 'error';
  date_happened?: Date;
  hostname?: string;
  priority?: 'low' | 'normal';
  source_type_name?: string;
  cardinality?: Cardinality;
}

export interface MetricOptions {
  sampleRate?: number;
  tags?: Tags;
  /** A Date, or seconds since 1970. */
  timestamp?: Date | number;
  cardinality?: Cardinality;
}

/** The last argument of a function that is timed. */
export interface TimerContext {
  /** Adds tags to the timing; may be called several times. */
  addTags(tags: Tags): void;
}

/** Unbuffered: when the message was sent, or with why it was not. Buffered, sampled out, aggregated: at once, without arguments. */
export type StatsCb = (error?: Error, bytes?: number) => void;

type Names = string | string[];
type Timed<P extends any[], R> = (...args: [...P, TimerContext]) => R;

/** A client with the names, defaults and bytes of hot-shots 17. No method throws for a fault of the network. */
export class StatsD {
  constructor(options?: StatsDOptions);
  /** A client that shares this one's socket and buffer. */
  childClient(options?: ChildClientOptions): StatsD;

  /** Adds to a count, 1 where the value is left out. */
  increment(stat: string, tags?: Tags): void;
  increment(stat: Names, value: number, sampleRate?: number, tags?: Tags, callback?: StatsCb): void;
  increment(stat: Names, value: number, tags?: Tags, callback?: StatsCb): void;
  increment(stat: Names, value: number, callback?: StatsCb): void;
  increment(stat: Names, value: number, sampleRate?: number, callback?: StatsCb): void;
  increment(stat: Names, value: number, options?: MetricOptions, callback?: StatsCb): void;
  /** Takes from a count, 1 where the value is left out. */
  decrement(stat: string, tags?: Tags): void;
  decrement(stat: Names, value: number, sampleRate?: number, tags?: Tags, callback?: StatsCb): void;
  decrement(stat: Names, value: number, tags?: Tags, callback?: StatsCb): void;
  decrement(stat: Names, value: number, callback?: StatsCb): void;
  decrement(stat: Names, value: number, sampleRate?: number, callback?: StatsCb): void;
  decrement(stat: Names, value: number, options?: MetricOptions, callback?: StatsCb): void;
  /** Milliseconds, or those since a Date. */
  timing(stat: Names, value: number | Date, sampleRate?: number, tags?: Tags, callback?: StatsCb): void;
  timing(stat: Names, value: number | Date, tags?: Tags, callback?: StatsCb): void;
  timing(stat: Names, value: number | Date, callback?: StatsCb): void;
  timing(stat: Names, value: number | Date, sampleRate?: number, callback?: StatsCb): void;
  timing(stat: Names, value: number | Date, options?: MetricOptions, callback?: StatsCb): void;
  /** A sample, of which the server makes statistics. */
  histogram(stat: Names, value: number, sampleRate?: number, tags?: Tags, callback?: StatsCb): void;
  histogram(stat: Names, value: number, tags?: Tags, callback?: StatsCb): void;
  histogram(stat: Names, value: number, callback?: StatsCb): void;
  histogram(stat: Names, value: number, sampleRate?: number, callback?: StatsCb): void;
  histogram(stat: Names, value: number, options?: MetricOptions, callback?: StatsCb): void;
  /** A sample, of which Datadog makes statistics across hosts. */
  distribution(stat: Names, value: number, sampleRate?: number, tags?: Tags, callback?: StatsCb): void;
  distribution(stat: Names, value: number, tags?: Tags, callback?: StatsCb): void;
  distribution(stat: Names, value: number, callback?: StatsCb): void;
  distribution(stat: Names, value: number, sampleRate?: number, callback?: StatsCb): void;
  distribution(stat: Names, value: number, options?: MetricOptions, callback?: StatsCb): void;
  /** Sets a gauge. */
  gauge(stat: Names, value: number, sampleRate?: number, tags?: Tags, callback?: StatsCb): void;
  gauge(stat: Names, value: number, tags?: Tags, callback?: StatsCb): void;
  gauge(stat: Names, value: number, callback?: StatsCb): void;
  gauge(stat: Names, value: number, sampleRate?: number, callback?: StatsCb): void;
  gauge(stat: Names, value: number, options?: MetricOptions, callback?: StatsCb): void;
  /** Changes a gauge by a value. */
  gaugeDelta(stat: Names, value: number, sampleRate?: number, tags?: Tags, callback?: StatsCb): void;
  gaugeDelta(stat: Names, value: number, tags?: Tags, callback?: StatsCb): void;
  gaugeDelta(stat: Names, value: number, callback?: StatsCb): void;
  gaugeDelta(stat: Names, value: number, sampleRate?: number, callback?: StatsCb): void;
  gaugeDelta(stat: Names, value: number, options?: MetricOptions, callback?: StatsCb): void;
  /** A member of a set, of which the server counts the different ones. */
  set(stat: Names, value: number | string, sampleRate?: number, tags?: Tags, callback?: StatsCb): void;
  set(stat: Names, value: number | string, tags?: Tags, callback?: StatsCb): void;
  set(stat: Names, value: number | string, callback?: StatsCb): void;
  set(stat: Names, value: number | string, sampleRate?: number, callback?: StatsCb): void;
  set(stat: Names, value: number | string, options?: MetricOptions, callback?: StatsCb): void;
  /** As `set`. */
  unique(stat: Names, value: number | string, sampleRate?: number, tags?: Tags, callback?: StatsCb): void;
  unique(stat: Names, value: number | string, tags?: Tags, callback?: StatsCb): void;
  unique(stat: Names, value: number | string, callback?: StatsCb): void;
  unique(stat: Names, value: number | string, sampleRate?: number, callback?: StatsCb): void;
  unique(stat: Names, value: number | string, options?: MetricOptions, callback?: StatsCb): void;

  /** A function that does what `func` does and records how long it took, in milliseconds. */
  timer<P extends any[], R>(func: Timed<P, R>, stat: Names, sampleRate?: number, tags?: Tags, callback?: StatsCb): (...args: P) => R;
  timer<P extends any[], R>(func: Timed<P, R>, stat: Names, tags?: Tags, callback?: StatsCb): (...args: P) => R;
  timer<P extends any[], R>(func: Timed<P, R>, stat: Names, callback?: StatsCb): (...args: P) => R;
  timer<P extends any[], R>(func: Timed<P, R>, stat: Names, sampleRate?: number, callback?: StatsCb): (...args: P) => R;
  timer<P extends any[], R>(func: Timed<P, R>, stat: Names, options?: MetricOptions, callback?: StatsCb): (...args: P) => R;
  /** The same for a function that gives a promise. */
  asyncTimer<P extends any[], R>(func: Timed<P, Promise<R>>, stat: Names, sampleRate?: number, tags?: Tags, callback?: StatsCb): (...args: P) => Promise<R>;
  asyncTimer<P extends any[], R>(func: Timed<P, Promise<R>>, stat: Names, tags?: Tags, callback?: StatsCb): (...args: P) => Promise<R>;
  asyncTimer<P extends any[], R>(func: Timed<P, Promise<R>>, stat: Names, callback?: StatsCb): (...args: P) => Promise<R>;
  asyncTimer<P extends any[], R>(func: Timed<P, Promise<R>>, stat: Names, sampleRate?: number, callback?: StatsCb): (...args: P) => Promise<R>;
  asyncTimer<P extends any[], R>(func: Timed<P, Promise<R>>, stat: Names, options?: MetricOptions, callback?: StatsCb): (...args: P) => Promise<R>;
  /** As `asyncTimer`, as a distribution. */
  asyncDistTimer<P extends any[], R>(func: Timed<P, Promise<R>>, stat: Names, sampleRate?: number, tags?: Tags, callback?: StatsCb): (...args: P) => Promise<R>;
  asyncDistTimer<P extends any[], R>(func: Timed<P, Promise<R>>, stat: Names, tags?: Tags, callback?: StatsCb): (...args: P) => Promise<R>;
  asyncDistTimer<P extends any[], R>(func: Timed<P, Promise<R>>, stat: Names, callback?: StatsCb): (...args: P) => Promise<R>;
  asyncDistTimer<P extends any[], R>(func: Timed<P, Promise<R>>, stat: Names, sampleRate?: number, callback?: StatsCb): (...args: P) => Promise<R>;
  asyncDistTimer<P extends any[], R>(func: Timed<P, Promise<R>>, stat: Names, options?: MetricOptions, callback?: StatsCb): (...args: P) => Promise<R>;

  event(title: string, text?: string, options?: EventOptions, tags?: Tags, callback?: StatsCb): void;
  event(title: string, text?: string, options?: EventOptions, callback?: StatsCb): void;
  check(name: string, status: DatadogChecksValues, options?: CheckOptions, tags?: Tags, callback?: StatsCb): void;

  /** Sends what is buffered or aggregated. */
  flush(): Promise<void>;
  flush(callback?: StatsCb): void;
  /** Sends what waits and closes the socket; later calls fail. */
  close(): Promise<void>;
  close(callback?: (error?: Error) => void): void;
  /** `await using`: closes. */
  [Symbol.asyncDispose](): Promise<void>;

  /** What the fast profile has counted; undefined without it. */
  readonly stats?: ClientStats;
  CHECKS: DatadogChecks;
  /** The lines of a client with `mock`. */
  mockBuffer?: string[];
  socket: dgram.Socket;
}

declare const StatsDClient: new (options?: StatsDOptions) => StatsD;
export default StatsDClient;
