// Questions to the daemon.

import { token } from './state.js';

/** The answer to a question, as JSON. */
export async function ask(path, parameters = {}, signal = AbortSignal.timeout(8000)) {
  const answer = await get(path, parameters, signal);
  return answer.json();
}

/** The lines of an answer that goes on, each as JSON. */
export async function* lines(path, parameters, signal) {
  const answer = await get(path, parameters, signal);
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const parts = (rest + value).split('\n');
    rest = parts.pop();
    for (const part of parts) if (part) yield JSON.parse(part);
  }
}

async function get(path, parameters, signal) {
  const given = Object.entries(parameters).filter(([, value]) => value !== '' && value !== undefined);
  const query = new URLSearchParams(given).toString();
  const headers = token ? { 'X-Basenji-Token': token } : {};
  const answer = await fetch(`/api/${path}${query ? `?${query}` : ''}`, { headers, signal, cache: 'no-store' });
  if (!answer.ok) throw new Error(`${answer.status}: ${(await answer.text()).trim().slice(0, 200)}`);
  return answer;
}
