'use strict';

// The package as a user has it: packed, installed into an empty folder, required, imported, bundled.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { execFileSync } = require('node:child_process');
const { test } = require('node:test');

const root = path.join(__dirname, '..');

test('the tarball installs in an empty folder, works from CommonJS and ESM, and stays outside of a bundle', (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'basenji-install-'));
  t.after(() => fs.rmSync(folder, { recursive: true, force: true }));
  const run = (program, args, cwd = folder) => execFileSync(program, args, { cwd, encoding: 'utf8' });
  const packed = run('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder], root).trim().split('\n').pop();
  fs.writeFileSync(path.join(folder, 'package.json'), '{"private": true}');
  run('npm', ['install', '--offline', '--no-audit', '--no-fund', '--package-lock=false', path.join(folder, packed)]);

  const use = "const c = new StatsD({ mock: true }); c.increment('a', 1, ['b']); console.log(c.mockBuffer[0]);";
  fs.writeFileSync(path.join(folder, 'a.cjs'), `const { StatsD } = require('basenji'); ${use}`);
  fs.writeFileSync(path.join(folder, 'b.mjs'), `import StatsDDefault, { StatsD } from 'basenji'; if (StatsD !== StatsDDefault) throw 1; ${use}`);
  fs.writeFileSync(path.join(folder, 'c.cjs'), "require('basenji/lib/statsd.js'); console.log(require('basenji/lib/helpers.js').formatTags({ a: 1 })[0]);");
  assert.equal(run(process.execPath, ['a.cjs']), 'a:1|c|#b\n');
  assert.equal(run(process.execPath, ['b.mjs']), 'a:1|c|#b\n');
  assert.equal(run(process.execPath, ['c.cjs']), 'a:1\n');

  const esbuild = require('esbuild');
  const bundle = (name, external) =>
    esbuild.buildSync({ entryPoints: [path.join(folder, 'a.cjs')], bundle: true, platform: 'node', outfile: path.join(folder, name), external });
  bundle('outside.cjs', ['basenji']);
  assert.equal(run(process.execPath, ['outside.cjs']), 'a:1|c|#b\n');
  bundle('inside.cjs', []);
  assert.throws(() => execFileSync(process.execPath, ['inside.cjs'], { cwd: folder, stdio: 'pipe' }), /--external:basenji/);
});
