'use strict';

// Metrics resolved once: a call on one of these touches no string.

const { showAs } = require('./shown');
const { Series } = require('./vocabulary');

/** What a handle has while there is no number for it. */
const NONE = Object.freeze(new Series(-1));

class Handle {
  constructor(words, kind, name, tags) {
    this.words = words;
    this.recorder = words.recorder;
    this.sums = words.recorder.sums;
    this.kind = kind;
    this.name = name;
    this.tags = tags;
    this.renew();
  }

  /** Finds its number, which is another one since numbers have begun anew. */
  renew() {
    this.series = this.words.find(this.kind, this.name, this.tags) ?? NONE;
    this.generation = this.recorder.generation;
  }

  /** Takes a value. */
  take(value) {
    if (this.generation !== this.recorder.generation || this.series === NONE) this.renew();
    if (typeof value !== 'number' || this.series === NONE) this.words.call(this.kind, this.name, value, this.tags);
    else this.recorder.take(this.kind, this.series, value);
  }
}

/** A count. One that is listed is of the present generation: all that is listed is handed over before the next one begins. */
class CounterHandle extends Handle {
  inc() {
    const { series } = this;
    if (series.isListed) this.sums[series.number] += 1;
    else this.take(1);
  }

  dec() {
    const { series } = this;
    if (series.isListed) this.sums[series.number] -= 1;
    else this.take(-1);
  }

  add(value) {
    const { series } = this;
    if (series.isListed && typeof value === 'number' && value - value === 0) this.sums[series.number] += value;
    else this.take(value);
  }
}

/** A gauge. */
class GaugeHandle extends Handle {
  set(value) {
    this.take(value);
  }
}

/** A histogram, distribution or timing. */
class SampleHandle extends Handle {
  record(value) {
    this.take(value);
  }
}

for (const Class of [CounterHandle, GaugeHandle]) showAs(Class, ({ name, tags }) => ({ name, tags }));
showAs(SampleHandle, ({ kind, name, tags }) => ({ kind, name, tags }));

module.exports = { CounterHandle, GaugeHandle, SampleHandle };
