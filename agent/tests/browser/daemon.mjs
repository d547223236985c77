// A daemon of its own for a test, a browser, and somebody who sends.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { chromium } from 'playwright-core';

/** Starts the daemon at BASENJI; `http` is the port of its page, 0 for any. */
export async function start({ http = '0', interval = '2', more = [] } = {}) {
  const child = spawn(process.env.BASENJI, ['--port', '0', '--http', String(http), '--bucket-secs', interval, '--format', 'json', ...more], { stdio: ['ignore', 'ignore', 'pipe'] });
  let udp, page;
  for await (const line of createInterface({ input: child.stderr })) {
    udp ??= line.match(/udp=127\.0\.0\.1:(\d+)/)?.[1];
    page = line.match(/the live page is at (\S+)/)?.[1];
    if (page) break;
  }
  child.stderr.resume();
  const socket = createSocket('udp4');
  return {
    page,
    udp,
    port: new URL(page).port,
    /** Sends lines, some to a datagram. */
    async send(...lines) {
      for (let at = 0; at < lines.length; at += 20) {
        await new Promise((done) => socket.send(lines.slice(at, at + 20).join('\n'), Number(udp), '127.0.0.1', done));
        // What the kernel holds for a socket is soon full.
        if (at % 200 === 0) await new Promise((done) => setTimeout(done, 2));
      }
    },
    async stop() {
      socket.close();
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** A browser, and a way to pages in it whose errors are errors of the test. */
export async function browser() {
  const found = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ['--no-sandbox'] });
  return {
    close: () => found.close(),
    /** Runs `body` with a daemon and its page, and fails for whatever the page has complained of. */
    async looking(options, body) {
      const daemon = await start(options);
      const page = await this.open(daemon.page + (options.hash ?? ''), options.page);
      try {
        await body(daemon, page);
        assert.deepEqual(page.failures, []);
      } finally {
        await page.close();
        await daemon.stop();
      }
    },
    async open(url, options = {}) {
      const page = await found.newPage({ viewport: { width: 1280, height: 860 }, ...options });
      page.failures = [];
      page.on('pageerror', (error) => page.failures.push(error.message));
      page.on('console', (message) => { if (message.type() === 'error' && !/Failed to load resource|ERR_CONNECTION/.test(message.text())) page.failures.push(message.text()); });
      page.on('dialog', (dialog) => { page.failures.push(`a dialog: ${dialog.message()}`); dialog.dismiss(); });
      await page.goto(url);
      return page;
    },
  };
}

/** Lines of a shop, one for each thing that a page shows. */
export function shop(round) {
  const lines = [];
  const routes = { '/': 12, '/cart': 25, '/search': 60, '/checkout': 140, '/admin': 300 };
  for (const [route, base] of Object.entries(routes)) {
    for (let sample = 0; sample < 12; sample += 1) {
      const noise = Math.abs(Math.sin(round * 12.9898 + sample * 78.233 + base) * 43758.5453) % 1;
      lines.push(`http.latency:${(base * (0.6 + noise * noise * 2.5)).toFixed(2)}|d|#env:prod,route:${route}`);
      lines.push(`http.requests:1|c|#env:prod,route:${route},status:${noise > 0.95 ? 500 : 200}`);
    }
  }
  lines.push(`queue.depth:${Math.round(50 + 30 * Math.sin(round / 4))}|g|#queue:mail`, `queue.depth:${Math.round(20 + 10 * Math.cos(round / 6))}|g|#queue:orders`);
  lines.push(`db.query:${5 + round % 7}|ms|#db:main`, `users.seen:${round % 50}|s`, ...Array.from({ length: round }, (_, user) => `user.clicks:1|c|#user:${user}`));
  if (round % 8 === 3) lines.push('login.time:fast|ms|#env:prod', `_e{6,15}:Deploy|v1.2.3 is there|t:success|#env:prod`);
  if (round % 3 === 1) lines.push(`_sc|db.up|${round % 9 === 4 ? 1 : 0}|#db:main|m:replica lag`);
  return lines;
}
