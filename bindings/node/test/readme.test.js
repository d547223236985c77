'use strict';

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { spawnSync } = require('node:child_process');
const { test } = require('node:test');
const vm = require('node:vm');

const readme = fs.readFileSync(path.join(__dirname, '../README.md'), 'utf8');
const examples = [...readme.matchAll(/^```js\n(.*?)^```$/gms)].map(([, code]) => code);

for (const [at, code] of examples.entries()) {
  test(`example ${at + 1} of the README runs`, async () => {
    const silent = { log() {} };
    await vm.runInThisContext(`(async (require, console) => {${code}\n})`)(require, silent);
  });
}

test("the README's table of speed is that of the record", () => {
  const run = spawnSync(process.execPath, [path.join(__dirname, '../scripts/table.js'), '--check'], { encoding: 'utf8' });
  assert.equal(run.stderr, '');
});

test('every option of the types is in the README', () => {
  for (const [file, name] of [['types', 'StatsDOptions'], ['types/client', 'ClientOptions'], ['types/server', 'ServerOptions']]) {
    const types = fs.readFileSync(path.join(__dirname, `../${file}.d.ts`), 'utf8');
    const start = types.search(new RegExp(`interface ${name}\\b`));
    const body = types.slice(start, types.indexOf('\n}', start));
    const options = [...body.matchAll(/^  (\w+)\?:/gm)].map(([, option]) => option);
    assert.ok(options.length > 4, name);
    for (const option of options) assert.ok(readme.includes(`\`${option}\``), `${name}.${option}`);
  }
});
