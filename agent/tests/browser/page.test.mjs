// The live page as somebody sees it. `cargo xtask page` sets BASENJI and CHROMIUM and runs this.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { browser, shop, start } from './daemon.mjs';

let chrome;
before(async () => { chrome = await browser(); });
after(() => chrome.close());

/** How many pixels of a canvas are not blank. */
const painted = (page, selector) => page.locator(selector).first().evaluate((canvas) => {
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  return data.reduce((sum, byte, place) => sum + (place % 4 === 3 && byte > 0 ? 1 : 0), 0);
});

test('an empty page shows what to paste and comes alive with the first message', async () => {
  await chrome.looking({ interval: '60' }, async (daemon, page) => {
    await page.getByText('Nothing has come yet').waitFor();
    assert.match(await page.locator('#view pre').first().textContent(), /nc -u/);
    await daemon.send('page.views:1|c|#env:dev');
    await page.locator('#view h2', { hasText: 'page.views' }).waitFor();
    await page.getByText('(filling)').waitFor();
  });
});

test('a first message is seen within a second after it was sent', async () => {
  const times = [];
  for (let turn = 0; turn < 5; turn += 1) {
    await chrome.looking({ interval: '60', more: ['--no-telemetry'] }, async (daemon, page) => {
      await page.getByText('Nothing has come yet').waitFor();
      const seen = page.evaluate(() => new Promise((done) => {
        new MutationObserver(() => { if (document.querySelector('#metrics .name')) done(Date.now()); }).observe(document.body, { childList: true, subtree: true });
      }));
      await page.waitForTimeout(turn * 170);
      const sent = Date.now();
      await daemon.send('page.views:1|c|#env:dev');
      times.push(await seen - sent);
    });
  }
  console.log(`a first message was seen after ${times.join(', ')} ms`);
  // Once in a while the machine has other things to do.
  assert.ok(times.sort((one, other) => one - other)[2] < 1000, `${times}`);
});

test('a distribution is bands and a heat map, and a tag tells which part is slow', async () => {
  await chrome.looking({ hash: '#name=http.latency&kind=distribution', more: ['--no-telemetry'] }, async (daemon, page) => {
    for (let round = 0; round < 6; round += 1) { await daemon.send(...shop(round)); await page.waitForTimeout(500); }
    await page.locator('#view canvas').nth(1).waitFor();
    assert.ok(await painted(page, '#view canvas') > 5000);
    await page.getByLabel('Split by').selectOption('route');
    const admin = page.locator('.legend li', { hasText: '/admin' });
    await page.waitForFunction(() => /admin.*p99 \d/.test(document.querySelector('.legend').textContent));
    const value = async (row) => Number((await row.textContent()).match(/p99 ([\d.,]+)/)[1].replace(',', ''));
    assert.ok(await value(admin) > 3 * await value(page.locator('.legend li', { hasText: '/cart' })));
    assert.match(page.url(), /by=route/);
    await page.locator('.tag', { hasText: 'route:/cart' }).first().click();
    await page.waitForFunction(() => document.querySelectorAll('.legend li').length === 2);
    assert.equal(await page.locator('#search').inputValue(), 'route:/cart');
  });
});

test('histograms and timings are bands and a heat map too', async () => {
  await chrome.looking({ hash: '#name=db.query&kind=timing' }, async (daemon, page) => {
    for (let round = 0; round < 4; round += 1) {
      await daemon.send(...Array.from({ length: 40 }, (_, n) => `db.query:${n + 1}|ms|#db:${n % 2 ? 'main' : 'copy'}`));
      await page.waitForTimeout(400);
    }
    await page.locator('#view canvas').nth(1).waitFor();
    assert.ok(await painted(page, '#view canvas') > 5000);
    const p99 = async () => Number((await page.locator('.legend').textContent()).match(/p99([\d.]+)/)[1]);
    await page.waitForFunction(() => /p99[\d.]/.test(document.querySelector('.legend').textContent));
    assert.ok(Math.abs(await p99() - 40) < 2, `${await p99()}`);
  });
});

test('what is malformed is shown with its place, and what explodes with its key', async () => {
  await chrome.looking({ hash: '#view=bad' }, async (daemon, page) => {
    await daemon.send('login.time:fast|ms', ...Array.from({ length: 500 }, (_, user) => `clicks:1|c|#user:${user}`));
    await page.locator('mark').waitFor();
    assert.equal(await page.locator('mark').first().textContent(), 'f');
    await page.keyboard.press('3');
    await page.getByRole('button', { name: 'user', exact: true }).waitFor();
    assert.match(await page.locator('tr', { hasText: 'clicks' }).first().textContent(), /500/);
  });
});

test('a line is tapped with its origin, and a packed one is told to be what it is', async () => {
  await chrome.looking({ hash: '#view=tap' }, async (daemon, page) => {
    await page.getByText('waiting for lines').waitFor();
    await daemon.send('other:1|c', 'packed:1:2:3|d|@0.0009765625|#a:b');
    const line = page.locator('.tap button', { hasText: 'packed' });
    await line.waitFor();
    assert.match(await line.textContent(), /udp · 127\.0\.0\.1:\d+/);
    await line.click();
    await page.getByText('3 values at the rate 0.0009765625: 3,072 samples of packed').waitFor();
    await page.locator('#tap-filter').fill('only this');
    await page.locator('#tap-filter').press('Enter');
    await page.getByText('waiting for lines').waitFor();
    await daemon.send('not:1|c', 'only this:1|c');
    await page.locator('.tap button', { hasText: 'only this' }).waitFor();
    assert.equal(await page.locator('.tap button', { hasText: 'not:1' }).count(), 0);
  });
});

test('the view is in the address, what is shown is saved and copied', async () => {
  await chrome.looking({ interval: '1', more: ['--no-telemetry'] }, async (daemon, page) => {
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    const odd = 'turn\u202eback';
    const send = () => daemon.send('req:4|c|#route:/a,env:x', 'req:2|c|#route:/b,env:x', 'other:1|c|#env:y', `${odd}:1|c|#it's:100%\u0007`);
    await send();
    await page.locator('#metrics .name', { hasText: 'req' }).click();
    await page.getByLabel('Split by').selectOption('route');
    await page.locator('#search').fill('req -route:/b');
    await page.waitForFunction(() => document.querySelectorAll('.legend li').length === 2);
    await page.locator('#sort').selectOption('rate');
    const again = await chrome.open(page.url());
    await again.locator('.legend li', { hasText: '/a' }).waitFor();
    assert.deepEqual([await again.locator('#search').inputValue(), await again.locator('#sort').inputValue(), await again.locator('#by').inputValue()], ['req -route:/b', 'rate', 'route']);
    await again.close();
    for (const [button, check] of [['CSV', (text) => assert.match(text, /^time,line,values\r\n\d+,"\/a",/)], ['JSON', (text) => assert.equal(JSON.parse(text).rows[0].line, '/a')]]) {
      const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: button, exact: true }).click()]);
      check(await readFile(await download.path(), 'utf8'));
    }
    await page.locator('#search').fill('turn');
    await send();
    await page.locator('#metrics .name', { hasText: 'turn' }).click();
    await page.locator('#view h2', { hasText: 'turn' }).waitFor();
    await page.getByText('Copy as').click();
    const copies = page.locator('details', { hasText: 'Copy as' }).locator('h3');
    const texts = {};
    for (let place = 0; place < 5; place += 1) {
      await copies.nth(place).getByRole('button').click();
      await copies.nth(place).getByText('copied').waitFor();
      texts[(await copies.nth(place).textContent()).split(' ')[0]] = await page.evaluate(() => navigator.clipboard.readText());
    }
    assert.deepEqual(Object.keys(texts), ['Shell', 'Python', 'Node', 'pytest', 'PromQL']);
    for (const text of Object.values(texts)) assert.ok(!text.includes('\u202e') && !text.includes('\u0007'), text);
    // The shell line prints the very bytes, and is for this daemon.
    const [command, rest] = texts.Shell.split(' | ').length > 2 ? [texts.Shell.slice(0, texts.Shell.lastIndexOf(' | ')), texts.Shell] : texts.Shell.split(' | nc');
    assert.equal(execFileSync('sh', ['-c', command], { encoding: 'utf8' }), `${odd}:1|c|#it's:100%\u0007\n`, rest);
    assert.ok(texts.Shell.endsWith(`nc -u -w1 127.0.0.1 ${daemon.udp}`), texts.Shell);
  });
});

test('lists are sorted and searched, growth, checks and events are seen', async () => {
  await chrome.looking({ interval: '1', more: ['--no-telemetry'] }, async (daemon, page) => {
    await daemon.send('b.rare:1|c', 'a.often:500|c', ...Array.from({ length: 9 }, (_, n) => `c.many:1|g|#n:${n}`));
    await page.locator('#metrics .name', { hasText: 'c.many' }).waitFor();
    const names = () => page.locator('#metrics .name').allTextContents();
    const sorted = async (by, first) => {
      await page.locator('#sort').selectOption(by);
      await page.waitForFunction((first) => document.querySelector('#metrics .name').textContent === first, first);
    };
    await sorted('series', 'c.many');
    await sorted('rate', 'a.often');
    await sorted('name', 'a.often');
    await page.waitForTimeout(2500);
    await daemon.send('b.rare:7|c');
    await sorted('change', 'b.rare');
    for (const [words, found] of [['*.many', ['c.many']], ['n:3', ['c.many']], ['-n:*', ['b.rare', 'a.often']], ['OFTEN', ['a.often']]]) {
      await page.locator('#search').fill(words);
      await page.waitForFunction((count) => document.querySelector('#list-count').textContent === String(count), found.length);
      assert.deepEqual(await names(), found, words);
    }
    await page.locator('#search').fill('');
    // What came after the first bucket has grown.
    await daemon.send(...Array.from({ length: 40 }, (_, n) => `grown:1|c|#user:${n}`), '_sc|db.up|0', '_e{6,4}:Deploy|done|t:success');
    await page.keyboard.press('Escape');
    await page.locator('#tabs button', { hasText: 'Cardinality' }).click();
    await page.locator('tr', { hasText: 'grown' }).getByText('+40').waitFor();
    await daemon.send('_sc|db.up|2|m:no answer');
    await page.locator('#tabs button', { hasText: 'Events' }).click();
    await page.locator('.strip span.critical').waitFor();
    assert.equal(await page.locator('.strip span.ok').count(), 1);
    await page.getByText('no answer').first().waitFor();
    await page.locator('#tabs button', { hasText: 'Chart' }).click();
    await page.locator('#metrics .name', { hasText: 'grown' }).click();
    await page.locator('#view h2', { hasText: 'grown' }).waitFor();
    await daemon.send('grown:1|c|#user:1', '_e{6,4}:Deploy|done|t:success');
    // By keyboard to the bucket of the event, whose text is told.
    const canvas = page.locator('#view canvas').first();
    await canvas.focus();
    for (let step = 0; step < 40 && await page.locator('.told', { hasText: 'Deploy' }).count() === 0; step += 1) {
      await canvas.press('ArrowLeft');
    }
    await page.locator('.told', { hasText: 'Deploy' }).waitFor();
  });
});

test('without JavaScript there is a plain table', async () => {
  await chrome.looking({ page: { javaScriptEnabled: false } }, async (daemon, page) => {
    assert.match(await page.content(), /<noscript>.*href="\/table"/s);
    await page.goto(`${daemon.page}table`);
    for (let turn = 0; turn < 50 && await page.locator('td', { hasText: 'plain.views' }).count() === 0; turn += 1) {
      await daemon.send('plain.views:1|c');
      await page.reload();
    }
    await page.locator('td', { hasText: 'plain.views' }).waitFor();
  });
});

test('names and texts of an attacker are text', async () => {
  const evil = '<img src=x onerror=alert(1)>';
  await chrome.looking({}, async (daemon, page) => {
    await daemon.send(`${evil}:1|c|#<script>alert(2)</script>,x:"'\`${'${alert(3)}'}`, 'turn\u202eback:1|g|#a\u0007b', '__proto__:1|c|#constructor:1,__proto__:2',
      `_e{${evil.length},${evil.length}}:${evil}|${evil}|t:error`, `_sc|${evil}|2|m:${evil}`, `bad${evil}`);
    await page.locator('#metrics .name', { hasText: 'onerror' }).click();
    await page.locator('#view h2', { hasText: 'onerror' }).waitFor();
    await page.getByText('Copy as').click();
    for (const key of ['2', '3', '4', '5', '1']) { await page.keyboard.press(key); await page.waitForTimeout(1200); }
    assert.equal(await page.locator('img:not([src="/page/icon.svg"]), script:not([src]), iframe').count(), 0);
    assert.ok((await page.locator('#metrics').textContent()).includes('turn\\u{202e}back'));
    const plain = await chrome.open(`${daemon.page}table`);
    assert.equal(await plain.locator('img, script').count(), 0);
    await plain.close();
  });
});

test('ten thousand series stay smooth', async () => {
  await chrome.looking({ interval: '10' }, async (daemon, page) => {
    await daemon.send(...Array.from({ length: 10000 }, (_, n) => `many.${n % 300}:1|c|#user:${n}`));
    await page.waitForFunction(() => Number(document.querySelector('#list-count').textContent) >= 290, undefined, { timeout: 20000 });
    const watch = () => page.evaluate(() => new Promise((done) => {
      let longest = 0, last = performance.now();
      const frame = (now) => { longest = Math.max(longest, now - last); last = now; if (now - first < 3000) requestAnimationFrame(frame); else done(longest); };
      const first = last;
      requestAnimationFrame(frame);
    }));
    // The machine has other things to do, but not always.
    const longest = Math.min(await watch(), await watch(), await watch());
    console.log(`the longest frame took ${Math.round(longest)} ms`);
    assert.ok(longest < 500, `${longest} ms`);
    await page.keyboard.press('/');
    await page.keyboard.type('many.29*');
    await page.waitForFunction(() => document.querySelector('#list-count').textContent === '11');
  });
});

test('a hundred thousand series work', async () => {
  await chrome.looking({ interval: '5', more: ['--so-rcvbuf', '8000000'] }, async (daemon, page) => {
    const begun = Date.now();
    const total = () => page.evaluate(() => fetch('/api/overview').then((answer) => answer.json()).then((one) => one.history.series).catch(() => 0));
    // Again until all have come: the kernel holds little for a socket.
    while (await total() < 100000) {
      assert.ok(Date.now() - begun < 180000, 'they do not come');
      await daemon.send(...Array.from({ length: 100000 }, (_, n) => `many.${n % 900}:1|c|#user:${n}`));
      await page.waitForTimeout(3000);
    }
    const asked = Date.now();
    await page.keyboard.press('/');
    await page.keyboard.type('many.89* user:9*');
    await page.waitForFunction(() => document.querySelector('#list-count').textContent === '11', undefined, { timeout: 30000 });
    console.log(`a search among a hundred thousand series took ${Date.now() - asked} ms`);
    await page.locator('#metrics button').first().click();
    await page.locator('#view canvas').first().waitFor();
  });
});

test('a page survives a daemon that starts again', async () => {
  const first = await start({ interval: '1' });
  const page = await chrome.open(first.page);
  await first.send('a:1|c');
  await page.locator('#metrics .name', { hasText: /^a$/ }).waitFor();
  await first.stop();
  await page.getByText('does not answer').waitFor();
  const second = await start({ interval: '1', http: first.port });
  await second.send('b:1|c');
  await page.locator('#metrics .name', { hasText: /^b$/ }).waitFor({ timeout: 10000 });
  await page.locator('#trouble').waitFor({ state: 'hidden' });
  await page.close();
  await second.stop();
  assert.deepEqual(page.failures, []);
});

test('a page that is open for an hour does not grow', async () => {
  const daemon = await start({});
  const page = await chrome.open('about:blank');
  await page.clock.install();
  await page.goto(daemon.page);
  await daemon.send(...shop(9));
  await page.clock.runFor(5000);
  await page.locator('#view canvas').first().waitFor();
  const session = await page.context().newCDPSession(page);
  const size = async () => {
    await session.send('HeapProfiler.collectGarbage');
    const { metrics } = await session.send('Performance.getMetrics');
    return Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
  };
  await session.send('Performance.enable');
  // Each turn of the clock is one question at least.
  const turns = async (count) => { for (let turn = 0; turn < count; turn += 1) { await page.clock.runFor(2000); await page.waitForTimeout(8); } };
  await turns(100);
  const begun = await size();
  await turns(1800);
  const ended = await size();
  console.log(`${Math.round(begun.JSHeapUsedSize / 1024)} kB, after another hour ${Math.round(ended.JSHeapUsedSize / 1024)} kB`);
  assert.ok(ended.JSHeapUsedSize < begun.JSHeapUsedSize * 1.3 + 500_000);
  assert.ok(ended.Nodes < begun.Nodes * 1.3 + 200, `${begun.Nodes} to ${ended.Nodes} nodes`);
  await page.close();
  await daemon.stop();
});

for (const colorScheme of ['light', 'dark']) {
  test(`every view is accessible, ${colorScheme}`, async () => {
    const axe = await readFile(new URL('node_modules/axe-core/axe.min.js', `file://${process.env.MODULES}/`), 'utf8');
    await chrome.looking({ page: { colorScheme } }, async (daemon, page) => {
      for (let round = 1; round < 5; round += 1) await daemon.send(...shop(round));
      await page.locator('#metrics .name', { hasText: 'http.latency' }).click();
      for (const [key, there] of [['1', '#view canvas'], ['2', '#view table'], ['3', '#view table'], ['4', '#tap-filter'], ['5', '#view pre']]) {
        await page.locator('h1').click();
        await page.keyboard.press(key);
        await page.locator(there).first().waitFor();
        // Through the debugger's door: the page's own policy lets no other script in.
        const session = await page.context().newCDPSession(page);
        await session.send('Runtime.evaluate', { expression: axe });
        const { result } = await session.send('Runtime.evaluate', { expression: 'axe.run().then((found) => JSON.stringify(found.violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.html).slice(0, 3).join(" ")}`)))', awaitPromise: true });
        assert.deepEqual(JSON.parse(result.value), [], `view ${key}`);
      }
    });
  });
}

test('the page is used by keyboard alone, at twice the size', async () => {
  // No bucket ends meanwhile, with which the daemon's own series would come.
  await chrome.looking({ interval: '3600', page: { viewport: { width: 640, height: 430 } } }, async (daemon, page) => {
    await daemon.send('one:1|c', 'two:1|c', 'three:1|g');
    await page.locator('#metrics button').nth(2).waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('t');
    await page.waitForFunction(() => document.querySelector('#list-count').textContent === '2');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.locator('#view h2', { hasText: 'two' }).waitFor();
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= 640, `${wide} pixels wide`);
    await page.locator('h1').click();
    await page.keyboard.press('Space');
    assert.equal(await page.locator('#pause').getAttribute('aria-pressed'), 'true');
    await page.keyboard.press('?');
    assert.ok(await page.locator('#help').isVisible());
  });
});
