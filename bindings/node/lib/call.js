'use strict';

// What follows a value in a call: `sampleRate, tags, callback`, of which any may be left out, or one object of options and a callback.

const isOptions = (value) =>
  value && typeof value === 'object' && !Array.isArray(value) && ('sampleRate' in value || 'tags' in value || 'timestamp' in value || 'cardinality' in value);

/** The arguments by name. What is no function is no callback. */
function named(sampleRate, tags, callback) {
  let timestamp;
  let cardinality;
  if (isOptions(sampleRate)) {
    callback = tags;
    ({ sampleRate, tags, timestamp, cardinality } = sampleRate);
  }
  if (sampleRate && typeof sampleRate !== 'number') {
    if (tags === undefined || tags === null || typeof tags !== 'object') [callback, tags] = [tags, sampleRate];
    sampleRate = undefined;
  }
  if (tags && typeof tags !== 'object') [callback, tags] = [tags, undefined];
  if (typeof callback !== 'function') callback = undefined;
  return { sampleRate, tags, timestamp, cardinality, callback };
}

module.exports = { named };
