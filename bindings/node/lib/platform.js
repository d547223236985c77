'use strict';

// Which build of the addon this process needs, in napi-rs's names: `basenji.<platform>.node` in this package, `basenji-<platform>` as a package.

function isMusl() {
  const report = typeof process.report?.getReport === 'function' ? process.report.getReport() : undefined;
  return process.platform === 'linux' && report !== undefined && report.header.glibcVersionRuntime === undefined;
}

/** The platform's name, `linux-x64-gnu` for example. */
function platform() {
  const { platform: system, arch } = process;
  if (system === 'linux') return `linux-${arch}-${isMusl() ? 'musl' : 'gnu'}`;
  if (system === 'win32') return `win32-${arch}-msvc`;
  return `${system}-${arch}`;
}

module.exports = { platform };
