import { Cardinality } from '../types.js';

/** All are optional; one that is not among them is refused. */
export interface ClientOptions {
  /** Where to send: udp://host:port, unix:///path, unixgram:///path or unixstream:///path. Without it: DD_DOGSTATSD_URL, DD_DOGSTATSD_SOCKET, DD_AGENT_HOST, DD_DOGSTATSD_PORT. Default: udp://localhost:8125. */
  address?: string;
  /** fast: calls are aggregated, packed and sent in the background; plain: a datagram a call, from the calling thread. Default: fast. */
  profile?: 'fast' | 'plain';
  /** What stands before each name, joined by a dot unless it ends in one. Default: none. */
  prefix?: string;
  /** What stands behind each name, joined by a dot unless it begins with one. Default: none. */
  suffix?: string;
  /** Tags of every message; they take the place of the environment's with the same key. Without it: DD_TAGS, DATADOG_TAGS, DD_ENV, DD_SERVICE, DD_VERSION, DD_ENTITY_ID. Default: none. */
  tags?: string[];
  /** The cardinality of calls that name none. Without it: DD_CARDINALITY, DATADOG_CARDINALITY. Default: not told. */
  cardinality?: 'none' | 'low' | 'orchestrator' | 'high';
  /** Whether variables of the environment count. Default: true. */
  environment?: boolean;
  /** Whether messages tell the container that they come from. Without it: DD_ORIGIN_DETECTION_ENABLED. Default: true. */
  originDetection?: boolean;
  /** The text of the `c:` field, instead of looking for the container. Default: what is found. */
  containerId?: string;
  /** The directory that holds `proc` and `sys`, where the container is looked for. Default: /. */
  root?: string;
  /** How lines are written; one of another library's with the profile fast is made safe. Default: basenji. */
  dialect?: 'basenji' | 'datadogpy' | 'hot-shots' | 'hot-shots-telegraf' | 'datadog-go';
  /** Which calls the profile fast aggregates: off none, basic counts, gauges and sets, extended all. Default: extended. */
  aggregation?: 'off' | 'basic' | 'extended';
  /** How long calls gather with the profile fast. Default: 2000 ms. */
  flushInterval?: number;
  /** Whether a thread sends the datagrams; without it one that the system does not take at once is dropped. Default: true with the profile fast. */
  background?: boolean;
  /** Most bytes of a datagram of several lines. Default: 1432 over UDP, 8192 elsewhere. */
  maxPayload?: number;
  /** Part of the calls that are sent where a call names no rate; aggregated counts, gauges and sets are exact all the same. Default: 1. */
  sampleRate?: number;
  /** Whether the client's own counters are sent. Default: true. */
  telemetry?: boolean;
  /** How long it is from one report of them to the next. Default: 10000 ms. */
  telemetryInterval?: number;
  /** Most contexts that one thread aggregates in an interval; calls beyond are sent one by one. Default: 10000. */
  contexts?: number;
  /** Most bytes of their names and tags. Default: 2097152 bytes. */
  contextBytes?: number;
  /** Most samples and set members that one thread gathers in an interval, of eight bytes each. Default: 1048576. */
  cells?: number;
  /** Most bytes that wait to be sent. Default: 1048576 bytes. */
  queueBytes?: number;
  /** Which datagrams are dropped when more wait. Default: oldest. */
  overflow?: 'oldest' | 'newest';
  /** How long a datagram may wait, in the queue and at a socket that is full or gone. Default: 10000 ms. */
  expiry?: number;
  /** How long a full socket is waited for before a datagram is dropped. Default: 1000 ms. */
  patience?: number;
  /** Most reports of lost datagrams and lost connections that are kept until they are asked for; of more the oldest are dropped. Default: 0. */
  troubles?: number;
  /** Bytes that the kernel holds for the socket, at least (SO_SNDBUF). Default: 32768 bytes. */
  sendBuffer?: number;
  /** How long a connection that was lost for the first time is left alone. Default: 10 ms. */
  retryFirst?: number;
  /** How long it is left alone at most, when it is lost again and again. Default: 1000 ms. */
  retryMost?: number;
  /** How long it is from one look-up of the host's name to the next. Default: 60000 ms. */
  lookupInterval?: number;
  /** Longest datagram over a stream or a pipe. Default: 8192 bytes. */
  longestFrame?: number;
  /** Whether datagrams of one length leave by UDP segmentation where the system has it. Default: true. */
  segmentation?: boolean;
  /** Each datagram is handed to it, in order, instead of being sent to an address. What it throws is dropped. */
  transport?: (datagram: Buffer) => void;
}

/** What a call may have beside name, value and tags. */
export interface CallOptions {
  /** Part of calls like this one that are sent, above 0 and up to 1. */
  sampleRate?: number;
  /** A Date, or seconds since 1970. */
  timestamp?: Date | number;
  cardinality?: Cardinality;
}

/** All are optional. */
export interface ClientEventOptions {
  tags?: string[];
  /** A Date, or seconds since 1970. */
  timestamp?: Date | number;
  host?: string;
  /** Events of one key are shown as one. */
  aggregationKey?: string;
  priority?: 'normal' | 'low';
  sourceType?: string;
  alertType?: 'info' | 'error' | 'warning' | 'success';
  cardinality?: Cardinality;
}

/** All are optional. */
export interface ServiceCheckOptions {
  tags?: string[];
  /** A Date, or seconds since 1970. */
  timestamp?: Date | number;
  host?: string;
  message?: string;
  cardinality?: Cardinality;
}

/** What a client has done. A call counts at the latest when it is flushed; one after the end is refused. */
export interface ClientStats {
  metrics: number;
  events: number;
  serviceChecks: number;
  /** Calls that were not taken: what no server could read, what came after the end. */
  refused: number;
  packetsSent: number;
  bytesSent: number;
  packetsDropped: number;
  bytesDropped: number;
}

/** What `flush` and `close` call beside the promise: there is never an error; `isDone` says whether nothing was left. */
export type EndCallback = (error: undefined, isDone: boolean) => void;

/** A count whose name and tags were looked up once. */
export interface CounterHandle {
  /** Adds 1. */
  inc(): void;
  /** Takes 1. */
  dec(): void;
  add(value: number): void;
}

export interface GaugeHandle {
  set(value: number): void;
}

export interface SampleHandle {
  record(value: number): void;
}

/**
 * A client that aggregates, packs and sends in the background, at the end of the process too. Nothing throws for a fault of the network.
 * The constructor throws an error with the code `BASENJI_INVALID_ADDRESS`, `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE` or `ERR_OUT_OF_RANGE`.
 */
export class Client {
  constructor(options?: ClientOptions);
  /** Adds to a count: 1. */
  increment(name: string, value?: number, tags?: string[], options?: CallOptions): void;
  /** Takes from a count: 1. */
  decrement(name: string, value?: number, tags?: string[], options?: CallOptions): void;
  gauge(name: string, value: number, tags?: string[], options?: CallOptions): void;
  histogram(name: string, value: number, tags?: string[], options?: CallOptions): void;
  distribution(name: string, value: number, tags?: string[], options?: CallOptions): void;
  /** Milliseconds. */
  timing(name: string, millis: number, tags?: string[], options?: CallOptions): void;
  set(name: string, member: string | number, tags?: string[], options?: CallOptions): void;
  event(title: string, text?: string, options?: ClientEventOptions): void;
  /** 0 is ok, 1 warning, 2 critical, 3 unknown. */
  serviceCheck(name: string, status: 0 | 1 | 2 | 3, options?: ServiceCheckOptions): void;
  counter(name: string, tags?: string[]): CounterHandle;
  gaugeHandle(name: string, tags?: string[]): GaugeHandle;
  histogramHandle(name: string, tags?: string[]): SampleHandle;
  distributionHandle(name: string, tags?: string[]): SampleHandle;
  timingHandle(name: string, tags?: string[]): SampleHandle;
  readonly stats: ClientStats;
  /** What was lost and why since the last time, as sentences: the last of them, as many as the option `troubles` says. */
  troubles(): string[];
  /** Sends what was called before; whether all of it is with the system within `timeout` milliseconds: 1000. */
  flush(timeout?: number, callback?: EndCallback): Promise<boolean>;
  flush(callback: EndCallback): Promise<boolean>;
  /** Sends what was called before, for at most `timeout` milliseconds, 1000, and ends the client; whether nothing was left. Later calls are refused and counted. */
  close(timeout?: number, callback?: EndCallback): Promise<boolean>;
  close(callback: EndCallback): Promise<boolean>;
  /** `await using`: closes. */
  [Symbol.asyncDispose](): Promise<void>;
}
