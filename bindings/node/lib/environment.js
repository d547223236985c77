'use strict';

// What the environment says of a client: where to send, tags, whether an Agent listens.

const { cleanKey, merge } = require('./tags');
const { cardinality, externalData } = require('./words');
const { containerId } = require('./origin');

const DEFAULT_PORT = 8125;

/** Variables that tell of an Agent. */
const SIGNALS = [
  'DD_AGENT_HOST', 'DD_DOGSTATSD_PORT', 'DD_ENTITY_ID', 'DD_ENV', 'DD_SERVICE', 'DD_VERSION', 'DD_EXTERNAL_ENV',
  'DD_CARDINALITY', 'DD_TAGS', 'DD_DOGSTATSD_URL', 'DD_DOGSTATSD_SOCKET',
];

/** Variables that are tags, and the keys of those. */
const TAGS = { DD_ENTITY_ID: 'dd.internal.entity_id', DD_ENV: 'env', DD_SERVICE: 'service', DD_VERSION: 'version' };

const OFF = ['no', 'false', '0', 'n', 'off'];

const isOff = (value) => value !== undefined && value !== null && OFF.includes(String(value).toLowerCase());

const refused = (what) => {
  console.error(`hot-shots: ${what}; ignoring`);
  return null;
};

function udp(url, rest) {
  const bracketed = /^\[(.+)\](?::(\d+))?$/.exec(rest);
  // An address of version 6 without brackets has several colons, and no port.
  const plain = /^([^:]*):([^:]*)$/.exec(rest);
  const [, host, port] = bracketed ?? plain ?? [undefined, rest, undefined];
  if (host === '') return refused(`invalid DD_DOGSTATSD_URL '${url}' — missing host`);
  if (port === undefined) return { protocol: 'udp', host, port: DEFAULT_PORT };
  const number = /^\d+$/.test(port) ? Number(port) : 0;
  if (number < 1 || number > 65535) return refused(`invalid port in DD_DOGSTATSD_URL '${url}'`);
  return { protocol: 'udp', host, port: number };
}

/** What a URL says of the transport; null for one that says nothing, which is reported. */
function parseUrl(value) {
  const url = String(value);
  const [, scheme, rest] = /^([^:]*):\/\/([^]*)$/.exec(url) ?? [];
  if (scheme === 'unixstream') {
    return refused(`unsupported DD_DOGSTATSD_URL '${url}' — stream Unix sockets are not supported`);
  }
  if (scheme === 'unix' || scheme === 'unixgram') {
    return rest === '' ? refused(`invalid DD_DOGSTATSD_URL '${url}' — missing socket path`) : { protocol: 'uds', path: rest };
  }
  if (scheme === 'udp') return udp(url, rest);
  return refused(`unsupported scheme in DD_DOGSTATSD_URL '${url}' — expected udp://, unix:// or unixgram://`);
}

/** The transport that the environment names, or null. */
function transport() {
  const { DD_DOGSTATSD_URL: url, DD_DOGSTATSD_SOCKET: socket } = process.env;
  const named = url ? parseUrl(url) : null;
  if (named || !socket) return named;
  const path = socket.trim();
  return path === '' ? refused('invalid DD_DOGSTATSD_SOCKET — empty or whitespace-only socket path') : { protocol: 'uds', path };
}

/** The client's tags with those of the environment. A child has inherited the ones of `DD_TAGS`. */
function withTags(tags, { isChild, telegraf }) {
  let all = tags;
  const listed = process.env.DD_TAGS || process.env.DATADOG_TAGS;
  if (listed && !isChild) {
    const split = listed.split(listed.includes(',') ? ',' : /\s+/).map((tag) => tag.trim()).filter(Boolean);
    if (split.length > 0) all = merge(all, split, telegraf);
  }
  const set = Object.keys(TAGS).filter((name) => process.env[name]);
  if (set.length === 0) return all;
  const isReplaced = (tag) => set.some((name) => tag.startsWith(`${TAGS[name]}:`));
  return all.filter((tag) => !isReplaced(tag)).concat(set.map((name) => `${TAGS[name]}:${cleanKey(process.env[name])}`));
}

const hasAgent = (telegraf) => !telegraf && SIGNALS.some((name) => process.env[name]);

/** Origin and cardinality of a client in Datadog mode. */
function origin(options) {
  const originDetection = options.originDetection !== false && !isOff(process.env.DD_ORIGIN_DETECTION_ENABLED);
  return {
    originDetection,
    containerID: options.containerID || (originDetection ? containerId() : undefined),
    externalData: externalData(process.env.DD_EXTERNAL_ENV),
    cardinality: cardinality(options.cardinality || process.env.DD_CARDINALITY || process.env.DATADOG_CARDINALITY),
  };
}

module.exports = { DEFAULT_PORT, hasAgent, isOff, origin, parseUrl, transport, withTags };
