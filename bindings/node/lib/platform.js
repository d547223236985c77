'use strict';

// Which build of the addon this process needs, in napi-rs's names: `basenji.<platform>.node` in this package, `basenji-<platform>` as a package.

const fs = require('fs');

/** Whether the C library is musl: its `ldd` says so, and where there is none, the process's report, which takes ten milliseconds. */
function isMusl() {
  try {
    return fs.readFileSync('/usr/bin/ldd', 'utf8').includes('musl');
  } catch {
    return process.report?.getReport().header.glibcVersionRuntime === undefined;
  }
}

/** The platform's name, `linux-x64-gnu` for example. */
function platform() {
  const { platform: system, arch } = process;
  if (system === 'linux') return `linux-${arch}-${isMusl() ? 'musl' : 'gnu'}`;
  if (system === 'win32') return `win32-${arch}-msvc`;
  return `${system}-${arch}`;
}

module.exports = { platform };
