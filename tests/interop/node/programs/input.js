'use strict';

// The vectors of bad input of the Node package: what its drop-in makes of them is the peer's too, but for what stands in the table.

const fs = require('node:fs');
const path = require('node:path');

const FILE = path.join(__dirname, '../../../../bindings/node/test/bad_input.jsonl');
const LONG = 'x'.repeat(20_000);

/** Why a call may differ: the row of the table that covers it. */
function row(call) {
  if (/throw|create\(null\)|Symbol|gaugeDelta|decrement/.test(call)) return 'a value that cannot be text or a number';
  if (/\\n/.test(call)) return 'a newline in a value, prefix, suffix, host or key';
  if (/event/.test(call)) return 'lengths of an event that is not ASCII';
  return undefined;
}

module.exports = fs
  .readFileSync(FILE, 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => {
    const { call, statsd } = JSON.parse(line);
    const covered = row(call);
    return {
      name: call,
      on: ['mock'],
      async play(t) {
        const client = t.open({ datadog: false, errorHandler() {} });
        t.run(() => new Function('c', call)(client));
        await t.sleep(0);
      },
      differs: covered && {
        row: covered,
        ours: (theirs) => ({ ...theirs, mocked: statsd.map((text) => text.replaceAll('<long>', LONG)), events: theirs.events.filter(([what]) => what !== 'threw') }),
      },
    };
  });
