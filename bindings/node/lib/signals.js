'use strict';

// A signal that ends the process: what is buffered leaves before.

const exit = require('./exit');

/** Milliseconds that a signal waits for what is on its way. */
const PATIENCE = 1000;

/** Sends what all clients of this thread have, at once where the transport can, else within the patience. */
function flushAll() {
  const waits = [...exit.clients()].map((client) => client.flush().catch(() => {}));
  let timer;
  const late = new Promise((resolve) => (timer = setTimeout(resolve, PATIENCE)));
  return Promise.race([Promise.all(waits), late]).finally(() => clearTimeout(timer));
}

function flushOnSignal(...signals) {
  const names = signals.length > 0 ? signals : ['SIGTERM'];
  const stops = names.map((name) => {
    let isFlushing = false;
    const onSignal = () => {
      // If the program listens too, it decides whether the process ends; a second signal does not wait.
      const isOurs = process.listenerCount(name) === 1;
      if (!isOurs) {
        flushAll();
        return;
      }
      const end = () => {
        process.removeListener(name, onSignal);
        process.kill(process.pid, name);
      };
      if (isFlushing) {
        end();
        return;
      }
      isFlushing = true;
      flushAll().then(end);
    };
    process.on(name, onSignal);
    return () => process.removeListener(name, onSignal);
  });
  return () => stops.forEach((stop) => stop());
}

module.exports = { flushOnSignal };
