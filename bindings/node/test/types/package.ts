import { version } from 'basenji';

version.toUpperCase();
// @ts-expect-error: it is text
version.toFixed();
