export * from './types.js';
export { default } from './types.js';
