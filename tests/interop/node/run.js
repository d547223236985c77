'use strict';

// usage: run.js PEER OURS README [PROGRAM...]. Plays each program with both clients, in processes of their own, and compares what was to be seen: the
// datagrams, and the order, time and arguments of callbacks, errors and console output. A scene that differs on purpose names its row in the table of
// README and says what ours is: what `ours` makes of the peer's transcript, or what the peer makes of `asPeer`.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { execFile } = require('node:child_process');
const { promisify } = require('node:util');

const [, , peer, ours, readme, ...wanted] = process.argv;
const directory = path.join(__dirname, 'programs');
const table = fs.readFileSync(readme, 'utf8');
const modules = path.dirname(peer);
/** Without its addon the peer has no Unix sockets. */
const hasUnixSockets = fs.existsSync(path.join(modules, 'unix-dgram/build/Release/unix_dgram.node'));

async function transcripts(program, module) {
  const { stdout } = await promisify(execFile)(process.execPath, [path.join(__dirname, 'stage.js'), module, program], {
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      NODE_PATH: modules,
      ...(hasUnixSockets ? {} : { NO_UNIX_SOCKETS: '1' }),
    },
    maxBuffer: 1 << 28,
    timeout: 240_000,
  });
  return stdout.split('\n').filter(Boolean).map((line) => JSON.parse(line));
}

/** What is wrong with ours, or nothing. */
function verdict(scene, theirs, own) {
  if (!own || own.scene !== theirs.scene) return 'the scene was not played to its end';
  const same = isSame(theirs, own);
  if (!scene.differs) return same ? undefined : difference(theirs, own);
  const { row, ours: expected = (it) => it } = scene.differs;
  if (!table.includes(`\n| ${row} |`)) return `no row of the table begins with "${row}"`;
  const meant = JSON.parse(JSON.stringify(expected(structuredClone(theirs))));
  if (isSame(meant, theirs)) return same ? undefined : difference(theirs, own);
  return isSame(meant, own) ? undefined : difference(meant, own);
}

function isSame(one, other) {
  try {
    assert.deepEqual(one, other);
    return true;
  } catch {
    return false;
  }
}

function difference(expected, actual) {
  try {
    assert.deepEqual(actual, expected);
  } catch (error) {
    return error.message;
  }
}

async function compare(file) {
  const program = path.join(directory, file);
  const scenes = require(program);
  const [theirs, own] = await Promise.all([transcripts(program, peer), transcripts(program, ours)]);
  const of = (name) => scenes.find((scene) => name.startsWith(`${scene.name} [`));
  const failures = theirs.flatMap((transcript, at) => {
    const wrong = verdict(of(transcript.scene), transcript, own[at]);
    return wrong === undefined ? [] : [`${file}: ${transcript.scene}\n${wrong}`];
  });
  console.log(`${file}: ${theirs.length - failures.length} of ${theirs.length} scenes are as they must be`);
  return failures;
}

async function main() {
  if (!hasUnixSockets) console.log("Unix sockets are left out: the peer's addon is not there");
  const files = fs.readdirSync(directory).filter((file) => wanted.length === 0 || wanted.includes(path.basename(file, '.js')));
  const failures = [];
  for (const file of files.sort()) failures.push(...(await compare(file)));
  for (const failure of failures) console.log(`\n${failure}`);
  process.exitCode = failures.length === 0 && files.length > 0 ? 0 : 1;
}

main();
