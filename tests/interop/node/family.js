'use strict';

// A scene with a client, its child and its grandchild, on every transport.

const ALL = ['udp', 'udp6', 'uds', 'uds, unbuffered', 'tcp', 'stream', 'mock'];

const RELATIVES = {
  'a client': (client) => client,
  'a child': (client) => client.childClient({ prefix: 'child', globalTags: { gtag: 'child', own: '1' } }),
  'a grandchild': (client) =>
    client.childClient({ prefix: 'child', globalTags: ['gtag:child'] }).childClient({ suffix: 'end', globalTags: { own: '2', gtag: 'grand' } }),
};

/** `play(client, t)` for each of the three. */
function family(name, play, options = { prefix: 'pre', suffix: 'suf', globalTags: ['gtag', 'gtag:123'] }) {
  return Object.entries(RELATIVES).map(([relative, find]) => ({
    name: `${name}, by ${relative}`,
    on: ALL,
    async play(t) {
      const parent = t.open(options);
      const client = find(parent);
      await play(client, t);
      for (const line of client.mockBuffer ?? []) t.note('mocked', line);
    },
  }));
}

module.exports = { ALL, RELATIVES, family };
