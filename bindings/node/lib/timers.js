'use strict';

// Functions that are timed, in milliseconds. The function gets one more argument, through which it can add tags.

const { named } = require('./call');
const { format } = require('./tags');

function context() {
  const added = [];
  return {
    addTags(tags) {
      if (Array.isArray(tags)) added.push(...tags);
      else if (tags && typeof tags === 'object') added.push(...Object.keys(tags).map((key) => `${key}:${tags[key]}`));
    },
    getTags: () => added,
  };
}

function stopwatch() {
  const start = process.hrtime.bigint();
  return () => Number(process.hrtime.bigint() - start) / 1e6;
}

/** Records what was measured, with the tags that the function has added. */
function record(client, method, stat, elapsed, given, added) {
  if (added.length === 0) return client[method](stat, elapsed, ...given);
  const { tags, callback, ...rest } = named(...given);
  client[method](stat, elapsed, { ...rest, tags: tags ? format(tags, client.telegraf).concat(added) : added }, callback);
}

const asynchronous = (method) =>
  function (func, stat, sampleRate, tags, callback) {
    const given = [sampleRate, tags, callback];
    return (...values) => {
      const ctx = context();
      const elapsed = stopwatch();
      const promise = func(...values, ctx);
      const done = () => record(this, method, stat, elapsed(), given, ctx.getTags());
      promise.then(done, done);
      return promise;
    };
  };

module.exports = {
  timer(func, stat, sampleRate, tags, callback) {
    const given = [sampleRate, tags, callback];
    return (...values) => {
      const ctx = context();
      const elapsed = stopwatch();
      try {
        return func(...values, ctx);
      } finally {
        record(this, 'timing', stat, elapsed(), given, ctx.getTags());
      }
    };
  },
  asyncTimer: asynchronous('timing'),
  asyncDistTimer: asynchronous('distribution'),
};
