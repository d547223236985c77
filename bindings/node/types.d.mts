import type { StatsDOptions, StatsD } from './types.js';

export * from './types.js';
// The default of a CommonJS module is all of it to an ES module: this one is said anew.
declare const StatsDClient: new (options?: StatsDOptions) => StatsD;
export default StatsDClient;
