'use strict';

// The drop-in writes its lines in JavaScript, the core has hot-shots' dialect for everybody else: one set of vectors holds the two together, and the fast
// profile, whose lines are the core's, to what is left when the unreadable is cleaned.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { StatsD, parse } = require('..');
const { receiver } = require('./support/receiver');

const FILE = path.join(__dirname, '../../../tests/vectors/client_lines.jsonl');
const vectors = fs.readFileSync(FILE, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line)).filter(({ dialect }) => dialect.startsWith('hot-shots'));

const SPECIAL = { NaN: NaN, '+Inf': Infinity, '-Inf': -Infinity };

/** A number or a text of a vector. */
function given(value) {
  if (value === undefined) return undefined;
  if ('text' in value) return value.text;
  const number = value.float ?? value.int;
  return typeof number === 'string' ? (SPECIAL[number] ?? number) : number;
}

/** The client of a vector, and its call. */
function made(vector, options) {
  const { identity } = vector;
  const client = new StatsD({
    datadog: !vector.dialect.endsWith('telegraf'),
    originDetection: false,
    includeDatadogTelemetry: false,
    containerID: identity.container_id,
    cardinality: identity.cardinality,
    prefix: identity.prefix,
    suffix: identity.suffix,
    globalTags: identity.tags,
    telegraf: vector.dialect.endsWith('telegraf'),
    tagPrefix: vector.tag_prefix,
    tagSeparator: vector.tag_separator,
    ...options,
  });
  client.externalData = identity.external_data;
  return client;
}

function call(client, { kind, type, name, value, tags, sample_rate: rate, timestamp, cardinality, ...rest }) {
  const date = given(timestamp);
  const fields = { date_happened: date, hostname: rest.host, aggregation_key: rest.aggregation_key, priority: rest.priority, cardinality };
  if (kind === 'metric') client.sendStat(name, given(value), type, rate, tags, date, cardinality);
  else if (kind === 'event') client.event(rest.title, rest.text, { ...fields, source_type_name: rest.source_type, alert_type: rest.alert_type }, tags);
  else client.check(name, given(rest.status), { ...fields, message: rest.message }, tags);
}

test('each call gives the line of its vector', (t) => {
  t.mock.method(Math, 'random', () => 0);
  const differing = vectors.filter((vector) => {
    const client = made(vector, { mock: true });
    call(client, vector.call);
    return JSON.stringify(client.mockBuffer) !== JSON.stringify([vector.line]);
  });
  assert.deepEqual(differing.map(({ name }) => name), []);
  assert.ok(vectors.length > 140, `${vectors.length} vectors`);
});

test('with the fast profile a call of a vector gives the same line, or one that can be read, or none and is counted', async (t) => {
  const server = await receiver('uds');
  t.after(() => server.close());
  let [same, cleaned, refused] = [0, 0, 0];
  for (const vector of vectors.filter(({ dialect, tag_prefix: odd }) => dialect === 'hot-shots' && odd === undefined)) {
    // An aggregated line has no rate of a count, and samples are drawn by the core.
    if (vector.call.sample_rate < 1) continue;
    // External data is the environment's for this profile.
    if (vector.identity.external_data !== undefined) continue;
    const client = made(vector, { ...server.options, profile: 'fast' });
    const before = server.datagrams.length;
    call(client, vector.call);
    const { refused: count } = client.stats;
    await client.close();
    if (count > 0) {
      refused++;
      continue;
    }
    await server.expect(before + 1);
    const line = server.datagrams[before];
    if (line === vector.line) same++;
    else {
      cleaned++;
      assert.equal(parse(line).length, 1, vector.name);
    }
  }
  assert.ok(same > 80 && cleaned < 20 && refused < 30, `${same} the same, ${cleaned} cleaned, ${refused} refused`);
});
