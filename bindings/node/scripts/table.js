'use strict';

// Writes the table of the README's section on speed from the bench's record; with --check it only says whether it is that.

const fs = require('fs');
const path = require('path');

const README = path.join(__dirname, '../README.md');
const RECORD = path.join(__dirname, '../../../tests/bench/record/node.md');
const SECTION = /(<!-- made by scripts\/table\.js -->\n).*?(<!-- end -->)/s;

/** The table, from the lines of the record that end in two numbers. */
function table(record) {
  const rows = [...record.matchAll(/^(\S.*?) {2,}([\d.]+) +([\d.]+)$/gm)].map(([, name, nanos, delay]) => `| ${name} | ${nanos} | ${delay} |`);
  const [, machine] = /^- machine: (.*)$/m.exec(record);
  const loading = [...record.matchAll(/^require\('(.*?)'\) +([\d.]+) ms, with a client ([\d.]+) ms$/gm)].map(
    ([, name, loaded, made]) => `\`require('${name}')\` takes ${loaded} ms, with a client ${made} ms`,
  );
  const summary = [...record.matchAll(/^(default|fast) is .*$/gm)].map(([line]) => line);
  return [
    '| `increment(name, 1, [two tags])` | ns a call | event loop p99, ms |',
    '| --- | --- | --- |',
    ...rows,
    '',
    `${machine}. ${loading.join('; ')}. ${summary.map((line) => `${line[0].toUpperCase()}${line.slice(1)}`).join('. ')}.`,
    '',
  ].join('\n');
}

function main() {
  const readme = fs.readFileSync(README, 'utf8');
  const made = readme.replace(SECTION, (_, begin, end) => `${begin}${table(fs.readFileSync(RECORD, 'utf8'))}${end}`);
  if (made === readme) return;
  if (process.argv[2] === '--check') {
    console.error('the table of README.md is not that of tests/bench/record/node.md: run `node scripts/table.js`');
    process.exitCode = 1;
  } else {
    fs.writeFileSync(README, made);
  }
}

main();
