'use strict';

// The packages that are published: `basenji`, without an addon, and one a platform with its addon, as napi-rs lays them out.
//
// usage: packages.js            writes the manifests of the platforms' packages into npm/
//        packages.js DIR        packs into DIR what is there: `basenji`, and the platforms whose addon stands beside index.js

const fs = require('fs');
const path = require('path');
const { execFileSync } = require('child_process');

const here = path.join(__dirname, '..');
const manifest = require('../package.json');

const CPU = { x86_64: 'x64', aarch64: 'arm64' };
const LIBC = { gnu: 'glibc', musl: 'musl' };

/** From a target's name in Rust's words to what npm and the loader call it. */
function platform(target) {
  const [arch, vendor, system, abi] = target.split('-');
  const os = vendor === 'apple' ? 'darwin' : system === 'windows' ? 'win32' : system;
  const name = [os, CPU[arch], abi].filter(Boolean).join('-');
  return { target, name, os, cpu: CPU[arch], libc: LIBC[abi] };
}

const platforms = manifest.napi.targets.map(platform);
const packageOf = ({ name }) => `${manifest.name}-${name}`;
const addonOf = ({ name }) => `${manifest.napi.binaryName}.${name}.node`;

const text = (value) => `${JSON.stringify(value, null, 2)}\n`;

const LICENSES = ['LICENSE-MIT', 'LICENSE-APACHE'];

/** The files of a platform's package, without its addon, by name. */
function files(one) {
  const { version, license, engines } = manifest;
  const libc = one.libc ? { libc: [one.libc] } : {};
  const description = `The native addon of ${manifest.name} for ${one.target}`;
  const main = addonOf(one);
  return {
    'package.json': text({ name: packageOf(one), version, description, license, main, files: [main, ...LICENSES], os: [one.os], cpu: [one.cpu], ...libc, engines }),
    'README.md': `# ${packageOf(one)}\n\n${description}. It is installed with [${manifest.name}](https://www.npmjs.com/package/${manifest.name}).\n`,
  };
}

/** Writes the directories of the platforms. */
function write() {
  for (const one of platforms) {
    const directory = path.join(here, 'npm', one.name);
    fs.mkdirSync(directory, { recursive: true });
    for (const [name, content] of Object.entries(files(one))) fs.writeFileSync(path.join(directory, name), content);
  }
}

/** The manifest of `basenji` as it is published: no addon in it, the platforms' packages instead. */
function published() {
  const { scripts: _, devDependencies: __, ...rest } = manifest;
  const optionalDependencies = Object.fromEntries(platforms.map((one) => [packageOf(one), manifest.version]));
  return { ...rest, files: manifest.files.filter((file) => !file.endsWith('.node')), optionalDependencies };
}

/** Packs a staged directory; the name of the tarball. */
function packed(stage, directory) {
  const options = ['pack', '--ignore-scripts', '--silent', '--pack-destination', directory];
  return execFileSync('npm', options, { cwd: stage, encoding: 'utf8' }).trim().split('\n').pop();
}

/** Packs into `directory`; the names of the tarballs, that of `basenji` first. */
function pack(directory) {
  fs.mkdirSync(directory, { recursive: true });
  const staged = fs.mkdtempSync(path.join(directory, 'stage-'));
  try {
    const main = path.join(staged, manifest.name);
    for (const name of published().files) fs.cpSync(path.join(here, name), path.join(main, name), { recursive: true });
    fs.copyFileSync(path.join(here, 'README.md'), path.join(main, 'README.md'));
    fs.writeFileSync(path.join(main, 'package.json'), text(published()));
    const tarballs = [packed(main, directory)];
    for (const one of platforms) {
      const addon = path.join(here, addonOf(one));
      if (!fs.existsSync(addon)) continue;
      const stage = path.join(staged, one.name);
      fs.cpSync(path.join(here, 'npm', one.name), stage, { recursive: true });
      for (const name of LICENSES) fs.copyFileSync(path.join(here, name), path.join(stage, name));
      fs.copyFileSync(addon, path.join(stage, addonOf(one)));
      tarballs.push(packed(stage, directory));
    }
    return tarballs;
  } finally {
    fs.rmSync(staged, { recursive: true });
  }
}

module.exports = { files, pack, platforms };

if (require.main === module) {
  const [directory] = process.argv.slice(2);
  if (directory === undefined) write();
  else for (const name of pack(path.resolve(directory))) console.log(path.join(directory, name));
}
