'use strict';

// Errors that belong to no call: to the client's errorHandler, else to the console. What the handler throws at them goes no further.

/**
 * Calls what tells of an error: the errorHandler or the console. It may call the client, and that may fail at once: what fails so is counted by the
 * telemetry only, since a handler that counts errors would otherwise call itself until the stack is full.
 */
function tell(client, telling) {
  const { bufferHolder } = client;
  if (bufferHolder.isTelling) return;
  bufferHolder.isTelling = true;
  try {
    telling();
  } finally {
    bufferHolder.isTelling = false;
  }
}

function report(client, error, where) {
  if (!client.errorHandler) {
    tell(client, () => console.error(`hot-shots: ${where} threw: ${error && error.message}`));
    return;
  }
  try {
    tell(client, () => client.errorHandler(error));
  } catch (thrown) {
    console.error(
      `hot-shots: errorHandler threw inside ${where}; ` +
        `original error: ${error && error.message}; handler error: ${thrown && thrown.message}`,
    );
  }
}

/** Does `work`, and reports what it throws. */
function guarded(client, where, work) {
  try {
    work();
  } catch (error) {
    report(client, error, where);
  }
}

module.exports = { guarded, report, tell };
