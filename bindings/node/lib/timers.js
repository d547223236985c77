'use strict';

// Functions that are timed, in milliseconds. The function gets one more argument, through which it can add tags.

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

function joined(tags, added, telegraf) {
  if (added.length === 0) return tags;
  return tags ? format(tags, telegraf).concat(added) : added;
}

const asynchronous = (method) =>
  function (func, stat, sampleRate, tags, callback) {
    return (...values) => {
      const ctx = context();
      const elapsed = stopwatch();
      const promise = func(...values, ctx);
      const record = () => this[method](stat, elapsed(), sampleRate, joined(tags, ctx.getTags(), this.telegraf), callback);
      promise.then(record, record);
      return promise;
    };
  };

module.exports = {
  timer(func, stat, sampleRate, tags, callback) {
    return (...values) => {
      const ctx = context();
      const elapsed = stopwatch();
      try {
        return func(...values, ctx);
      } finally {
        this.timing(stat, elapsed(), sampleRate, joined(tags, ctx.getTags(), this.telegraf), callback);
      }
    };
  },
  asyncTimer: asynchronous('timing'),
  asyncDistTimer: asynchronous('distribution'),
};
