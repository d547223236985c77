// Takes the pictures of the documentation: `cargo xtask page --pictures`.

import { writeFile } from 'node:fs/promises';
import { browser, shop, start } from './daemon.mjs';

const chrome = await browser();
const daemon = await start({ interval: '1', more: ['--no-telemetry'] });
const look = (colorScheme) => chrome.open(`${daemon.page}#name=http.latency&kind=distribution&window=60`, { colorScheme, viewport: { width: 1200, height: 780 } });
const pages = { light: await look('light'), dark: await look('dark') };
const send = async (rounds) => {
  for (let round = 0; round < rounds; round += 1) {
    await daemon.send(...shop(round), ...shop(round + 7), ...shop(round + 31));
    await new Promise((done) => setTimeout(done, 480));
  }
};
await send(90);
// While more comes, so that the last bucket is filling.
const more = send(20);
await pages.light.waitForTimeout(2000);
for (const [scheme, page] of Object.entries(pages)) {
  // A picture of this format is a fifth of one that Playwright takes.
  const session = await page.context().newCDPSession(page);
  const { data } = await session.send('Page.captureScreenshot', { format: 'webp', quality: 80 });
  await writeFile(`${process.env.PICTURES}/page-${scheme}.webp`, Buffer.from(data, 'base64'));
}
await more;
await daemon.stop();
await chrome.close();
