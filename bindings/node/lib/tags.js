'use strict';

// Tags: cleaned, from arrays or objects to text, and merged, where a call's key takes the place of the client's.

const KEY = /[:|@,#\n\r]/g;
const VALUE = /[|@,#\n\r]/g;
// Telegraf's lines may hold @ and #, but no backslash before a separator.
const TELEGRAF_KEY = /[:|,\n\r]/g;
const TELEGRAF_VALUE = /[|,\n\r]/g;

function clean(value, pattern, telegraf) {
  const text = String(value).replace(pattern, '_');
  return telegraf && text.endsWith('\\') ? `${text.slice(0, -1)}_` : text;
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

/** The client's tags whose key the call does not name, then the call's tags by key, then its bare ones. */
function merge(own, added, telegraf) {
  if (!added) return own;
  const byKey = new Map();
  const bare = [];
  for (const tag of format(added, telegraf)) {
    const key = keyOf(tag);
    if (key === undefined) bare.push(tag);
    else if (byKey.has(key)) byKey.get(key).push(tag);
    else byKey.set(key, [tag]);
  }
  const kept = byKey.size === 0 ? own : own.filter((tag) => !byKey.has(keyOf(tag)));
  return kept.concat(...byKey.values(), bare);
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
