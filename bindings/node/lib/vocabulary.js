'use strict';

// From names and tags, as a user says them, to the series of a recorder. A name remembers the tags that it was called with last, so that the same call
// again is one look-up and a comparison of texts; other tags are found in a tree.

const { text } = require('./words');

/** A context that the addon knows by a number. A count's calls are summed up until they are handed over, for which it is listed. */
class Series {
  constructor(number) {
    this.number = number;
    this.isListed = false;
  }
}

class Leaf {
  constructor() {
    this.branches = undefined;
    this.tags = undefined;
    this.series = undefined;
  }
}

class Name {
  constructor() {
    this.tree = new Leaf();
    this.last = this.tree;
    /** How many lists of tags have been entered, how many calls have found one, and how many came since it is not worth it. */
    this.entered = 0;
    this.found = 0;
    this.passed = 0;
  }

  /**
   * Whether tags are looked up, and entered where they are new. Both cost more than a call by name does, which is lost where tags never come again: then
   * it is done for one call in sixteen, in case they do.
   */
  isWorthIt() {
    return this.entered < TRIED || this.found > this.entered || (++this.passed & 15) === 0;
  }
}

/** Lists of tags that a name enters before it is seen whether they come again. */
const TRIED = 64;

/** Whether these are tags that can be looked up: a list of text. */
function isText(tags) {
  if (!Array.isArray(tags)) return false;
  for (let i = 0; i < tags.length; i++) if (typeof tags[i] !== 'string') return false;
  return true;
}

class Vocabulary {
  /** `spell` gives the name and the tags, joined by commas, as they stand on the wire. */
  constructor(recorder, spell) {
    this.recorder = recorder;
    this.spell = spell;
    this.#begin();
  }

  #begin() {
    this.generation = this.recorder.generation;
    this.names = { c: new Map(), g: new Map(), h: new Map(), d: new Map(), ms: new Map() };
  }

  /** The series of a context; undefined where it is none that can have a number, or there is none left. */
  find(kind, name, tags) {
    if (this.generation === this.recorder.generation && Array.isArray(tags)) {
      const known = this.names[kind].get(name);
      if (known !== undefined) {
        const { last } = known;
        const { length } = tags;
        if (last.tags !== undefined && last.tags.length === length) {
          let same = 0;
          while (same < length && tags[same] === last.tags[same]) same++;
          if (same === length) return last.series;
        }
        if (!known.isWorthIt()) return undefined;
        let leaf = known.tree;
        for (let i = 0; i < length && leaf !== undefined; i++) leaf = leaf.branches?.get(tags[i]);
        if (leaf !== undefined && leaf.series !== undefined) {
          known.last = leaf;
          known.found++;
          return leaf.series;
        }
      }
    }
    return this.#enter(kind, name, tags);
  }

  #enter(kind, name, tags) {
    if (typeof name !== 'string' || !isText(tags)) return undefined;
    if (!this.recorder.hasRoom()) return undefined;
    if (this.generation !== this.recorder.generation) this.#begin();
    const names = this.names[kind];
    let known = names.get(name);
    if (known === undefined) names.set(name, (known = new Name()));
    let leaf = known.tree;
    for (const tag of tags) {
      leaf.branches ??= new Map();
      let next = leaf.branches.get(tag);
      if (next === undefined) leaf.branches.set(tag, (next = new Leaf()));
      leaf = next;
    }
    known.entered++;
    leaf.tags = tags.slice();
    const [spelled, all] = this.spell(name, tags);
    leaf.series = new Series(this.recorder.enter(kind, spelled, all));
    known.last = leaf;
    return leaf.series;
  }

  /** Takes a call of text and a list of text, by number where there is one. */
  call(kind, name, value, tags) {
    const isNumber = kind !== 's' && typeof value === 'number';
    const series = isNumber ? this.find(kind, name, tags) : undefined;
    if (series !== undefined) this.recorder.take(kind, series, value);
    else this.callByName(kind, name, isNumber ? value : text(value), tags);
  }

  /** Takes a call of text and a list of text, a number or a member, for which there is no number. */
  callByName(kind, name, value, tags) {
    const [spelled, all] = this.spell(name, tags);
    this.recorder.call(kind, spelled, all, value);
  }
}

module.exports = { Series, Vocabulary, isText };
