/// <reference types="node" />
import type { Event, Message, Metric, ParseError, Server, ServerOptions, ServiceCheck } from './server.js';

export interface SentOptions {
  /** Tags that it has, among others. */
  tags?: string[];
  type?: Metric['type'];
  /** Milliseconds; 2000. */
  timeout?: number;
}

/** A server for tests, which keeps each message as it was sent (the last 100,000). It does not keep the process alive. */
export interface DogStatsD {
  readonly server: Server;
  /** The UDP port. */
  readonly port: number;
  /** What has come so far, in order. */
  readonly messages: Message[];
  /** The lines that were none. */
  readonly errors: ParseError[];
  /** Forgets what has come. */
  clear(): void;
  /**
   * Waits until the metric was sent: with this value, which is the sum of a counter, the last one of a gauge, one sample of a
   * histogram, timing or distribution, one member of a set.
   *
   * @throws {AssertionError} whose message shows what was received
   */
  assertSent(name: string, options?: SentOptions): Promise<void>;
  assertSent(name: string, value: number | string | undefined, options?: SentOptions): Promise<void>;
  /** Takes what has arrived, and fails if the metric is there. */
  assertNotSent(name: string, options?: Pick<SentOptions, 'tags' | 'type'>): Promise<void>;
  assertEvent(title: string, options?: Partial<Omit<Event, 'kind' | 'title'>> & { timeout?: number }): Promise<void>;
  assertServiceCheck(
    name: string,
    status?: ServiceCheck['status'],
    options?: Partial<Omit<ServiceCheck, 'kind' | 'name' | 'status'>> & { timeout?: number },
  ): Promise<void>;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts a server for tests, on any free UDP port unless the options say otherwise. */
export function dogstatsd(options?: Omit<ServerOptions, 'messages'>): DogStatsD;
