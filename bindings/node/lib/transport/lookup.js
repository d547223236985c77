'use strict';

// Looking up names: calls that ask for the same one at the same time share one look-up, which holds one of the four threads that Node has for them.

const dns = require('dns');
const { AsyncResource } = require('async_hooks');

/** Who waits for which look-up. */
const waiting = new Map();

/** `dns.lookup`, of a family if there is one. */
function lookup(host, family, done) {
  const asked = typeof family === 'function' ? [] : [family];
  const call = AsyncResource.bind(asked.length === 0 ? family : done);
  const name = `${asked} ${host}`;
  const others = waiting.get(name);
  if (others !== undefined) {
    others.push(call);
    return;
  }
  const all = [call];
  waiting.set(name, all);
  try {
    dns.lookup(host, ...asked, (...outcome) => {
      waiting.delete(name);
      // Each by itself: one of them may throw.
      for (const one of all) process.nextTick(one, ...outcome);
    });
  } catch (error) {
    waiting.delete(name);
    throw error;
  }
}

module.exports = lookup;
