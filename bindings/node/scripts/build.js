'use strict';

// Builds the addon of this platform from the checkout around this package, with Rust alone, and puts it beside index.js.

const { spawnSync } = require('child_process');
const fs = require('fs');
const path = require('path');
const { platform } = require('../lib/platform');

const LIBRARY = { win32: 'basenji_node.dll', darwin: 'libbasenji_node.dylib' }[process.platform] ?? 'libbasenji_node.so';

const here = path.join(__dirname, '..');
const root = path.join(here, '..', '..');

function cargo(...args) {
  const run = spawnSync('cargo', args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8', maxBuffer: 1 << 28 });
  if (run.error) throw new Error(`cargo cannot be run (${run.error.code}); the addon needs Rust: https://rustup.rs`);
  if (run.status !== 0) throw new Error(`cargo ${args[0]} failed`);
  return run.stdout;
}

function build() {
  const target = JSON.parse(cargo('metadata', '--no-deps', '--format-version', '1')).target_directory;
  cargo('build', '--release', '--package', 'basenji-node');
  const file = path.join(here, `basenji.${platform()}.node`);
  // A process that has the old one loaded keeps it.
  fs.rmSync(file, { force: true });
  fs.copyFileSync(path.join(target, 'release', LIBRARY), file);
}

try {
  build();
} catch (error) {
  console.error(`basenji: ${error.message}`);
  process.exitCode = 1;
}
