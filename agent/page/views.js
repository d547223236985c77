// The views beside the chart: events and checks, cardinality, tap, bad lines, and the page before the first message.

import { ask, lines } from './api.js';
import { target } from './copy.js';
import { fill, h, shown, tags } from './dom.js';
import { clock, plural, whole } from './format.js';
import { word } from './state.js';

/** Events, the youngest first, and a strip for each service check. */
export function eventsView(root, choose) {
  return {
    async update() {
      const { said, left_out: leftOut } = await ask('said');
      const checks = new Map();
      for (const one of said.filter((one) => one.what === 'check')) {
        const key = `${one.title} ${one.tags.join(',')}`;
        if (!checks.has(key)) checks.set(key, []);
        checks.get(key).push(one);
      }
      const row = (one) => h('tr', {}, h('td', {}, clock(one.at)), h('td', { class: `level-${one.level}` }, one.level),
        h('td', { class: 'text' }, h('strong', {}, shown(one.title)), one.text ? h('div', {}, shown(one.text)) : null, h('div', {}, tags(one.tags, choose))));
      fill(root, said.length ? null : h('p', { class: 'soft' }, 'No event and no service check has come in the last 15 minutes.'),
        checks.size ? [h('h3', {}, 'Service checks'), h('div', { class: 'scroll' }, h('table', {}, h('thead', {}, h('tr', {}, ['Check', 'Now', 'The last states', 'Tags'].map((head) => h('th', {}, head)))),
          h('tbody', {}, [...checks.values()].map((all) => {
            const last = all.at(-1);
            return h('tr', {}, h('td', { class: 'text mono' }, shown(last.title)), h('td', { class: `level-${last.level}`, title: last.text }, last.level),
              h('td', {}, h('div', { class: 'strip', role: 'img', 'aria-label': all.map((one) => one.level).slice(-10).join(', ') }, all.slice(-60).map((one) => h('span', { class: one.level, title: `${clock(one.at)} ${one.level} ${one.text ?? ''}` })))),
              h('td', { class: 'tags' }, tags(last.tags, choose)));
          }))))] : null,
        said.length ? [h('h3', {}, 'As they came'), h('div', { class: 'scroll' }, h('table', {}, h('thead', {}, h('tr', {}, ['At', 'Level', 'Text'].map((head) => h('th', {}, head)))),
          h('tbody', {}, [...said].reverse().slice(0, 200).map(row))))] : null,
        leftOut ? h('p', { class: 'soft' }, `${whole(leftOut)} older ones are not shown.`) : null);
    },
  };
}

/** Names and keys with the most series. */
export function cardinalityView(root, choose, open) {
  return {
    async update() {
      const data = await ask('cardinality', { limit: 50 });
      const bar = (share) => { const bar = h('div', { class: 'bar' }); bar.style.width = `${Math.max(1, share * 100)}%`; return h('td', { class: 'bar-cell' }, h('div', { class: 'bar-track' }, bar)); };
      const table = (title, caption, heads, rows) => h('div', { class: 'scroll' }, h('h3', {}, title), h('table', {}, h('caption', {}, caption), h('thead', {}, h('tr', {}, heads.map((head, place) => h('th', { class: place && place < 3 ? 'num' : null }, head)))), h('tbody', {}, rows)));
      const most = Math.max(1, ...data.keys.map((one) => one.values));
      const row = (name, key, click, count, fresh, share) => h('tr', {}, h('td', { class: 'text' }, h('button', { class: 'tag', type: 'button', 'data-key': key, click }, shown(name))),
        h('td', { class: 'num' }, whole(count)), h('td', { class: `num ${fresh ? 'level-warning' : ''}` }, fresh ? `+${whole(fresh)}` : '0'), bar(share));
      fill(root, h('p', {}, plural(data.series, 'series', 'series'), ` in the history; new are those of the last ${data.new_seconds / 60} minutes.`),
        h('div', { class: 'columns' },
          table('Names', 'The metrics with the most series. Choose one for its chart.', ['Name', 'Series', 'New', 'Of all'],
            data.names.map((one) => row(one.name, `name ${one.name}`, () => open(one.name), one.series, one.new, one.series / Math.max(1, data.series)))),
          table('Tag keys', 'The tags with the most values. Choose one to see which metrics have it.', ['Key', 'Values', 'New', 'Of the largest'],
            data.keys.map((one) => row(one.key, `key ${one.key}`, () => choose(word(`${one.key}:*`)), one.values, one.new, one.values / most)))));
    },
  };
}

/** Lines that were refused, with the place marked; one that came several times once. */
export function badView(root) {
  return {
    async update(overview) {
      const kinds = new Map();
      for (const one of overview.bad) {
        const key = JSON.stringify([one.line, one.offset, one.error]);
        const kind = kinds.get(key) ?? { ...one, times: 0, more: 0 };
        kinds.set(key, { ...kind, times: kind.times + 1, more: kind.more + one.more });
      }
      fill(root, kinds.size ? null : h('p', { class: 'soft' }, 'Every line was understood.'), [...kinds.values()].map((one) => [
        h('h3', {}, clock(one.at), ' ', h('span', { class: 'level-error' }, shown(one.why)), one.times > 1 ? h('span', { class: 'soft' }, ` ${whole(one.times)} times`) : null),
        h('pre', {}, marked(one)),
        h('p', { class: 'soft' }, `at byte ${one.offset}, over ${one.listener}`, one.from ? ` from ${shown(one.from)}` : '', one.container ? ` in container ${shown(one.container)}` : '', one.more ? `; ${plural(one.more, 'more of this kind was', 'more of this kind were')} not kept` : '')]));
    },
  };
}

// An excerpt is escaped already: each byte that is no plain letter takes several. The mark goes by bytes.
function marked({ line, offset }) {
  if (line.startsWith('...')) return [line];
  const pieces = line.match(/\\x[0-9a-f]{2}|\\.|[^\\]/g) ?? [];
  return [pieces.slice(0, offset).join(''), h('mark', {}, pieces[offset] ?? '␣'), pieces.slice(offset + 1).join('')];
}

// What a line is comes before what it has beside.
const order = ['kind', 'error', 'name', 'title', 'type', 'values', 'sample_rate', 'status', 'tags'];
const rank = (name) => (order.includes(name) ? order.indexOf(name) : order.length);

/** Where a line came from, as far as is known. */
const origin = ({ listener, from, container }) => [listener, from, container && `container ${container}`].filter(Boolean).join(' · ');

/** Lines as they come. */
export function tapView(root) {
  const filter = h('input', { id: 'tap-filter', type: 'search', placeholder: 'text in the line', autocomplete: 'off', spellcheck: 'false', maxlength: '200' });
  const status = h('span', { class: 'soft', role: 'status' });
  const shownLines = h('div', { class: 'tap', role: 'list', 'aria-label': 'Lines' });
  const parsed = h('pre', { hidden: true });
  const start = h('button', { type: 'button', click: () => (stop ? stop() : watch()) }, 'Start');
  filter.addEventListener('change', () => { if (stop) { stop(); watch(); } });
  fill(root, h('div', { class: 'row' }, h('label', { for: 'tap-filter' }, 'Filter'), filter, start, status), parsed, shownLines,
    h('p', { class: 'soft' }, 'At most 500 datagrams a second are shown. Choose a line to see how it is understood.'));
  let stop = null;
  async function watch() {
    const control = new AbortController();
    const mine = stop = () => { control.abort(); stop = null; start.textContent = 'Start'; };
    start.textContent = 'Stop';
    status.textContent = 'connecting';
    let passed = 0, count = 0;
    try {
      for await (const one of lines('tap', { match: filter.value }, control.signal)) {
        passed += one.passed ?? 0;
        if (one.line !== undefined) {
          count += 1;
          shownLines.prepend(h('div', { role: 'listitem' }, h('button', { type: 'button', click: () => explain(one.line) }, shown(one.line), h('span', { class: 'soft origin' }, shown(origin(one))))));
          while (shownLines.childElementCount > 200) shownLines.lastElementChild.remove();
        }
        status.textContent = passed ? `${whole(passed)} datagrams passed unseen` : count ? plural(count, 'line', 'lines') : 'waiting for lines';
      }
    } catch (error) {
      if (!control.signal.aborted) status.textContent = `stopped: ${error.message}`;
    }
    // Another one may have begun since.
    if (stop === mine) mine();
  }
  async function explain(line) {
    const answers = await ask('parse', { line });
    parsed.hidden = false;
    const packed = answers.filter((one) => one.samples !== undefined).map((one) => `${plural(one.values.length, 'value', 'values')} at the rate ${one.sample_rate}: ${plural(one.samples, 'sample', 'samples')} of ${shown(one.name)}\n`);
    const field = ([name, value]) => `${name.padEnd(14)} ${shown(JSON.stringify(value))}\n`;
    const object = (one) => Object.entries(one).filter(([, value]) => value !== null).sort(([one], [other]) => rank(one) - rank(other)).map(field).join('');
    parsed.textContent = `${shown(line)}\n\n${packed.join('')}${answers.map(object).join('\n')}`;
  }
  watch();
  return { async update() {}, close: () => stop?.() };
}

/** What to do before anything has come. */
export function emptyView(root, overview) {
  const { host, port, isDefault } = target(overview);
  fill(root, h('div', { class: 'empty' }, h('h2', {}, 'Nothing has come yet'),
    h('p', {}, 'Send a first metric; this page comes alive with it.'),
    h('h3', {}, 'Shell'), h('pre', {}, `echo "page.views:1|c|#env:dev" | nc -u -w1 ${host} ${port}`),
    h('h3', {}, 'Python'), h('pre', {}, `from basenji import ${isDefault ? 'statsd' : `DogStatsd\nstatsd = DogStatsd(host="${host}", port=${port})`}\nstatsd.increment("page.views", tags=["env:dev"])`),
    h('h3', {}, 'Node'), h('pre', {}, `const { StatsD } = require('basenji');\nnew StatsD(${isDefault ? '' : `{ host: '${host}', port: ${port} }`}).increment('page.views', 1, ['env:dev']);`)));
}
