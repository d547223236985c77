'use strict';

// Tags: cleaned, from arrays or objects to text, and merged, where a call's key takes the place of the client's.

const { text } = require('./words');

const KEY = /[:|@,#\n\r]/g;
const VALUE = /[|@,#\n\r]/g;
// Telegraf's lines may hold @ and #, but no backslash before a separator.
const TELEGRAF_KEY = /[:|,\n\r]/g;
const TELEGRAF_VALUE = /[|,\n\r]/g;

function clean(value, pattern, telegraf) {
  const safe = text(value).replace(pattern, '_');
  return telegraf && safe.endsWith('\\') ? `${safe.slice(0, -1)}_` : safe;
}

const cleanKey = (value, telegraf) => clean(value, telegraf ? TELEGRAF_KEY : KEY, telegraf);
const cleanValue = (value, telegraf) => clean(value, telegraf ? TELEGRAF_VALUE : VALUE, telegraf);

const pair = (key, value, telegraf) => `${cleanKey(key, telegraf)}:${cleanValue(value, telegraf)}`;

function cleanTag(tag, telegraf) {
  const colon = typeof tag === 'string' ? tag.indexOf(':') : -1;
  return colon > 0 ? pair(tag.slice(0, colon), tag.slice(colon + 1), telegraf) : cleanKey(tag, telegraf);
}

/** Tags as a list of clean text, `key:value` or bare. */
function format(tags, telegraf) {
  if (Array.isArray(tags)) return tags.map((tag) => cleanTag(tag, telegraf));
  return Object.keys(tags).map((key) => pair(key, tags[key], telegraf));
}

/** The key of a clean tag, undefined where it is bare. */
function keyOf(tag) {
  const colon = typeof tag === 'string' ? tag.indexOf(':') : -1;
  return colon > 0 ? tag.slice(0, colon) : undefined;
}

const withKey = (tag) => ({ text: tag, key: keyOf(tag) });

/** Tags that were seen, clean and with their keys, so that each is looked at once; when there are as many as this, they begin anew. */
const SEEN = 2048;
/** Longer ones are not kept. */
const LONGEST = 200;
const seen = new Map();

function parse(tag, telegraf) {
  const known = telegraf ? undefined : seen.get(tag);
  if (known !== undefined) return known;
  const parsed = withKey(cleanTag(tag, telegraf));
  if (!telegraf && typeof tag === 'string' && tag.length <= LONGEST) {
    if (seen.size >= SEEN) seen.clear();
    seen.set(tag, parsed);
  }
  return parsed;
}

/** Whether keyed tags of different keys come first, then bare ones. */
function isInOrder(tags) {
  for (let i = 0; i < tags.length; i++) {
    const { key } = tags[i];
    if (key === undefined) continue;
    for (let j = 0; j < i; j++) if (tags[j].key === undefined || tags[j].key === key) return false;
  }
  return true;
}

/** Keyed tags, those of one key together, then bare ones. */
function inOrder(tags) {
  const byKey = new Map();
  const bare = [];
  for (const tag of tags) {
    if (tag.key === undefined) bare.push(tag);
    else if (byKey.has(tag.key)) byKey.get(tag.key).push(tag);
    else byKey.set(tag.key, [tag]);
  }
  return [].concat(...byKey.values(), bare);
}

const isNamed = (tags, key) => key !== undefined && tags.some((tag) => tag.key === key);

/** The client's tags whose key the call does not name, then the call's tags by key, then its bare ones. */
function merge(own, added, telegraf) {
  if (!added) return own;
  let tags = Array.isArray(added)
    ? added.map((tag) => parse(tag, telegraf))
    : format(added, telegraf).map(withKey);
  // Looking at all pairs pays for a few tags only.
  if (tags.length > 16 || !isInOrder(tags)) tags = inOrder(tags);
  const all = [];
  for (const tag of own) if (!isNamed(tags, parse(tag, telegraf).key)) all.push(tag);
  for (const tag of tags) all.push(tag.text);
  return all;
}

/** Whether there is a tag in it. */
function isSome(tags) {
  if (!tags || typeof tags !== 'object') return false;
  return Array.isArray(tags) ? tags.length > 0 : Object.keys(tags).length > 0;
}

/** What stands in a Telegraf line for a tag. */
function telegrafTag(tag) {
  const colon = tag.indexOf(':');
  return colon < 1 ? tag : `${tag.slice(0, colon)}=${tag.slice(colon + 1)}`;
}

module.exports = { cleanKey, cleanValue, format, isSome, merge, telegrafTag };
