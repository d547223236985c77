'use strict';

// What `console.log` and a debugger's console print of our objects: their class and the fields that matter.

const { inspect } = require('util');

/** Makes objects of a class print what `fields` gives. */
function showAs(Class, fields) {
  Object.defineProperty(Class.prototype, inspect.custom, {
    value(depth, options) {
      return depth < 0 ? `[${Class.name}]` : `${Class.name} ${inspect(fields(this), { ...options, depth })}`;
    },
  });
}

module.exports = { showAs };
