import basenji from './index.js';

export const { StatsD, version } = basenji;
export default basenji;
