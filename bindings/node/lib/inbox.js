'use strict';

/** What one `for await` over a server has not read yet. While there is anything, the server takes no further flush but those that somebody waits for. */
class Inbox {
  #items = [];
  #next = 0;
  #waiting = [];
  #ended = false;
  #empty;
  #gone;

  /** `empty` is called when the last item has been read, `gone` when nobody reads any more. */
  constructor(empty, gone) {
    this.#empty = empty;
    this.#gone = gone;
  }

  get length() {
    return this.#items.length - this.#next;
  }

  push(items) {
    if (this.#ended) return;
    this.#items = this.length > 0 ? [...this.#items.slice(this.#next), ...items] : items;
    this.#next = 0;
    while (this.#waiting.length > 0 && this.length > 0) this.#waiting.shift()({ value: this.#shift(), done: false });
  }

  /** No more items come; those that are there can still be read. */
  end() {
    this.#ended = true;
    for (const resolve of this.#waiting.splice(0)) resolve({ value: undefined, done: true });
  }

  #shift() {
    const item = this.#items[this.#next];
    this.#next += 1;
    if (this.length === 0) {
      this.#items = [];
      this.#next = 0;
    }
    return item;
  }

  next() {
    if (this.length > 0) {
      const value = this.#shift();
      if (this.length === 0) this.#empty();
      return Promise.resolve({ value, done: false });
    }
    if (this.#ended) return Promise.resolve({ value: undefined, done: true });
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  return(value) {
    this.#items = [];
    this.#next = 0;
    this.#gone();
    this.end();
    this.#empty();
    return Promise.resolve({ value, done: true });
  }

  [Symbol.asyncIterator]() {
    return this;
  }
}

module.exports = { Inbox };
