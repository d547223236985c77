'use strict';

// The names under which programs reach into hot-shots' `lib/helpers`.

const environment = require('./environment');
const { address, defaultRoute } = require('./route');
const tags = require('./tags');
const words = require('./words');

function cloneTags(given) {
  if (Array.isArray(given)) return given.slice();
  return given && typeof given === 'object' ? { ...given } : given;
}

module.exports = {
  cloneTags,
  detectDatadogMode: environment.hasAgent,
  formatDate: words.seconds,
  formatTags: tags.format,
  getDefaultRoute: defaultRoute,
  getDogstatsdEnvTransport: environment.transport,
  intToIP: address,
  isFalseyEnvValue: environment.isOff,
  normalizePrefix: words.prefix,
  normalizeSuffix: words.suffix,
  overrideTags: tags.merge,
  parseDogstatsdUrl: environment.parseUrl,
  sanitizeExternalData: words.externalData,
  sanitizeMetricName: words.cleanName,
  sanitizeTags: tags.cleanKey,
  sanitizeTagValue: tags.cleanValue,
  validateCardinality: words.cardinality,
};
