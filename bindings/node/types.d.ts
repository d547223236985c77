/** The version of the package. */
export const version: string;

export * from './types/server.js';
