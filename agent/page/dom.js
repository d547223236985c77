// Elements from plain values. Whatever was received becomes text and never markup: there is no innerHTML on this page.

import { word } from './state.js';

/** Makes an element; attributes that are functions are listeners, null and false are left out. */
export function h(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === 'function') { element.addEventListener(key, value); listening.add(element); }
    else if (key === 'value') element.value = value;
    else element.setAttribute(key, value === true ? '' : value);
  }
  element.append(...children.flat(9).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/**
 * Shows children in place of those that are there. What is the same stays, and so do a selection, the focus and an open list;
 * an element that listens is new if anything of it is, and what it goes by stands in its data-key.
 */
export function fill(parent, ...children) {
  const key = parent.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
  match(parent, children.flat(9).filter((child) => child !== null && child !== undefined && child !== false).map((child) => (child instanceof Node ? child : document.createTextNode(child))));
  if (key !== undefined && document.activeElement.dataset.key !== key) {
    for (const element of parent.querySelectorAll('[data-key]')) if (element.dataset.key === key) element.focus();
  }
}

const listening = new WeakSet();

function match(parent, fresh) {
  fresh.forEach((child, place) => {
    const old = parent.childNodes[place];
    if (!old) parent.append(child);
    else if (old.isEqualNode(child)) return;
    else if (old.nodeType === Node.TEXT_NODE && child.nodeType === Node.TEXT_NODE) old.data = child.data;
    else if (old.nodeType === Node.ELEMENT_NODE && !listening.has(old) && !listening.has(child) && old.cloneNode().isEqualNode(child.cloneNode())) match(old, [...child.childNodes]);
    else old.replaceWith(child);
  });
  while (parent.childNodes.length > fresh.length) parent.lastChild.remove();
}

// Characters that steer, that hide, or that turn the direction of writing.
export const odd = /[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;

/** The text with those escaped. */
export function shown(text) {
  return String(text).replace(odd,
    (symbol) => `\\u{${symbol.codePointAt(0).toString(16)}}`);
}

/** A set of tags that can be searched for with a click, or left out with alt and a click. */
export function tags(list, choose) {
  return list.map((tag) => h('button', {
    class: 'tag', type: 'button', 'data-key': `tag ${tag}`, title: 'show only these; with Alt all others',
    click: (event) => choose((event.altKey ? '-' : '') + word(tag)),
  }, shown(tag)));
}
