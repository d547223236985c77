'use strict';

// Client-side aggregation of counts, gauges and sets: a context is sent once an interval.

const { cloneTags, validateCardinality } = require('./helpers');
const { lineOf } = require('./line');
const { report } = require('./report');
const { format, telegrafTag } = require('./tags');

/** Tags as they will stand on the wire, in an order that does not matter. */
function tagsKey(client, tags) {
  if (tags === undefined || tags === null) return '';
  if (typeof tags !== 'object') return JSON.stringify(tags);
  const all = format(tags, client.telegraf);
  return JSON.stringify((client.telegraf ? all.map(telegrafTag) : all).sort());
}

function contextKey(client, name, type, tags, cardinality) {
  const effective = client.datadog ? validateCardinality(cardinality) || client.cardinality || '' : '';
  client.contextSuffix ??= `${tagsKey(client, client.globalTags)}|${client.containerID || ''}|${client.externalData || ''}`;
  return `${type}|${name}|${tagsKey(client, tags)}|${effective}|${client.contextSuffix}`;
}

class Aggregation {
  constructor({ flushInterval, maxContexts }) {
    this.flushInterval = flushInterval;
    this.maxContexts = maxContexts;
    this.contexts = new Map();
    this.isFullReported = false;
    this.closed = false;
    /** Clients with a message of a flush on its way. */
    this.activeClients = new Set();
  }

  /** Takes a call; false if its context is new and there is no place for one. */
  record(client, name, value, type, tags, cardinality) {
    const key = contextKey(client, name, type, tags, cardinality);
    let context = this.contexts.get(key);
    if (!context) {
      if (this.contexts.size >= this.maxContexts) {
        this.#reportFull(client);
        return false;
      }
      context = { client, name, type, tags: cloneTags(tags), cardinality, value: type === 's' ? new Set() : 0, place: undefined, told: 0 };
      this.contexts.set(key, context);
      if (type !== 's') context.place = client.bufferHolder.will?.context((mark) => lineOf(client, `${name}:${mark}|${type}`, tags, cardinality));
    }
    if (type === 's') {
      const { size } = context.value.add(value);
      if (size > context.told) {
        context.told = size;
        client.bufferHolder.will?.context(() => lineOf(client, `${name}:${client.text(value)}|s`, tags, cardinality));
      }
      return true;
    }
    context.value = type === 'c' ? context.value + value : value;
    client.bufferHolder.will?.value(context.place, context.value);
    return true;
  }

  #reportFull(client) {
    if (this.isFullReported) return;
    this.isFullReported = true;
    const message =
      `hot-shots: aggregation context limit (${this.maxContexts}) reached; ` +
      'further new contexts are sent directly without aggregation';
    if (!client.errorHandler) {
      console.error(message);
      return;
    }
    try {
      client.errorHandler(new Error(message));
    } catch (thrown) {
      console.error(`hot-shots: errorHandler threw inside aggregation overflow signal: ${thrown && thrown.message}`);
    }
  }

  #send(context) {
    const { client, name, type, tags, cardinality, value } = context;
    try {
      const values = type === 's' ? value : [value];
      for (const one of values) client.send(`${name}:${client.text(one)}|${type}`, tags, cardinality);
    } catch (error) {
      report(client, error, 'aggregation flush');
    } finally {
      if (client.messagesInFlight > 0) {
        this.activeClients.add(client);
        client.whenDrained(() => this.activeClients.delete(client));
      } else if (client.hasLeft && !this.activeClients.has(client)) {
        this.activeClients.add(client);
        setImmediate(() => {
          client.hasLeft = false;
          this.activeClients.delete(client);
        });
      }
    }
  }

  /** Sends a context before its time, so that what is sent next does not overtake it. */
  flushContext(client, name, type, tags, cardinality) {
    const key = contextKey(client, name, type, tags, cardinality);
    const context = this.contexts.get(key);
    if (!context) return;
    this.contexts.delete(key);
    client.bufferHolder.will?.value(context.place, undefined);
    this.#send(context);
  }

  flush() {
    const { contexts } = this;
    this.contexts = new Map();
    for (const { client } of contexts.values()) {
      client.bufferHolder.will?.flushed();
      break;
    }
    for (const context of contexts.values()) this.#send(context);
  }
}

module.exports = Aggregation;
