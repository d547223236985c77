// What is looked at, as it stands in the address: a link shows the same.

const defaults = { view: 'chart', name: '', kind: '', by: '', q: '', sort: 'name', window: '900', show: '' };

export const state = { ...defaults };

// A token opens a page that is not on the loopback address; it comes in the link and never leaves this tab.
export let token = '';

export function read() {
  const given = new URLSearchParams(location.hash.slice(1));
  if (given.has('t')) {
    token = given.get('t');
    sessionStorage.setItem('token', token);
  } else {
    token = sessionStorage.getItem('token') ?? '';
  }
  for (const key of Object.keys(defaults)) state[key] = given.get(key) ?? defaults[key];
}

/** Changes what is looked at; with `push` the back button leads here. */
export function write(changes, push = false) {
  Object.assign(state, changes);
  const said = new URLSearchParams();
  for (const [key, value] of Object.entries(state)) if (value !== defaults[key]) said.set(key, value);
  const hash = `#${said}`;
  if (hash !== location.hash) history[push ? 'pushState' : 'replaceState'](null, '', hash);
}

/** The words of a search; one with blanks in it stands in quotes. */
export const words = (query) => query.match(/-?"[^]*?"(?=\s|$)|\S+/g) ?? [];

/** The word of a search that finds a tag: a hash says that it is none of a name. */
export function word(tag) {
  const plain = !tag.includes(':') || /^[-#"]/.test(tag) ? `#${tag}` : tag;
  return /\s/.test(plain) ? `"${plain}"` : plain;
}

/** Those that are about tags. */
export const tagWords = (query) => words(query).filter((word) => word.includes(':') || /^-?"?#/.test(word));
