// A metric as it is written elsewhere. What was received is quoted for each language, and what steers a terminal or hides in
// a text is escaped, so that nothing else is pasted than what is seen.

import { odd } from './dom.js';

const letters = { count: 'c', gauge: 'g', set: 's', histogram: 'h', timing: 'ms', distribution: 'd' };
const python = { count: 'increment', gauge: 'gauge', set: 'set', histogram: 'histogram', timing: 'timing', distribution: 'distribution' };

/** A command that prints the text and a line end. */
function echo(text) {
  const quote = (plain) => `'${plain.replaceAll("'", `'\\''`)}'`;
  if (text.search(odd) < 0) return `echo ${quote(text)}`;
  const octal = (symbol) => [...new TextEncoder().encode(symbol)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
  return `printf ${quote(`${text.replace(/[%\\]/g, (symbol) => (symbol === '%' ? '%%' : '\\\\')).replace(odd, octal)}\\n`)}`;
}

// JSON's strings are strings of Python and JavaScript too.
const quoted = (text) => JSON.stringify(text).replace(odd, (symbol) => `\\u${symbol.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** Host and port that the daemon listens on, as programs on this machine reach it. */
export function target(overview) {
  const udp = overview.listeners.find((listener) => listener.kind === 'udp')?.address.replace(/^(0\.0\.0\.0|\[::\])/, '127.0.0.1') ?? '127.0.0.1:8125';
  const split = udp.lastIndexOf(':');
  return { host: udp.slice(0, split).replace(/^\[|\]$/g, ''), port: udp.slice(split + 1), isDefault: udp === '127.0.0.1:8125' };
}

/** Pairs of a heading and a text, of a metric with these tags. */
export function snippets({ name, kind, series }, { host, port, isDefault }) {
  const tags = series[0]?.tags ?? [];
  const line = `${name}:1|${letters[kind]}${tags.length ? `|#${tags.join(',')}` : ''}`;
  const list = `[${tags.map(quoted).join(', ')}]`;
  const value = kind === 'set' ? '"member"' : '1';
  const client = isDefault ? 'from basenji import statsd' : `from basenji import DogStatsd\n\nstatsd = DogStatsd(host="${host}", port=${port})`;
  return [
    ['Shell', `${echo(line)} | nc -u -w1 ${host} ${port}`],
    ['Python', `${client}${isDefault ? '\n' : ''}\nstatsd.${python[kind]}(${quoted(name)}, ${value}, tags=${list})`],
    ['Node', `const { StatsD } = require('basenji');\n\nnew StatsD(${isDefault ? '' : `{ host: '${host}', port: ${port} }`}).${python[kind]}(${quoted(name)}, ${value}, ${list});`],
    ['pytest', `def test_it_is_sent(dogstatsd):\n    ...\n    dogstatsd.assert_sent(${quoted(name)}, tags=${list})`],
    ['PromQL', promql({ name, kind }, tags)],
  ];
}

function promql({ name, kind }, tags) {
  const plain = (name) => name.replace(/[^a-zA-Z0-9_:]/g, '_').replace(/^(\d)/, '_$1');
  const labels = tags.map((tag) => tag.split(/:(.*)/s)).filter(([, value]) => value !== undefined).map(([key, value]) => `${plain(key)}=${quoted(value)}`);
  const where = labels.length ? `{${labels.join(',')}}` : '';
  if (kind === 'count') return `rate(${plain(name)}_total${where}[1m])`;
  if (kind === 'distribution') return `histogram_quantile(0.99, sum(rate(${plain(name)}${where}[1m])))`;
  return `${plain(name)}${where}`;
}
