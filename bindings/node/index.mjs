import basenji from './index.js';

export const { Aggregator, ParseError, Server, Sketch, StatsD, parse, version } = basenji;
export default basenji;
