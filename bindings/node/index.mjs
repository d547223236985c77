import basenji from './index.js';

export const { Aggregator, Client, ParseError, Server, Sketch, StatsD, parse, version } = basenji;
export default basenji;
