'use strict';

// Events and service checks.

const { merge } = require('./tags');
const { escaped, oneLine, seconds, text: told } = require('./words');

const bytes = (text) => Buffer.byteLength(text);

function refuse(client, callback) {
  const error = new Error('Not supported by Telegraf / InfluxDB');
  if (callback) return callback(error);
  if (client.errorHandler) return client.errorHandler(error);
  throw error;
}

/** The last function of both, which may stand in the place of the tags. */
function last(tags, callback) {
  if (typeof callback === 'function') return callback;
  return callback === undefined && typeof tags === 'function' ? tags : undefined;
}

const FIELDS = [
  ['hostname', 'h'],
  ['aggregation_key', 'k'],
  ['priority', 'p'],
  ['source_type_name', 's'],
  ['alert_type', 't'],
];

const date = (value) => (value && seconds(value) ? `|d:${seconds(value)}` : '');

function event(title, text, options, tags, callback) {
  if (this.telegraf) return refuse(this, callback);
  const done = last(tags, callback);
  this.telemetry?.recordEvent();
  const plain = told(title || '');
  const head = escaped(this.prefix + plain + this.suffix);
  const body = escaped(told(text || plain));
  let message = `_e{${bytes(head)},${bytes(body)}}:${head}|${body}${date(options?.date_happened)}`;
  for (const [option, field] of FIELDS) {
    if (options?.[option]) message += `|${field}:${oneLine(told(options[option]))}`;
  }
  this.send(message, tags, options?.cardinality, done);
}

function check(name, status, options, tags, callback) {
  if (this.telegraf) return refuse(this, callback);
  const done = last(tags, callback);
  this.telemetry?.recordServiceCheck();
  const { date_happened: at, hostname, message: said, cardinality } = options || {};
  let message = oneLine(`_sc|${this.prefix}${told(name)}${this.suffix}|${told(status ?? '')}`) + date(at);
  if (hostname) message += `|h:${oneLine(told(hostname))}`;
  const all = tags && typeof tags === 'object' ? merge(this.globalTags, tags, this.telegraf) : this.globalTags;
  if (all.length > 0) message += `|#${all.join(',')}`;
  for (const field of this.getDatadogExtensionFields(cardinality)) message += `|${field}`;
  // The message is the last field, to the end of the line.
  if (said) message += `|m:${escaped(told(said))}`;
  this._send(message, done);
}

module.exports = { check, event, last };
