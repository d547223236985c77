/** All are optional. */
export interface OwnClientOptions {
  /** `udp://host:port`, `unixgram:///path` or `unixstream:///path`: what `DD_DOGSTATSD_URL` or `DD_AGENT_HOST` say, else localhost:8125. */
  url?: string;
  /** What stands before each name; a dot is added. */
  prefix?: string;
  /** Tags of every message. */
  tags?: string[];
  /** Milliseconds for which calls gather: 2000. */
  flushInterval?: number;
  /** Whether the client's own counters are sent: yes. */
  telemetry?: boolean;
  /** Milliseconds from one report of them to the next: 10000. */
  telemetryInterval?: number;
}

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
 * The constructor throws an error with the code `BASENJI_INVALID_ADDRESS` or `BASENJI_INVALID_ARGUMENT`.
 */
export class Client {
  constructor(options?: OwnClientOptions);
  /** Adds to a count: 1. */
  increment(name: string, value?: number, tags?: string[]): void;
  /** Takes from a count: 1. */
  decrement(name: string, value?: number, tags?: string[]): void;
  gauge(name: string, value: number, tags?: string[]): void;
  histogram(name: string, value: number, tags?: string[]): void;
  distribution(name: string, value: number, tags?: string[]): void;
  /** Milliseconds. */
  timing(name: string, millis: number, tags?: string[]): void;
  set(name: string, member: string | number, tags?: string[]): void;
  counter(name: string, tags?: string[]): CounterHandle;
  gaugeHandle(name: string, tags?: string[]): GaugeHandle;
  histogramHandle(name: string, tags?: string[]): SampleHandle;
  distributionHandle(name: string, tags?: string[]): SampleHandle;
  timingHandle(name: string, tags?: string[]): SampleHandle;
  /** Sends what was called before; whether all of it is with the system. */
  flush(): Promise<boolean>;
  /** Sends what was called before and ends the client; later calls are lost. */
  close(): Promise<boolean>;
  /** `await using`: closes. */
  [Symbol.asyncDispose](): Promise<void>;
}
