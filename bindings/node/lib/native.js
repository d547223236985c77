'use strict';

// The addon: built in this package, or from the platform's own package beside it. One instance for CommonJS and ESM.

const fs = require('fs');
const path = require('path');
const { platform } = require('./platform');

function load() {
  const name = platform();
  const file = path.join(__dirname, '..', `basenji.${name}.node`);
  if (fs.existsSync(file)) return require(file);
  try {
    return require(`basenji-${name}`);
  } catch (cause) {
    const error = new Error(
      `basenji: there is no addon for ${name}: neither ${file} nor the package basenji-${name}. ` +
        'In a checkout, `npm install` builds it, which needs Rust. A bundler must leave basenji out of the bundle ' +
        '(esbuild: --external:basenji), because it cannot take native code in.',
      { cause },
    );
    error.code = 'BASENJI_NO_ADDON';
    throw error;
  }
}

module.exports = load();
