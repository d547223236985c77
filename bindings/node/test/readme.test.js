'use strict';

const fs = require('node:fs');
const path = require('node:path');
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
