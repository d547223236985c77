'use strict';

// Objects of the fields that native code hands over one after the other, in the order of src/parse.rs.

const tags = (text) => (text === null ? [] : text.split(','));

/** How the fields from `at` on make an object, and how many there are, by kind. */
const KINDS = {
  metric: [
    10,
    (fields, at) => {
      const values = fields[at + 3];
      return {
        kind: 'metric',
        name: fields[at + 1],
        type: fields[at + 2],
        values: Array.isArray(values) ? values : [values],
        sampleRate: fields[at + 4],
        tags: tags(fields[at + 5]),
        timestamp: fields[at + 6],
        containerId: fields[at + 7],
        externalData: fields[at + 8],
        cardinality: fields[at + 9],
      };
    },
  ],
  event: [
    13,
    (fields, at) => ({
      kind: 'event',
      title: fields[at + 1],
      text: fields[at + 2],
      timestamp: fields[at + 3],
      host: fields[at + 4],
      aggregationKey: fields[at + 5],
      priority: fields[at + 6],
      sourceType: fields[at + 7],
      alertType: fields[at + 8],
      tags: tags(fields[at + 9]),
      containerId: fields[at + 10],
      externalData: fields[at + 11],
      cardinality: fields[at + 12],
    }),
  ],
  serviceCheck: [
    10,
    (fields, at) => ({
      kind: 'serviceCheck',
      name: fields[at + 1],
      status: fields[at + 2],
      timestamp: fields[at + 3],
      host: fields[at + 4],
      message: fields[at + 5],
      tags: tags(fields[at + 6]),
      containerId: fields[at + 7],
      externalData: fields[at + 8],
      cardinality: fields[at + 9],
    }),
  ],
  error: [
    6,
    (fields, at) => ({
      kind: 'error',
      code: fields[at + 1],
      reason: fields[at + 2],
      message: fields[at + 3],
      offset: fields[at + 4],
      line: fields[at + 5],
    }),
  ],
};

/** The messages of these fields, and errors among them. */
function messages(fields) {
  const objects = [];
  for (let at = 0; at < fields.length; ) {
    const [length, make] = KINDS[fields[at]];
    objects.push(make(fields, at));
    at += length;
  }
  return objects;
}

module.exports = { messages };
