// The page: asks again and again, and shows what is chosen.

import { ask } from './api.js';
import { fill, h, shown } from './dom.js';
import { duration, plural, short, whole } from './format.js';
import { metricView } from './metric.js';
import { read, state, tagWords, words, write } from './state.js';
import { badView, cardinalityView, emptyView, eventsView, tapView } from './views.js';

// Milliseconds between two questions: short while there is little to answer, so that a first message is seen at once, and
// never shorter than twice what the answers took.
const period = (series, took) => Math.max(series < 2000 ? 400 : 1000, 2 * took);
const element = (id) => document.getElementById(id);
const search = element('search');
const viewRoot = element('view');
const views = [['chart', 'Chart'], ['events', 'Events'], ['cardinality', 'Cardinality'], ['tap', 'Tap'], ['bad', 'Bad lines']];

let series = 0;
let view = null, viewKey = '', overview = null, paused = false, timer = 0, turn = 0;
const rows = new Map();
// What there was in the last seconds: messages come in waves, as clients flush.
let counted = [];
const RATE_SECONDS = 10;
const isOwn = (name) => name.startsWith('basenji.');

read();
search.value = state.q;
element('sort').value = state.sort;
element('window').value = state.window;

const choose = (word) => {
  const chosen = words(state.q);
  if (!chosen.includes(word)) chosen.push(word);
  search.value = chosen.join(' ');
  change({ q: search.value });
};

function change(changes, push = false) {
  write(changes, push);
  look();
}

function open(name, kind) {
  change({ name, kind: kind ?? '', by: '', show: '', view: 'chart' }, true);
  // On a narrow screen the chart is below the list.
  if (element('detail').offsetTop > element('list').offsetTop + 20) element('detail').scrollIntoView();
}

function clearTags() {
  const tags = tagWords(state.q);
  search.value = words(state.q).filter((word) => !tags.includes(word)).join(' ');
  change({ q: search.value });
}

/** Shows what the address asks for. */
function show() {
  const key = state.view === 'chart' ? `chart ${state.name}|${state.kind}` : state.view;
  if (key !== viewKey) {
    view?.close?.();
    viewRoot.replaceChildren();
    viewKey = key;
    view = state.view === 'events' ? eventsView(viewRoot, choose)
      : state.view === 'cardinality' ? cardinalityView(viewRoot, choose, open)
        : state.view === 'tap' ? tapView(viewRoot)
          : state.view === 'bad' ? badView(viewRoot)
            : state.name ? metricView(viewRoot, choose, change, clearTags) : null;
  }
  fill(element('tabs'), views.map(([name, title], place) => h('button', {
    type: 'button', 'data-key': `tab ${name}`, 'aria-current': state.view === name ? 'page' : null, title: `key ${place + 1}`,
    click: () => change({ view: name }, true),
  }, title, name === 'bad' && overview?.parse_errors ? h('span', { class: 'count' }, ` ${whole(overview.parse_errors)}`) : null)));
}

/** Asks for everything that is shown. */
async function look() {
  const mine = ++turn;
  const begun = performance.now();
  clearTimeout(timer);
  try {
    const [newest, list] = await Promise.all([ask('overview'), ask('metrics', { match: state.q, sort: state.sort, limit: 200 })]);
    if (mine !== turn) return;
    if (overview && newest.uptime < overview.uptime) counted = [];
    overview = newest;
    counted.push([newest.now, newest.messages]);
    while (counted.length > 2 && counted[1][0] < newest.now - RATE_SECONDS) counted.shift();
    series = list.series;
    health();
    metrics(list);
    const first = list.metrics.find((one) => !isOwn(one.name));
    if (!state.name && first && state.view === 'chart') {
      write({ name: first.name, kind: first.kind });
    } else if (state.name && !state.kind) {
      const found = list.metrics.find((one) => one.name === state.name);
      if (found) write({ kind: found.kind });
    }
    show();
    if (view) await view.update(overview);
    else if (!state.q) emptyView(viewRoot, overview);
    else fill(viewRoot, h('p', { class: 'soft' }, 'No metric fits the search.'));
    trouble('');
  } catch (error) {
    if (mine !== turn) return;
    trouble(error.message.startsWith('403') ? 'This page needs the link with its token, which the daemon has logged at its start.' : `The daemon does not answer (${error.message}). This page tries again.`);
  }
  if (mine === turn && !paused && !document.hidden) timer = setTimeout(look, period(series, performance.now() - begun));
}

function trouble(text) {
  element('trouble').hidden = !text;
  if (element('trouble').textContent !== text) element('trouble').textContent = text;
}

function health() {
  element('version').textContent = `${overview.version}, up ${duration(overview.uptime)}`;
  const [[from, before], [to, now]] = [counted[0], counted.at(-1)];
  const rate = to > from ? (now - before) / (to - from) : null;
  const figure = (value, text, isBad, title) => h('span', { class: `figure${isBad ? ' bad' : ''}`, title }, h('b', {}, value), h('span', {}, text));
  const lost = overview.lost.reduce((sum, one) => sum + one.count, 0);
  fill(element('health'),
    figure(rate === null ? '–' : short(rate), 'messages a second', false, `over the last ${RATE_SECONDS} seconds`),
    figure(whole(overview.messages), overview.messages === 1 ? 'message' : 'messages'),
    figure(whole(overview.contexts || series), 'series'),
    figure(whole(overview.parse_errors), overview.parse_errors === 1 ? 'bad line' : 'bad lines', overview.parse_errors > 0),
    figure(whole(lost), 'lost', lost > 0, overview.lost.map((one) => `${whole(one.count)} ${one.what}`).join('\n') || 'nothing'),
    overview.running ? null : h('span', { class: 'pill bad' }, 'a thread has ended'),
    overview.sinks.map((one) => h('span', { class: `pill ${{ ok: 'ok', retrying: 'warn', failed: 'bad' }[one.state] ?? ''}`, title: one.last_error || `${one.state}` }, shown(one.target ? `${one.sink} ${one.target}` : one.sink), one.state === 'ok' ? null : ` ${one.state}`)),
    overview.lost.map((one) => h('span', { class: 'figure bad' }, h('span', {}, `${whole(one.count)} ${one.what}`))));
}

/** The list, whose rows stay the elements that they were. */
function metrics(list) {
  const parent = element('metrics');
  const kept = new Set();
  list.metrics.forEach((one, place) => {
    const key = `${one.kind} ${one.name}`;
    kept.add(key);
    const row = rows.get(key) ?? makeRow(one, key);
    row.button.setAttribute('aria-current', String(one.name === state.name && (!state.kind || one.kind === state.kind)));
    const value = one.kind === 'count' && typeof one.value === 'number' ? `${short(one.value / list.interval)}/s` : ['distribution', 'histogram', 'timing'].includes(one.kind) ? plural(one.value ?? 0, 'sample', 'samples') : short(one.value);
    if (row.value.textContent !== value) row.value.textContent = value;
    const meta = `${one.kind} · ${plural(one.series, 'series', 'series')}`;
    if (row.meta.textContent !== meta) row.meta.textContent = meta;
    const points = spark(one.spark, list.filling);
    if (row.line.getAttribute('points') !== points) row.line.setAttribute('points', points);
    if (parent.children[place] !== row.item) parent.insertBefore(row.item, parent.children[place] ?? null);
  });
  for (const [key, row] of rows) if (!kept.has(key)) { row.item.remove(); rows.delete(key); }
  element('list-count').textContent = whole(list.total);
  const { left_out: leftOut, open_shown: isOpenShown } = overview.history;
  const notes = [
    list.total > list.metrics.length && `${whole(list.total - list.metrics.length)} more; the search narrows them down.`,
    list.total === 0 && state.q && 'Nothing fits the search.',
    !isOpenShown && 'So many series come that a bucket is shown only when it ends.',
    leftOut && `${whole(leftOut)} points are not shown: too old, or more than basenji_history_limit holds.`,
  ];
  element('list-more').textContent = notes.filter(Boolean).join(' ');
}

function makeRow(one, key) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const line = document.createElementNS('http://www.w3.org/2000/svg', 'polyline');
  svg.setAttribute('viewBox', '0 0 90 22');
  svg.setAttribute('aria-hidden', 'true');
  svg.append(line);
  const value = h('span'), meta = h('span', { class: 'meta' });
  const button = h('button', { type: 'button', 'data-key': key, click: () => open(one.name, one.kind) },
    h('span', { class: 'name' }, shown(one.name)), meta, h('span', { class: 'value' }, svg, value));
  const row = { item: h('li', {}, button), button, value, meta, line };
  rows.set(key, row);
  return row;
}

function spark(values, filling) {
  const complete = filling && values.length > 1 ? values.slice(0, -1) : values;
  const numbers = complete.map((value) => (typeof value === 'number' ? value : null));
  const most = Math.max(...numbers, 0), least = Math.min(...numbers, 0);
  return numbers.map((value, place) => (value === null ? null : [90 - (numbers.length - 1 - place) * 3, 20 - (value - least) / (most - least || 1) * 18]))
    .filter(Boolean).map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' ');
}

function pause(now = !paused) {
  paused = now;
  element('pause').setAttribute('aria-pressed', String(paused));
  element('pause').textContent = paused ? 'Go on' : 'Pause';
  if (paused) clearTimeout(timer);
  else look();
}

let typing = 0;
search.addEventListener('input', () => { clearTimeout(typing); typing = setTimeout(() => change({ q: search.value.trim() }), 150); });
element('sort').addEventListener('change', (event) => change({ sort: event.target.value }));
element('window').addEventListener('change', (event) => change({ window: event.target.value }));
element('pause').addEventListener('click', () => pause());
element('help-button').addEventListener('click', () => element('help').showModal());
document.addEventListener('visibilitychange', () => { if (!document.hidden && !paused) look(); });
window.addEventListener('popstate', () => { read(); search.value = state.q; element('sort').value = state.sort; element('window').value = state.window; look(); });
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', look);
document.addEventListener('keydown', (event) => {
  const field = event.target.closest?.('input, select, textarea, dialog');
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === 'Escape' && field === search) { search.blur(); return; }
  if (event.key === 'ArrowDown' && field === search) { event.preventDefault(); element('metrics').querySelector('button')?.focus(); return; }
  if (field) return;
  const inList = event.target.closest?.('#metrics li');
  if (event.key === '/') { event.preventDefault(); search.focus(); search.select(); }
  else if (event.key === '?') element('help').showModal();
  else if (event.key === ' ' && !event.target.closest('button, summary')) { event.preventDefault(); pause(); }
  else if (views[Number(event.key) - 1]) change({ view: views[Number(event.key) - 1][0] }, true);
  else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
    if (event.target.closest('canvas')) return;
    const all = [...element('metrics').querySelectorAll('button')];
    const at = inList ? all.indexOf(event.target) : all.findIndex((button) => button.getAttribute('aria-current') === 'true');
    const next = all[Math.max(0, Math.min(all.length - 1, at + (event.key === 'ArrowDown' ? 1 : -1)))];
    if (next) { event.preventDefault(); next.focus(); }
  }
});

look();
