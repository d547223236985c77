// Somebody who has read the README and nothing else.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { browser, shop } from './daemon.mjs';

let chrome;
before(async () => { chrome = await browser(); });
after(() => chrome.close());

const open = async (page, name) => {
  await page.locator('#metrics .name', { hasText: name }).first().click();
  await page.locator('#view h2', { hasText: name }).waitFor();
};

test('a stranger sees a chart, and finds the slow tag, the exploding metric and the malformed line', async () => {
  await chrome.looking({ interval: '1' }, async (daemon, page) => {
    // The daemon's own counters come meanwhile: they are no reason to take the lines to paste away.
    await page.locator('#metrics .name', { hasText: 'basenji.flushes' }).waitFor();
    await page.getByText('Nothing has come yet').waitFor();
    await daemon.send('page.views:1|c|#env:dev');
    await page.locator('#view h2', { hasText: 'page.views' }).waitFor();
    // A slow one that comes seldom, among busy ones of which there are more than lines.
    for (let round = 0; round < 3; round += 1) {
      const busy = Array.from({ length: 300 }, (_, n) => `job.time:${10 + n % 7}|d|#queue:q${n % 12}`);
      await daemon.send(...busy, 'job.time:4000|d|#queue:nightly mail', ...Array.from({ length: 200 }, (_, n) => `job.done:1|c|#id:${round * 200 + n}`), 'job.time:slow|d');
      await page.waitForTimeout(600);
    }
    await open(page, 'job.time');
    await page.getByLabel('Split by').selectOption('queue');
    const first = page.locator('.legend li button').first();
    await page.waitForFunction(() => document.querySelector('.legend li button')?.textContent === 'nightly mail');
    assert.match(await page.locator('#view .scroll').first().locator('tbody tr').first().textContent(), /nightly mail/);
    await page.getByLabel('Show').selectOption('count');
    await page.waitForFunction(() => document.querySelector('.legend li button')?.textContent !== 'nightly mail');
    await page.getByLabel('Show').selectOption('');
    // A tag with a blank in it is one word of the search.
    await page.waitForFunction(() => document.querySelector('.legend li button')?.textContent === 'nightly mail');
    await first.click();
    await page.getByText('only "queue:nightly mail"').waitFor();
    assert.equal(await page.locator('#search').inputValue(), '"queue:nightly mail"');
    await page.waitForFunction(() => document.querySelectorAll('#metrics .name').length === 1);
    await page.getByRole('button', { name: 'Show all' }).click();
    await page.waitForFunction(() => document.querySelectorAll('#metrics .name').length > 2);
    await page.locator('#tabs button', { hasText: 'Cardinality' }).click();
    assert.equal(await page.locator('#view tbody .tag').first().textContent(), 'job.done');
    await page.locator('#view tbody .tag').first().click();
    await page.locator('#view h2', { hasText: 'job.done' }).waitFor();
    assert.equal(await page.locator('#by option').nth(1).textContent(), 'id (600)');
    await page.locator('#tabs button', { hasText: 'Bad lines' }).click();
    await page.locator('mark').waitFor();
    assert.equal(await page.locator('#view pre').count(), 1, 'the same line is there once');
    assert.match(await page.locator('#view').textContent(), /the value is not a number.*[23] times.*at byte 9/);
    assert.notEqual(await page.locator('#health .figure b').first().textContent(), '0');
  });
});

test('what somebody has selected stays selected, and tags of every form are found with a click', async () => {
  await chrome.looking({ interval: '3600', more: ['--no-telemetry'] }, async (daemon, page) => {
    const selected = () => page.evaluate(() => getSelection().toString());
    const select = (selector) => page.evaluate((selector) => getSelection().selectAllChildren(document.querySelector(selector)), selector);
    await page.getByText('Nothing has come yet').waitFor();
    await select('#view pre');
    await page.waitForTimeout(1500);
    assert.match(await selected(), /^echo "page\.views/);
    const tags = ['vip', 'a b:c d', '-minus:1', '#hash', 'plain:1', 'quote:"x"', '"q r"'];
    for (const tag of tags) await daemon.send(`tagged:1|c|#${tag}`, 'other:1|c');
    await open(page, 'tagged');
    await select('#view tbody .tag');
    const before = await selected();
    const value = page.locator('#view tbody .num').first();
    const old = await value.textContent();
    // The first one stays the first.
    await daemon.send(`tagged:1|c|#${before}`);
    await page.waitForFunction((old) => document.querySelector('#view tbody .num').textContent !== old, old);
    assert.equal(await selected(), before);
    for (const tag of tags) {
      await page.locator('#view tbody .tag').getByText(tag, { exact: true }).click();
      await page.waitForFunction(() => document.querySelectorAll('#view tbody tr').length === 1 && document.querySelector('#list-count').textContent === '1');
      assert.equal(await page.locator('#view tbody .tag').textContent(), tag);
      await page.getByRole('button', { name: 'Show all' }).click();
      await page.waitForFunction((count) => document.querySelectorAll('#view tbody tr').length === count, tags.length);
    }
    await page.locator('#view tbody .tag').getByText('vip', { exact: true }).click({ modifiers: ['Alt'] });
    await page.waitForFunction((count) => document.querySelectorAll('#view tbody tr').length === count, tags.length - 1);
  });
});

for (const [width, height] of [[1280, 800], [400, 800]]) {
  test(`nothing is cut off at ${width} pixels`, async () => {
    await chrome.looking({ interval: '1', page: { viewport: { width, height } } }, async (daemon, page) => {
      for (let round = 1; round < 6; round += 1) await daemon.send(...shop(round));
      await open(page, 'http.latency');
      if (width < 900) assert.ok(await page.locator('#view h2').evaluate((title) => title.getBoundingClientRect().top < innerHeight / 2), 'a chosen metric is in view');
      for (const key of ['1', '2', '3', '4', '5']) {
        await page.locator('h1').click();
        await page.keyboard.press(key);
        await page.waitForTimeout(900);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth);
        assert.ok(wide <= width, `view ${key} is ${wide} pixels wide`);
        const narrow = await page.evaluate(() => [...document.querySelectorAll('#view .tag')].filter((tag) => tag.offsetWidth < 40 && tag.textContent.length > 6).map((tag) => tag.textContent));
        assert.deepEqual(narrow, [], `view ${key}`);
        const squeezed = await page.evaluate(() => [...document.querySelectorAll('#view td.text')].filter((cell) => cell.offsetWidth < 60 && cell.textContent.length > 12).length);
        assert.equal(squeezed, 0, `texts of view ${key}`);
        const hidden = await page.evaluate(() => [...document.querySelectorAll('#view .scroll')].filter((box) => box.scrollWidth > box.clientWidth).map((box) => box.textContent.slice(0, 40)));
        assert.deepEqual(hidden, [], `view ${key}`);
      }
    });
  });
}

test('more than can be shown is told', async () => {
  await chrome.looking({ interval: '2', more: ['--so-rcvbuf', '8000000'] }, async (daemon, page) => {
    await page.getByText('Nothing has come yet').waitFor();
    for (let turn = 0; turn < 20 && await page.getByText('a bucket is shown only when it ends').count() === 0; turn += 1) {
      await daemon.send(...Array.from({ length: 25000 }, (_, n) => `many:1|c|#user:${n}`));
      await page.waitForTimeout(500);
    }
    await page.getByText('a bucket is shown only when it ends').waitFor();
    await page.locator('#metrics .name', { hasText: 'many' }).waitFor();
  });
});
