'use strict';

// The end of the process: what waits leaves in one listener for all clients, and what is called in later ones waits no more.

const state = { hasBegun: false };
const waiting = new Set();

function onExit() {
  state.hasBegun = true;
  for (const flush of waiting) {
    try {
      flush();
    } catch {
      // Nobody can do anything about it any more, and others wait.
    }
  }
}

/** Has `flush` called at the end. */
function atExit(flush) {
  if (waiting.size === 0) process.on('exit', onExit);
  waiting.add(flush);
}

function forget(flush) {
  if (waiting.delete(flush) && waiting.size === 0) process.removeListener('exit', onExit);
}

module.exports = { atExit, forget, state };
