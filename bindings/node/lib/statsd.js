'use strict';

// The drop-in for hot-shots: a client whose constructor is a plain function, with its names, defaults and bytes.

const util = require('util');
const closing = require('./closing');
const debug = require('./debug');
const delivery = require('./delivery');
const exit = require('./exit');
const messages = require('./messages');
const metrics = require('./metrics');
const { watch } = require('./reconnect');
const { guarded } = require('./report');
const settings = require('./settings');
const { merge } = require('./tags');
const timers = require('./timers');
const open = require('./transport');
const { write } = require('./will');
const words = require('./words');

const CHECKS = { OK: 0, WARNING: 1, CRITICAL: 2, UNKNOWN: 3 };

function setUpTelemetry(client, options) {
  const wanted = options.includeDatadogTelemetry === undefined ? client.datadog === true : options.includeDatadogTelemetry === true;
  client.includeDatadogTelemetry = wanted && !options.telegraf && !options.mock && !options.isChild;
  client.telemetry = (options.isChild && options.telemetry) || null;
  if (!client.includeDatadogTelemetry) return;
  client.telemetryFlushInterval = options.telemetryFlushInterval || 10000;
  const Telemetry = require('./telemetry');
  client.telemetry = new Telemetry(client, client.telemetryFlushInterval);
}

function setUpAggregation(client, options) {
  client.aggregator = (options.isChild && options.aggregator) || null;
  if (options.isChild || !options.aggregation) return;
  const Aggregation = require('./aggregation');
  client.aggregator = new Aggregation(settings.aggregation(options.aggregation));
  const flush = () => guarded(client, 'aggregation flush interval', () => client.aggregator.flush());
  client.aggregationIntervalHandle = setInterval(flush, client.aggregator.flushInterval).unref();
}

function setUpBuffer(client, options) {
  client.bufferHolder = options.isChild ? options.bufferHolder : { buffer: '', length: 0, isTelling: false };
  if (options.isChild) return;
  if (!client.mock && (client.maxBufferSize > 0 || client.aggregator)) client.bufferHolder.will = write(client.maxBufferSize);
  if (!(client.maxBufferSize > 0)) return;
  const flush = () => guarded(client, 'buffer flush interval', () => client.onBufferFlushInterval());
  client.intervalHandle = setInterval(flush, client.bufferFlushInterval).unref();
}

function setUpSocket(client, options) {
  if (options.isChild) {
    if (options.dnsError) client.dnsError = options.dnsError;
    client.socket = options.socket;
  } else if (options.useDefaultRoute) {
    const route = require('./route').defaultRoute();
    if (route) {
      console.log(`Got ${route} for the system's default route`);
      client.host = route;
    }
  }
  if (!client.socket) client.socket = open(client);
  if (!options.isChild) client.bufferHolder.will?.through(client.socket);
  if (!client.socket || options.isChild) return;
  if (options.errorHandler) client.socket.on('error', options.errorHandler);
}

/** Whether the fast profile is asked for. */
const isFast = (options) => (options.profile ?? process.env.BASENJI_PROFILE) === 'fast';

/** What is buffered or aggregated at the end of the process leaves where the transport sends at once. */
function setUpExit(client, options) {
  if (options.isChild || client.mock || !(client.maxBufferSize > 0 || client.aggregator)) return;
  client.atExit = {
    start() {
      client.aggregator?.flush();
      client.flushQueue();
    },
  };
  exit.atExit(client.atExit);
}

/**
 * A client. The options are one object; the thirteen arguments are those of hot-shots' deprecated form.
 */
// eslint-disable-next-line no-unused-vars
const Client = function (host, port, prefix, suffix, globalize, cacheDns, mock, globalTags, maxBufferSize, interval, telegraf, rate, protocol) {
  const options = settings.fromArguments(arguments);
  this.messagesInFlight = 0;
  this.waiting = [];
  /** What is on its way, and the callbacks that wait for it; each is called once with the outcome. */
  this.unsettled = new Map();
  this.own = undefined;
  this.names = new words.Seen();
  this.hasLeft = false;
  this.CHECKS = { ...CHECKS };
  settings.apply(this, options);
  this.handlerIsOnSocket = options.handlerIsOnSocket ?? (!options.isChild && Boolean(options.errorHandler));
  setUpTelemetry(this, options);
  setUpAggregation(this, options);
  if (this.mock) this.mockBuffer = [];
  setUpBuffer(this, options);
  setUpSocket(this, options);
  if (options.globalize) global.statsd = this;
  if (this.includeDatadogTelemetry) this.telemetry.start();
  watch(this, options.protocol);
  if (options.recorder || isFast(options)) require('./fast').apply(this, options);
  setUpExit(this, options);
  if (!options.isChild && !this.mock) this.untrack = exit.track(this);
  debug?.(
    'hot-shots client initialized: protocol=%s, host=%s, port=%s, prefix=%s, maxBufferSize=%s, mock=%s%s',
    this.protocol, this.host, this.port, this.prefix, this.maxBufferSize, this.mock, this.recorder ? ', profile=fast' : '',
  );
};

const { check, event } = messages;
Object.assign(Client.prototype, metrics, timers, { check, event }, delivery, closing);

/** What the fast profile has counted; undefined without it. */
Object.defineProperty(Client.prototype, 'stats', {
  configurable: true,
  get() {
    return this.recorder?.stats;
  },
});

/** `await using client = new StatsD()`: closed at the end of the block. */
Client.prototype[Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose')] = function () {
  return this.close();
};

/** What a child has of its parent. */
const INHERITED = [
  'socket', 'bufferHolder', 'dnsError', 'host', 'port', 'tagPrefix', 'tagSeparator', 'mock', 'includeDataDogTags', 'maxBufferSize',
  'bufferFlushInterval', 'telegraf', 'protocol', 'closingFlushInterval', 'telemetry', 'aggregator', 'datadog', 'originDetection',
  'containerID', 'externalData', 'recorder',
];

function ChildClient(parent, given) {
  const options = given || {};
  Client.call(this, {
    ...Object.fromEntries(INHERITED.map((name) => [name, parent[name]])),
    isChild: true,
    errorHandler: options.errorHandler || parent.errorHandler,
    handlerIsOnSocket: !options.errorHandler && Boolean(parent.handlerIsOnSocket),
    prefix: words.prefix(options.prefix) + parent.prefix,
    suffix: parent.suffix + words.suffix(options.suffix),
    globalTags:
      options.globalTags && typeof options.globalTags === 'object'
        ? merge(parent.globalTags, options.globalTags, parent.telegraf)
        : parent.globalTags,
    cardinality: options.cardinality ? words.cardinality(options.cardinality) : parent.cardinality,
  });
}
util.inherits(ChildClient, Client);

/** A client that shares this one's socket and buffer, with more prefix, suffix and tags. */
Client.prototype.childClient = function (options) {
  return new ChildClient(this, options);
};

module.exports = Client;
module.exports.StatsD = Client;
