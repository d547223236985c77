// One metric: its chart, its lines, its series, and how to write it elsewhere.

import { ask } from './api.js';
import { draw } from './chart.js';
import { snippets, target } from './copy.js';
import { fill, h, shown, tags } from './dom.js';
import { clock, plural, short } from './format.js';
import { state, tagWords, word } from './state.js';

// Buckets of a histogram from before the first look have no quantiles.
const hasBins = (line) => line.p50?.some((value) => value !== null);
const sampled = (kind) => ['distribution', 'histogram', 'timing'].includes(kind);

/** Makes the view of the chosen metric; `choose` adds words to the search, `clearTags` takes those about tags away. */
export function metricView(root, choose, change, clearTags) {
  let data = null, said = [], cursor = null, place = () => null, range = [0, 1];
  const title = h('div', { class: 'title' });
  const now = h('div', { class: 'row' });
  const controls = h('div', { class: 'row' });
  const canvas = h('canvas', { tabindex: '0', role: 'img' });
  const second = h('canvas', { role: 'img' });
  const legend = h('ul', { class: 'legend', 'aria-label': 'Lines' });
  const note = h('p', { class: 'soft' });
  const secondBox = h('div', { class: 'chart' }, h('p', { class: 'soft' }, 'Heat map: how many samples had which value'), second);
  const told = h('ul', { class: 'told' });
  const series = h('div', { class: 'scroll' });
  const values = h('details', {}, h('summary', {}, 'The values as a table'));
  const valueTable = h('div', { class: 'scroll' });
  values.append(valueTable);
  const copies = h('details', {}, h('summary', {}, 'Copy as'), h('div', {}));
  const files = h('div', { class: 'row' },
    h('button', { type: 'button', click: () => save('csv') }, 'CSV'),
    h('button', { type: 'button', click: () => save('json') }, 'JSON'));
  fill(root, title, now, controls, h('div', { class: 'chart' }, canvas), legend, told, note, secondBox, series, values, copies, files);

  const at = (event) => {
    cursor = place(event.clientX - event.target.getBoundingClientRect().left);
    paint();
  };
  for (const one of [canvas, second]) {
    one.addEventListener('pointermove', at);
    one.addEventListener('pointerleave', () => { cursor = null; paint(); });
  }
  canvas.addEventListener('keydown', (event) => {
    if (!data || !['ArrowLeft', 'ArrowRight'].includes(event.key)) return;
    event.preventDefault();
    const last = data.times.length - 1;
    cursor = Math.max(0, Math.min(last, (cursor ?? last + 1) + (event.key === 'ArrowLeft' ? -1 : 1)));
    paint();
  });
  const resized = new ResizeObserver(() => paint());
  resized.observe(canvas);
  values.addEventListener('toggle', () => table());

  function rate() {
    return data.kind === 'count' && state.show !== 'bucket';
  }

  /** The values of a line as they are shown. */
  function column(line) {
    const raw = line.values ?? (state.show === 'count' ? line.count : state.show === 'max' ? line.max : !hasBins(line) ? line.avg : state.show === 'p99' ? line.p99 : line.p50);
    return rate() ? raw.map((value) => (typeof value === 'number' ? value / data.interval : value)) : raw;
  }

  function paint() {
    if (!data || !data.times.length) return;
    const bands = [];
    let lines = data.lines.map((line, number) => ({ label: line.label, values: column(line), colour: `--c${number % 8}`, source: line }));
    const only = data.lines[0];
    const isBanded = sampled(data.kind) && !state.by && !state.show;
    if (isBanded) {
      bands.push({ low: only.min, high: only.max, alpha: 0.1 });
      if (hasBins(only)) {
        bands.push({ low: only.p50, high: only.p99, alpha: 0.16 }, { low: only.p50, high: only.p95, alpha: 0.18 }, { low: only.p50, high: only.p75, alpha: 0.22 });
        lines = [{ label: 'p99', values: only.p99, colour: '--c0', width: 1 }, { label: 'p95', values: only.p95, colour: '--c0', width: 1 }, { label: 'p50', values: only.p50, colour: '--c0', width: 2.2 }];
      } else {
        lines = [{ label: 'avg', values: only.avg, colour: '--c0', width: 2.2 }];
      }
    }
    const spec = {
      times: data.times, interval: data.interval, from: range[0], to: range[1], filling: data.filling, cursor,
      kind: data.kind === 'count' || state.show === 'count' ? 'stack' : 'lines', lines, bands, marks: said, isNamed: isBanded,
    };
    place = draw(canvas, spec);
    canvas.setAttribute('aria-label', described(lines));
    secondBox.hidden = !(data.heat && isBanded);
    if (!secondBox.hidden) {
      draw(second, { ...spec, kind: 'heat', heat: data.heat, bands: [], lines: [], marks: [], height: 220 });
      second.setAttribute('aria-label', `Heat map of ${data.name}: how many samples had which value, over time`);
    }
    legends(isBanded ? [] : lines, only, isBanded);
  }

  function described(lines) {
    const last = lines.map((line) => `${line.label || 'all series'} ${short(line.values.at(-1))}`);
    return `Chart of ${data.name} from ${clock(data.times[0])} to ${clock(data.times.at(-1))}. Last: ${last.slice(0, 8).join(', ')}. The arrow keys go through the buckets.`;
  }

  /** What was said in the bucket under the cursor. */
  function saidAt(time) {
    return said.filter((one) => one.at >= time && one.at < time + data.interval).slice(0, 4).map((one) => h('li', {}, h('span', { class: `level-${one.level}` }, one.what === 'check' ? `${shown(one.title)} ${one.level}` : shown(one.title)), one.text ? h('span', { class: 'soft' }, shown(one.text).slice(0, 120)) : null));
  }

  /** What is shown of samples. */
  const name = (line) => (state.show === 'count' || state.show === 'max' ? state.show : !hasBins(line) ? 'avg' : state.show === 'p99' ? 'p99' : 'p50');

  function legends(lines, only, isBanded) {
    // Without a pointer the last bucket that holds something.
    const chosen = cursor ?? Math.max(data.times.findLastIndex((_, at) => data.lines.some((line) => column(line)[at] !== null)), 0);
    const when = `${clock(data.times[chosen])}${data.filling && chosen === data.times.length - 1 ? ' (filling)' : ''}`;
    const items = isBanded
      ? ['count', 'min', 'p50', 'avg', 'p75', 'p90', 'p95', 'p99', 'max'].filter((name) => name[0] !== 'p' || hasBins(only)).map((name) => h('li', {}, h('span', { class: 'soft' }, name), short(only[name][chosen])))
      : lines.map((line, number) => h('li', {}, h('i', { class: `swatch${number % 8}` }),
        h('button', { type: 'button', 'data-key': `line ${line.label}`, title: state.by ? 'show only this one' : null, click: () => state.by && line.label && line.label !== '(none)' && choose(word(`${state.by}:${line.label}`)) },
          line.label === '' && state.by ? '(empty)' : shown(line.label || 'all series')),
        sampled(data.kind) ? h('span', { class: 'soft' }, name(line.source)) : null, short(line.values[chosen]), sampled(data.kind) && !['count', 'p99'].includes(state.show) && hasBins(line.source) ? h('span', { class: 'soft' }, `p99 ${short(line.source.p99[chosen])}`) : null));
    fill(legend, h('li', { class: 'soft' }, when), items);
    // The line is kept for what was said, so that nothing moves under the pointer.
    told.hidden = !said.some((one) => one.at >= data.times[0]);
    fill(told, cursor === null ? h('li', { class: 'soft' }, 'Marks are events (above) and service checks (below): point at one to read it.') : saidAt(data.times[chosen]));
  }

  function table() {
    if (!values.open || !data) return;
    const names = sampled(data.kind) ? Object.keys(data.lines[0] ?? {}).filter((name) => Array.isArray(data.lines[0][name])) : ['value'];
    const heads = data.lines.length > 1 || !sampled(data.kind) ? data.lines.map((line) => shown(line.label || 'all series')) : names;
    const cells = (place) => (data.lines.length > 1 || !sampled(data.kind) ? data.lines.map((line) => column(line)[place]) : names.map((name) => data.lines[0][name][place]));
    fill(valueTable, h('table', {}, h('thead', {}, h('tr', {}, h('th', {}, 'Bucket'), heads.map((head) => h('th', { class: 'num' }, head)))),
      h('tbody', {}, [...data.times.keys()].reverse().map((row) => h('tr', {}, h('td', {}, clock(data.times[row])), cells(row).map((value) => h('td', { class: 'num' }, short(value))))))));
  }

  function head() {
    const last = data.times.length - 1 - (data.filling && data.times.length > 1 ? 1 : 0);
    const line = data.lines[0];
    const value = line && !state.by ? column(line).slice(0, last + 1).findLast((one) => one !== null) ?? null : null;
    const unit = rate() ? '/s' : data.kind === 'count' ? `in ${plural(data.interval, 'second', 'seconds')}` : !sampled(data.kind) || !line ? '' : { p50: 'median', p99: 'p99', avg: 'average', max: 'largest', count: `samples in ${plural(data.interval, 'second', 'seconds')}` }[name(line)];
    fill(title, h('h2', {}, shown(data.name)), h('span', { class: 'kind' }, data.kind), h('span', { class: 'soft' }, plural(data.series_total, 'series', 'series')));
    fill(now, value === null ? null : [h('span', { class: 'now' }, short(value)), h('span', { class: 'soft' }, unit)]);
    const keys = [h('option', { value: '' }, 'nothing'), ...data.keys.map((one) => h('option', { value: one.key }, `${shown(one.key)} (${one.values})`))];
    if (state.by && !data.keys.some((one) => one.key === state.by)) keys.push(h('option', { value: state.by }, shown(state.by)));
    const by = h('select', { id: 'by', 'data-key': 'by', change: (event) => change({ by: event.target.value }) }, keys);
    const shows = { count: [['', 'rate a second'], ['bucket', 'count a bucket']], gauge: [['', 'average of series'], ['sum', 'sum'], ['max', 'largest']] }[data.kind]
      ?? (sampled(data.kind) ? [['', 'quantiles'], ['p99', 'p99'], ['max', 'largest'], ['count', 'number of samples']] : null);
    const show = shows && h('select', { id: 'show', 'data-key': 'show', change: (event) => change({ show: event.target.value }) }, shows.map(([key, text]) => h('option', { value: key }, text)));
    const only = tagWords(state.q);
    if (!controls.contains(document.activeElement) || document.activeElement.tagName !== 'SELECT') {
      fill(controls, h('label', { for: 'by' }, 'Split by'), by, show && [h('label', { for: 'show' }, 'Show'), show],
        data.lines_total > data.lines.length ? h('span', { class: 'soft' }, `the ${data.lines.length} largest of ${data.lines_total}`) : null,
        only.length ? [h('span', {}, 'only ', h('code', {}, shown(only.join(' ')))), h('button', { type: 'button', 'data-key': 'all', click: clearTags }, 'Show all')] : null);
      for (const select of controls.querySelectorAll('select')) select.value = select.id === 'by' ? state.by : state.show;
    }
    note.textContent = data.kind === 'set' && data.series_total > 1 ? 'A member of several series counts once in each.'
      : sampled(data.kind) && data.lines[0]?.p50.some((value, place) => value === null && data.lines[0].count[place] > 0) ? 'Buckets from before the first look have no quantiles.' : '';
  }

  function list() {
    const isSampled = sampled(data.kind);
    const heads = isSampled ? ['count', 'avg', 'p50', 'p99', 'max'] : ['value'];
    fill(series, h('table', {}, h('caption', {}, `Series, ${state.show === 'count' ? 'the most samples' : 'the largest'} first, with the last bucket that each is in${data.series_total > data.series.length ? `: ${data.series.length} of ${data.series_total}` : ''}`),
      h('thead', {}, h('tr', {}, h('th', {}, 'Tags'), heads.map((name) => h('th', { class: 'num' }, name)))),
      h('tbody', {}, data.series.map((one) => h('tr', {}, h('td', { class: 'tags' }, one.tags.length ? tags(one.tags, choose) : h('span', { class: 'soft' }, 'no tags')),
        heads.map((name) => h('td', { class: 'num' }, short(isSampled ? one.value?.[name] : one.value))))))));
  }

  function copy(overview) {
    if (copies.open && copies.dataset.name === data.name) return;
    copies.dataset.name = data.name;
    copies.lastElementChild.replaceChildren(...snippets(data, target(overview)).map(([name, text]) => {
      const told = h('span', { class: 'copied', role: 'status' });
      return [h('h3', {}, name, ' ', h('button', { type: 'button', click: async () => { await navigator.clipboard.writeText(text); told.textContent = 'copied'; } }, 'Copy'), ' ', told), h('pre', {}, text)];
    }).flat());
  }

  function save(form) {
    const rows = data.lines.flatMap((line) => data.times.map((time, place) => {
      const row = { time, line: line.label };
      for (const [name, column] of Object.entries(line)) if (Array.isArray(column)) row[name] = column[place];
      return row;
    }));
    // A cell of a spreadsheet that begins with one of these would be taken for a formula.
    const cell = (value) => (typeof value === 'string' ? `"${(/^[=+\-@\t\r]/.test(value) ? `'${value}` : value).replaceAll('"', '""')}"` : value ?? '');
    const text = form === 'json' ? JSON.stringify({ name: data.name, kind: data.kind, rows }, null, 1)
      : [Object.keys(rows[0] ?? {}).join(','), ...rows.map((row) => Object.values(row).map(cell).join(','))].join('\r\n');
    const link = h('a', { href: URL.createObjectURL(new Blob([text], { type: form === 'json' ? 'application/json' : 'text/csv' })), download: `${data.name.replace(/[^\w.-]/g, '_')}.${form}` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  return {
    async update(overview) {
      const asked = { name: state.name, kind: state.kind, match: tagWords(state.q).join(' '), by: state.by, gauges: state.show, order: state.show === 'count' ? 'samples' : '' };
      const [fresh, events] = await Promise.all([ask('metric', asked), ask('said')]);
      if (asked.name !== state.name || asked.kind !== state.kind) return;
      data = fresh;
      const end = (data.times.at(-1) ?? 0) + data.interval;
      range = [end - Math.min(Number(state.window), Math.max(60, end - (data.times[0] ?? end))), end];
      const from = data.times.findIndex((time) => time >= range[0] - data.interval);
      if (from > 0) trim(data, from);
      if (!data.times.length) fill(legend, h('li', { class: 'soft' }, 'Nothing of this has come.'));
      said = events.said;
      head();
      paint();
      list();
      table();
      copy(overview);
    },
    close() { resized.disconnect(); },
  };
}

function trim(data, from) {
  data.times = data.times.slice(from);
  for (const line of data.lines) for (const [name, column] of Object.entries(line)) if (Array.isArray(column)) line[name] = column.slice(from);
  if (data.heat) data.heat.cells = data.heat.cells.filter((cell) => cell[0] >= from).map(([column, row, count]) => [column - from, row, count]);
}
