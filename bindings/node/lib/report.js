'use strict';

// Errors that belong to no call: to the client's errorHandler, else to the console. What the handler throws goes no further.

function report(client, error, where) {
  if (!client.errorHandler) {
    console.error(`hot-shots: ${where} threw: ${error && error.message}`);
    return;
  }
  try {
    client.errorHandler(error);
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

module.exports = { guarded, report };
