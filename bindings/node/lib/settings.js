'use strict';

// From constructor options to what a client is set to. A bad option is reported and gives way to its default.

const environment = require('./environment');
const { format } = require('./tags');
const words = require('./words');

const UDS_LIMIT = 8192;
/** Timers take no longer delay. */
const LONGEST_INTERVAL = 2147483647;

const bad = (what, got) => {
  console.error(`hot-shots: ${what}, got ${String(got)} — using default`);
  return undefined;
};

function port(value) {
  if (value === undefined || value === null) return value;
  return Number.isInteger(value) && value >= 1 && value <= 65535 ? value : bad("'port' should be an integer in [1, 65535]", value);
}

function rate(value) {
  if (value === undefined || value === null) return value;
  return typeof value === 'number' && value > 0 && value <= 1 ? value : bad("'sampleRate' should be a number in (0, 1]", value);
}

function interval(value, name) {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number' && value > 0 && value <= LONGEST_INTERVAL) return value;
  return bad(`'${name}' should be a finite positive number <= ${LONGEST_INTERVAL}`, value);
}

function contexts(value) {
  if (value === undefined || value === null) return undefined;
  return Number.isInteger(value) && value >= 1 ? value : bad('aggregation maxContexts should be a positive integer', value);
}

/** The interval and the number of contexts of client-side aggregation. */
function aggregation(option) {
  const { flushInterval, maxContexts } = typeof option === 'object' ? option : {};
  return {
    flushInterval: interval(flushInterval, 'aggregation.flushInterval') ?? 2000,
    maxContexts: contexts(maxContexts) ?? 5000,
  };
}

const POSITIONS = [
  'host', 'port', 'prefix', 'suffix', 'globalize', 'cacheDns', 'mock', 'globalTags', 'maxBufferSize', 'bufferFlushInterval',
  'telegraf', 'sampleRate', 'protocol',
];

/** One object of options from the arguments of the constructor, positional ones too. */
function fromArguments(values) {
  if (values.length <= 1 && typeof values[0] !== 'string') return values[0] || {};
  const options = Object.fromEntries(POSITIONS.map((name, index) => [name, values[index]]));
  return { ...options, mock: options.mock === true };
}

function fromEnvironment(options) {
  const { telegraf, useDefaultRoute, protocol, host, path, stream } = options;
  if (telegraf || useDefaultRoute || protocol || host || options.port || path || stream) return;
  Object.assign(options, environment.transport());
}

function bufferSize(option, protocol) {
  if (option === undefined) return protocol === 'uds' ? UDS_LIMIT : 0;
  if (protocol !== 'uds' || !(option > UDS_LIMIT)) return option;
  console.warn(
    `hot-shots: maxBufferSize (${option}) exceeds the ${UDS_LIMIT} byte limit for UDS protocol. ` +
      `Setting maxBufferSize to ${UDS_LIMIT}.`,
  );
  return UDS_LIMIT;
}

function datadogMode(client, options) {
  if (options.isChild) {
    client.datadog = options.datadog === true;
    client.originDetection = options.originDetection === true;
    client.containerID = options.containerID;
    client.externalData = options.externalData;
    client.cardinality = options.cardinality;
    return;
  }
  if (options.datadog === true && client.telegraf) {
    console.error(
      'hot-shots: datadog and telegraf options are mutually exclusive; ' +
        'telegraf takes precedence and datadog features are disabled',
    );
    client.datadog = false;
  } else {
    client.datadog = typeof options.datadog === 'boolean' ? options.datadog : environment.hasAgent(client.telegraf);
  }
  const nothing = { originDetection: false, containerID: undefined, externalData: undefined, cardinality: undefined };
  Object.assign(client, client.datadog ? environment.origin(options) : nothing);
}

/** Sets `client` to what `options` and the environment say. */
function apply(client, options) {
  fromEnvironment(options);
  options.port = port(options.port);
  options.sampleRate = rate(options.sampleRate);
  options.bufferFlushInterval = interval(options.bufferFlushInterval, 'bufferFlushInterval');
  options.globalTags = options.globalTags || options.global_tags;

  client.protocol = (options.protocol && options.protocol.toLowerCase()) || 'udp';
  client.host = options.host || process.env.DD_AGENT_HOST || undefined;
  client.port = options.port || parseInt(process.env.DD_DOGSTATSD_PORT, 10) || environment.DEFAULT_PORT;
  client.path = options.path;
  client.stream = options.stream;
  client.cacheDns = options.cacheDns === true;
  client.cacheDnsTtl = options.cacheDnsTtl || 60000;
  client.udpSocketOptions = options.udpSocketOptions || {};
  client.udsRetryOptions = options.udsRetryOptions;

  client.prefix = words.prefix(options.prefix);
  client.suffix = words.suffix(options.suffix);
  client.tagPrefix = options.tagPrefix || '#';
  client.tagSeparator = options.tagSeparator || ',';
  client.telegraf = options.telegraf || false;
  client.includeDataDogTags = options.includeDataDogTags !== false;
  client.globalTags = options.globalTags && typeof options.globalTags === 'object' ? format(options.globalTags, client.telegraf) : [];
  if (client.includeDataDogTags) client.globalTags = environment.withTags(client.globalTags, options);
  datadogMode(client, options);

  client.mock = options.mock;
  client.isChild = options.isChild;
  client.maxBufferSize = bufferSize(options.maxBufferSize, client.protocol);
  client.bufferFlushInterval = options.bufferFlushInterval || 1000;
  client.sampleRate = options.sampleRate || 1;
  client.errorHandler = options.errorHandler;
  client.closingFlushInterval = options.closingFlushInterval || 50;
  client.tcpGracefulErrorHandling = 'tcpGracefulErrorHandling' in options ? options.tcpGracefulErrorHandling : true;
  client.tcpGracefulRestartRateLimit = options.tcpGracefulRestartRateLimit || 1000;
  client.udsGracefulErrorHandling = 'udsGracefulErrorHandling' in options ? options.udsGracefulErrorHandling : true;
  client.udsGracefulRestartRateLimit = options.udsGracefulRestartRateLimit || 1000;
}

module.exports = { aggregation, apply, fromArguments };
