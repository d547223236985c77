'use strict';

// The package as a user has it: installed into an empty folder from a tarball of the checkout, or from those that are published; required, imported,
// bundled, and compiled against by programs that were written for hot-shots.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { execFileSync } = require('node:child_process');
const { test } = require('node:test');
const { files, pack, platforms } = require('../scripts/packages');
const { platform } = require('../lib/platform');
const manifest = require('../package.json');

const root = path.join(__dirname, '..');

const run = (program, args, cwd) => execFileSync(program, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

const PACKED = {
  'the tarball of a checkout': (folder) => [
    run('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder], root).trim().split('\n').pop(),
  ],
  'the packages that are published': (folder) => pack(folder),
};

const USE = "const c = new StatsD({ mock: true }); c.increment('a', 1, ['b']); console.log(c.mockBuffer[0]);";

const PROGRAMS = {
  'a.cjs': [`const { StatsD } = require('basenji'); ${USE}`, 'a:1|c|#b\n'],
  'b.mjs': [`import StatsDDefault, { StatsD } from 'basenji'; if (StatsD !== StatsDDefault) throw 1; ${USE}`, 'a:1|c|#b\n'],
  'c.cjs': ["if (require('basenji/lib/statsd.js') !== require('basenji')) throw 1; console.log(require('basenji/lib/helpers.js').formatTags({ a: 1 })[0]);", 'a:1\n'],
  'd.mjs': ["import { dogstatsd } from 'basenji/testing'; const r = dogstatsd(); await r.close(); console.log(typeof r.port);", 'number\n'],
  'e.cjs': ["console.log(require('basenji/package.json').name, require('basenji').parse('a:1|c')[0].name);", 'basenji a\n'],
};

/** Installs what `make` packs into an empty folder, and gives that. */
function installed(t, make) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'basenji-install-'));
  t.after(() => fs.rmSync(folder, { recursive: true, force: true }));
  const tarballs = make(folder).map((name) => path.join(folder, name));
  fs.writeFileSync(path.join(folder, 'package.json'), '{"private": true}');
  run('npm', ['install', '--offline', '--no-audit', '--no-fund', '--package-lock=false', ...tarballs], folder);
  for (const [name, [program]] of Object.entries(PROGRAMS)) fs.writeFileSync(path.join(folder, name), program);
  return folder;
}

for (const [what, make] of Object.entries(PACKED)) {
  test(`installed into an empty folder from ${what} it works from CommonJS and ESM, and stays outside of a bundle`, (t) => {
    const folder = installed(t, make);
    for (const [name, [, printed]] of Object.entries(PROGRAMS)) assert.equal(run(process.execPath, [name], folder), printed, name);

    const esbuild = require('esbuild');
    const bundle = (name, options) =>
      esbuild.buildSync({ entryPoints: [path.join(folder, 'a.cjs')], bundle: true, platform: 'node', outfile: path.join(folder, name), ...options });
    bundle('outside.cjs', { external: ['basenji'] });
    bundle('packages.cjs', { packages: 'external' });
    for (const name of ['outside.cjs', 'packages.cjs']) assert.equal(run(process.execPath, [name], folder), 'a:1|c|#b\n');
    // Taken in, it still finds an addon that is a package; one beside index.js it cannot.
    bundle('inside.cjs', {});
    if (make === PACKED['the packages that are published']) assert.equal(run(process.execPath, ['inside.cjs'], folder), 'a:1|c|#b\n');
    else assert.throws(() => run(process.execPath, ['inside.cjs'], folder), /--external:basenji/);
  });
}

test('without an addon the error says what to do', (t) => {
  const folder = installed(t, (directory) => pack(directory).slice(0, 1));
  assert.throws(() => run(process.execPath, ['a.cjs'], folder), (error) => {
    assert.match(error.stderr, new RegExp(`there is no addon for ${platform()}: .*basenji-${platform()}`));
    assert.match(error.stderr, /code: 'BASENJI_NO_ADDON'/);
    return true;
  });
});

test("the manifests of the platforms' packages are those that the package's own makes", () => {
  for (const one of platforms) {
    for (const [name, content] of Object.entries(files(one))) {
      assert.equal(fs.readFileSync(path.join(root, 'npm', one.name, name), 'utf8'), content, 'run `node scripts/packages.js`');
    }
  }
  assert.ok(platforms.some(({ name }) => name === platform()));
  assert.equal(platforms.length, manifest.napi.targets.length);
});

/** How programs are compiled: what stands in the file, and the options. */
const COMPILED = {
  'CommonJS with default imports': ['a.ts', { module: 'commonjs', moduleResolution: 'node10', esModuleInterop: true, ignoreDeprecations: '5.0' }],
  'Node with .mts': ['a.mts', { module: 'nodenext', moduleResolution: 'nodenext' }],
  'Node with .cts': ['a.cts', { module: 'nodenext', moduleResolution: 'nodenext', esModuleInterop: true }],
  'a bundler': ['a.ts', { module: 'esnext', moduleResolution: 'bundler' }],
};

test('programs that are written for the types of hot-shots compile, however they are resolved', (t) => {
  const folder = installed(t, PACKED['the packages that are published']);
  const program = fs.readFileSync(path.join(__dirname, 'types/hot_shots.ts'), 'utf8');
  const types = { typeRoots: [path.join(root, 'node_modules/@types')], types: ['node'] };
  for (const [how, [name, options]] of Object.entries(COMPILED)) {
    const directory = path.join(folder, how.replaceAll(/\W/g, '-'));
    fs.mkdirSync(directory);
    fs.writeFileSync(path.join(directory, name), program);
    const compilerOptions = { strict: true, noEmit: true, skipLibCheck: false, target: 'es2022', lib: ['es2022', 'esnext.disposable'], ...types, ...options };
    fs.writeFileSync(path.join(directory, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: [name] }));
    try {
      run(process.execPath, [require.resolve('typescript/bin/tsc'), '--project', directory], folder);
    } catch (error) {
      assert.fail(`${how}:\n${error.stdout}`);
    }
  }
});
