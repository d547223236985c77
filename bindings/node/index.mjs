import basenji from './index.js';

export const { Aggregator, Client, ParseError, Server, Sketch, StateError, StatsD, Uniques, flushOnSignal, parse, version } = basenji;
export default basenji;
