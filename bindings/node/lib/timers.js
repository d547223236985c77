'use strict';

// Functions that are timed, in milliseconds. The function gets one more argument, through which it can add tags.

const { named } = require('./call');
const { format } = require('./tags');

/** What a timed function gets as its last argument; the list is made when somebody adds to it. */
function context() {
  let added;
  return {
    addTags(tags) {
      added ??= [];
      if (Array.isArray(tags)) added.push(...tags);
      else if (tags && typeof tags === 'object') added.push(...Object.keys(tags).map((key) => `${key}:${tags[key]}`));
    },
    getTags: (isAsked = true) => (isAsked ? (added ??= []) : added),
  };
}

const milliseconds = (start) => Number(process.hrtime.bigint() - start) / 1e6;

/** Records what was measured, with the tags that the function has added. */
function record(client, method, stat, elapsed, ctx, sampleRate, tags, callback) {
  const added = ctx.getTags(false);
  if (added === undefined || added.length === 0) {
    client[method](stat, elapsed, sampleRate, tags, callback);
    return;
  }
  const call = named(sampleRate, tags, callback);
  const { callback: done, tags: given, ...rest } = call;
  client[method](stat, elapsed, { ...rest, tags: given ? format(given, client.telegraf).concat(added) : added }, done);
}

const asynchronous = (method) =>
  function (func, stat, sampleRate, tags, callback) {
    return (...values) => {
      const ctx = context();
      const start = process.hrtime.bigint();
      const promise = func(...values, ctx);
      const done = () => record(this, method, stat, milliseconds(start), ctx, sampleRate, tags, callback);
      promise.then(done, done);
      return promise;
    };
  };

module.exports = {
  timer(func, stat, sampleRate, tags, callback) {
    return (...values) => {
      const ctx = context();
      const start = process.hrtime.bigint();
      try {
        return func(...values, ctx);
      } finally {
        record(this, 'timing', stat, milliseconds(start), ctx, sampleRate, tags, callback);
      }
    };
  },
  asyncTimer: asynchronous('timing'),
  asyncDistTimer: asynchronous('distribution'),
};
