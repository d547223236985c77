'use strict';

// A whole line: a message with the client's tags and the call's, and with origin and cardinality.

const { Own, isSome, merge, telegrafTag } = require('./tags');

/** The client's tags, which are looked at anew when somebody has changed them. */
function ownTags(client) {
  const { own, globalTags, tagPrefix, tagSeparator } = client;
  const isKnown = own !== undefined && own.tags === globalTags && own.length === globalTags.length;
  if (isKnown && own.separator === tagSeparator && own.prefix === tagPrefix) return own;
  return (client.own = new Own(globalTags, tagPrefix, tagSeparator));
}

function withTags(client, message, tags) {
  const own = ownTags(client);
  return isSome(tags) ? own.line(message, tags) : message + own.field;
}

function withTelegrafTags(client, message, tags) {
  const all = isSome(tags) ? merge(client.globalTags, tags, true) : client.globalTags;
  if (all.length === 0) return message;
  const colon = message.indexOf(':');
  const [name, rest] = colon < 0 ? [message, ':'] : [message.slice(0, colon), message.slice(colon)];
  return `${name},${all.map(telegrafTag).join(',')}${rest}`;
}

/** A whole line. */
function lineOf(client, message, tags, cardinality) {
  let line = client.telegraf ? withTelegrafTags(client, message, tags) : withTags(client, message, tags);
  if (client.datadog) {
    for (const field of client.getDatadogExtensionFields(cardinality)) line += `|${field}`;
  }
  return line;
}

module.exports = { lineOf };
