import testing from './testing.js';

export const { dogstatsd } = testing;
