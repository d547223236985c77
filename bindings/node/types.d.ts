/** The version of the package. */
export const version: string;

export * from './types/server.js';
export * from './types/statsd.js';
export { default } from './types/statsd.js';
export * from './types/client.js';
