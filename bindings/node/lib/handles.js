'use strict';

// Metrics resolved once: a call on one of these touches no string.

class Handle {
  constructor(recorder, kind, name, tags, spelled) {
    this.recorder = recorder;
    this.what = [kind, name, tags, spelled];
    this.number = recorder.find(kind, name, tags, spelled);
    this.generation = recorder.generation;
  }

  /** Takes a value. */
  take(value) {
    const { recorder } = this;
    if (this.generation === recorder.generation && this.number !== -1) recorder.push(this.number, value);
    else this.renew(value);
  }

  renew(value) {
    const [kind, name, tags, spelled] = this.what;
    this.number = this.recorder.find(kind, name, tags, spelled);
    this.generation = this.recorder.generation;
    if (this.number === -1) this.recorder.call(kind, name, value, tags, spelled);
    else this.recorder.push(this.number, value);
  }
}

/** A count. */
class CounterHandle extends Handle {
  inc() {
    this.take(1);
  }

  dec() {
    this.take(-1);
  }

  add(value) {
    this.take(value);
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

module.exports = { CounterHandle, GaugeHandle, SampleHandle };
