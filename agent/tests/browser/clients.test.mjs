// What real clients send, as the page shows it: ours where they are built, and those that others use.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { browser } from './daemon.mjs';

const { ROOT, PEER_PYTHON, TARGET } = process.env;
const require = createRequire(import.meta.url);
const run = promisify(execFile);

/** Sends from a Node program of its own, whose end is the client's. */
const node = (module) => (port) => run(process.execPath, ['-e', `
  const StatsD = require(${JSON.stringify(module)});
  const client = new StatsD({ host: '127.0.0.1', port: ${port}, globalTags: ['env:test'] });
  const tags = ['route:/a', 'vip'];
  client.increment('real.count', 3, tags);
  client.gauge('real.gauge', 7.5, tags);
  client.set('real.set', 'ada', tags);
  client.histogram('real.histogram', 5, tags);
  client.distribution('real.distribution', 20, tags);
  client.timing('real.timing', 320, tags);
  client.event('Deployed', 'of node', { alert_type: 'warning' }, tags);
  client.check('real.check', client.CHECKS.CRITICAL, { message: 'no answer' }, tags);
  client.close();
`]);

const python = (interpreter, module) => (port) => run(interpreter, ['-c', `
from ${module} import DogStatsd
client = DogStatsd(host="127.0.0.1", port=${port}, constant_tags=["env:test"])
tags = ["route:/a", "vip"]
client.increment("real.count", 3, tags=tags)
client.gauge("real.gauge", 7.5, tags=tags)
client.set("real.set", "ada", tags=tags)
client.histogram("real.histogram", 5, tags=tags)
client.distribution("real.distribution", 20, tags=tags)
client.timing("real.timing", 320, tags=tags)
client.event("Deployed", "of python", alert_type="warning", tags=tags)
client.service_check("real.check", DogStatsd.CRITICAL, message="no answer", tags=tags)
client.flush()
`]);

/** A reason to skip, if a program cannot load what it is for. */
async function missing(program, parameters, why) {
  return run(program, parameters).then(() => false, () => why);
}

const ours = { node: `${ROOT}/bindings/node`, python: `${TARGET}/venv/python/bin/python` };
const clients = [
  ['hot-shots', node(require.resolve('hot-shots')), false],
  ['datadogpy', python(PEER_PYTHON, 'datadog.dogstatsd'), !existsSync(PEER_PYTHON ?? '') && 'datadogpy could not be installed'],
  ['ours for Node', node(ours.node), await missing(process.execPath, ['-e', `require(${JSON.stringify(ours.node)})`], 'the Node package is not built: cargo xtask node')],
  ['ours for Python', python(ours.python, 'basenji'), await missing(ours.python, ['-c', 'import basenji'], 'the Python package is not built: cargo xtask python')],
];

let chrome;
before(async () => { chrome = await browser(); });
after(() => chrome.close());

for (const [name, send, skip] of clients) {
  test(`what ${name} sends has its kind, tags and value on the page`, { skip }, async () => {
    await chrome.looking({ interval: '3600', more: ['--no-telemetry'] }, async (daemon, page) => {
      await page.getByText('Nothing has come yet').waitFor();
      await send(daemon.udp);
      const expected = { count: ['3'], gauge: ['7.5'], set: ['1'], histogram: ['1', '5', '5', '5', '5'], distribution: ['1', '20', '20', '20', '20'], timing: ['1', '320', '320', '320', '320'] };
      for (const [kind, values] of Object.entries(expected)) {
        await page.locator('#metrics .name', { hasText: `real.${kind}` }).click();
        await page.locator('#view h2', { hasText: `real.${kind}` }).waitFor();
        const row = page.locator('#view .scroll').first().locator('tbody tr');
        await row.first().waitFor();
        assert.equal(await page.locator('#view .kind').textContent(), kind);
        assert.equal(await row.count(), 1);
        // Beside what was given there may be where it came from.
        const tags = (await row.locator('.tag').allTextContents()).filter((tag) => !/^(c|e|card):/.test(tag));
        assert.deepEqual(tags, ['env:test', 'route:/a', 'vip'], kind);
        // A quantile is one within a hundredth.
        const shown = (await row.locator('td.num').allTextContents()).map((text) => String(Math.abs(Number(text) / Number(values.at(-1)) - 1) < 0.02 ? values.at(-1) : text));
        assert.deepEqual(shown, values, kind);
      }
      await page.locator('#tabs button', { hasText: 'Events' }).click();
      await page.locator('.strip span.critical').waitFor();
      assert.match(await page.locator('tr', { hasText: 'Deployed' }).textContent(), /warning.*of (node|python).*route:\/a/);
      assert.match(await page.locator('tr', { hasText: 'no answer' }).textContent(), /critical.*real\.check.*route:\/a/);
      // Nothing of it was malformed.
      assert.match(await page.locator('#health').textContent(), /series0bad lines/);
    });
  });
}
