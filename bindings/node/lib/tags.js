'use strict';

// Tags: cleaned, from arrays or objects to text, and merged, where a call's key takes the place of the client's.

const { Seen, text } = require('./words');

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

const UNSAFE = /[|@,#\n\r]/;

/** Clean keys of tags that came as an object. */
const keys = new Seen();

function knownKey(key) {
  const known = keys.get(key);
  if (known !== undefined) return known;
  const made = cleanKey(key);
  keys.offer(key, made);
  return made;
}

function pair(key, value, telegraf) {
  if (telegraf) return `${cleanKey(key, true)}:${cleanValue(value, true)}`;
  return `${knownKey(key)}:${typeof value === 'string' && !UNSAFE.test(value) ? value : cleanValue(value)}`;
}

function cleanTag(tag, telegraf) {
  const colon = typeof tag === 'string' ? tag.indexOf(':') : -1;
  // Most are clean.
  if (!telegraf && colon !== 0 && typeof tag === 'string' && !UNSAFE.test(tag)) return tag;
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

/** Tags that were seen, clean and with their keys. */
const seen = new Seen();

function parse(tag, telegraf) {
  if (telegraf) return withKey(cleanTag(tag, true));
  const known = seen.get(tag);
  if (known !== undefined) return known;
  const parsed = withKey(cleanTag(tag));
  if (typeof tag === 'string') seen.offer(tag, parsed);
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

function isNamed(tags, key) {
  if (key === undefined) return false;
  for (let i = 0; i < tags.length; i++) if (tags[i].key === key) return true;
  return false;
}

/** A call's tags by key, then its bare ones. */
function ordered(added, telegraf) {
  const tags = [];
  if (Array.isArray(added)) {
    for (let i = 0; i < added.length; i++) tags.push(parse(added[i], telegraf));
  } else {
    const names = Object.keys(added);
    for (let i = 0; i < names.length; i++) tags.push(keyed(names[i], added[names[i]], telegraf));
  }
  // Looking at all pairs pays for a few tags only.
  return tags.length > 16 || !isInOrder(tags) ? inOrder(tags) : tags;
}

function keyed(key, value, telegraf) {
  const known = telegraf ? '' : knownKey(key);
  const tag = pair(key, value, telegraf);
  // A key that is empty, or cleaned, is looked at again.
  return known === key && key !== '' ? { text: tag, key } : withKey(tag);
}

/** The client's tags whose key the call does not name, then the call's tags by key, then its bare ones. */
function merge(own, added, telegraf) {
  if (!added) return own;
  const tags = ordered(added, telegraf);
  const all = [];
  for (const tag of own) if (!isNamed(tags, parse(tag, telegraf).key)) all.push(tag);
  for (const tag of tags) all.push(tag.text);
  return all;
}

/** One text of two, in one piece. */
const flat = (one, other) => [one, other].join('');

/** A client's tags, looked at once. Texts are put together from few pieces, since each one that is longer than a dozen letters is an object of its own. */
class Own {
  constructor(tags, prefix, separator) {
    this.tags = tags;
    this.length = tags.length;
    this.prefix = prefix;
    this.separator = separator;
    this.parsed = tags.map((tag) => parse(tag));
    /** What stands before tags, and the client's own with it. */
    this.lead = `|${prefix}`;
    this.field = this.length > 0 ? flat(this.lead, tags.join(separator)) : '';
    this.first = this.parsed.map((tag) => flat(this.lead, tag.text));
    this.further = this.parsed.map((tag) => flat(separator, tag.text));
  }

  /** The line with a field of what `merge` gives. */
  line(message, added) {
    const tags = ordered(added);
    const { parsed, separator } = this;
    let line = message + this.field;
    let before = this.length > 0 ? separator : this.lead;
    if (this.#isNamed(tags)) {
      line = message;
      before = this.lead;
      for (let i = 0; i < parsed.length; i++) {
        if (isNamed(tags, parsed[i].key)) continue;
        line += before === separator ? this.further[i] : this.first[i];
        before = separator;
      }
    }
    for (let i = 0; i < tags.length; i++) {
      line += before + tags[i].text;
      before = separator;
    }
    return line;
  }

  /** Whether a call's tags take the place of one. */
  #isNamed(tags) {
    for (let i = 0; i < this.parsed.length; i++) if (isNamed(tags, this.parsed[i].key)) return true;
    return false;
  }

  /** What `merge` gives, as one text. */
  with(added) {
    // One tag that is clean, of a client that has none: most of the tags that never come again.
    if (this.length === 0 && added.length === 1 && typeof added[0] === 'string') return cleanTag(added[0]);
    return this.line('', added).slice(this.lead.length);
  }
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

module.exports = { Own, cleanKey, cleanValue, format, isSome, merge, telegrafTag };
