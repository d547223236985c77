'use strict';

// Objects of what native code hands over: numbers, and a text of which they name slices. src/encode.rs says what stands where.

const TYPES = ['c', 'g', 'ms', 'h', 'd', 's'];

/** What a message has beside what all of its kind have. */
const RATE = 1;
const TAGS = 2;
const TIMESTAMP = 4;
const LOCAL_DATA = 8;
const EXTERNAL_DATA = 16;
const CARDINALITY = 32;
const HOST = 64;
const AGGREGATION_KEY = 128;
const SOURCE_TYPE = 256;
const MESSAGE = 512;
const MEMBER = 1024;

/** Where the fields of messages other than metrics are read: one after the other. */
let numbers;
let text;
let at;

function slice() {
  at += 2;
  return text.slice(numbers[at - 2], numbers[at - 1]);
}

const maybe = (flags, flag) => ((flags & flag) !== 0 ? slice() : null);

/** What all kinds have behind their own fields. */
function common(flags) {
  const tags = [];
  if ((flags & TAGS) !== 0) for (const end = numbers[at++] + at; at < end; ) tags.push(slice());
  return {
    tags,
    timestamp: (flags & TIMESTAMP) !== 0 ? numbers[at++] : null,
    containerId: maybe(flags, LOCAL_DATA),
    externalData: maybe(flags, EXTERNAL_DATA),
    cardinality: maybe(flags, CARDINALITY),
  };
}

/** The kinds of messages but metrics, by their numbers. Each reads its fields in the order in which they were written. */
const OTHERS = {
  1: (flags) => ({
    kind: 'event',
    title: slice(),
    text: slice(),
    priority: slice(),
    alertType: slice(),
    ...common(flags),
    host: maybe(flags, HOST),
    aggregationKey: maybe(flags, AGGREGATION_KEY),
    sourceType: maybe(flags, SOURCE_TYPE),
  }),
  2: (flags) => ({
    kind: 'serviceCheck',
    status: numbers[at++],
    name: slice(),
    ...common(flags),
    host: maybe(flags, HOST),
    message: maybe(flags, MESSAGE),
  }),
  3: () => ({ kind: 'error', code: numbers[at++], offset: numbers[at++], reason: slice(), message: slice(), line: slice() }),
};

function other(all, whole, start) {
  numbers = all;
  text = whole;
  at = start + 2;
  const object = OTHERS[all[start]](all[start + 1]);
  text = '';
  return object;
}

/** As many slices as `size` numbers from `start` on name. A list that is written down takes the room that it needs, one that grows takes 17 places. */
function slices(all, whole, start, size) {
  const first = whole.slice(all[start], all[start + 1]);
  if (size === 2) return [first];
  const second = whole.slice(all[start + 2], all[start + 3]);
  if (size === 4) return [first, second];
  const third = whole.slice(all[start + 4], all[start + 5]);
  const tags = [first, second, third];
  for (let next = 6; next < size; next += 2) tags.push(whole.slice(all[start + next], all[start + next + 1]));
  return tags;
}

/** The messages of `count` numbers, and errors among them. Metrics are read with nothing but local variables, in half of the time. */
function messages(all, count, whole) {
  const objects = [];
  for (let next = 0; next < count; ) {
    if (all[next] !== 0) {
      objects.push(other(all, whole, next));
      next = at;
      continue;
    }
    const flags = all[next + 1];
    const type = TYPES[all[next + 2]];
    const name = whole.slice(all[next + 3], all[next + 4]);
    next += 5;
    let values;
    if ((flags & MEMBER) !== 0) {
      values = [whole.slice(all[next], all[next + 1])];
      next += 2;
    } else {
      const end = next + 1 + all[next];
      values = [all[next + 1]];
      for (next += 2; next < end; next++) values.push(all[next]);
    }
    let sampleRate = 1;
    let timestamp = null;
    let containerId = null;
    let externalData = null;
    let cardinality = null;
    let tags;
    if ((flags & RATE) !== 0) sampleRate = all[next++];
    if ((flags & TAGS) !== 0) {
      const size = all[next];
      tags = slices(all, whole, next + 1, size);
      next += 1 + size;
    } else {
      tags = [];
    }
    if ((flags & ~(MEMBER | TAGS | RATE)) !== 0) {
      if ((flags & TIMESTAMP) !== 0) timestamp = all[next++];
      if ((flags & LOCAL_DATA) !== 0) containerId = whole.slice(all[next++], all[next++]);
      if ((flags & EXTERNAL_DATA) !== 0) externalData = whole.slice(all[next++], all[next++]);
      if ((flags & CARDINALITY) !== 0) cardinality = whole.slice(all[next++], all[next++]);
    }
    objects.push({ kind: 'metric', name, type, values, sampleRate, tags, timestamp, containerId, externalData, cardinality });
  }
  return objects;
}

/** The messages of numbers and text that came in one object. */
const encoded = ({ numbers: all, text: whole }) => messages(all, all.length, whole);

module.exports = { encoded, messages };
