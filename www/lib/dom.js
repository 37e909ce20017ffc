// @ts-check
// Typed access to elements of the page.

/**
 * The first descendant of `root` that matches `selector`. Throws if there is none of that type.
 * @template {Element} T
 * @param {ParentNode} root
 * @param {string} selector
 * @param {new () => T} type
 * @returns {T}
 */
export function find(root, selector, type) {
  const found = root.querySelector(selector);
  if (found instanceof type) return found;
  throw new TypeError(`The page has no ${type.name} that matches ${selector}.`);
}

/**
 * All descendants of `root` that match `selector`.
 * @template {Element} T
 * @param {ParentNode} root
 * @param {string} selector
 * @param {new () => T} type
 * @returns {T[]}
 */
export function findAll(root, selector, type) {
  return [...root.querySelectorAll(selector)].filter((/** @returns {element is T} */ (element) => element instanceof type));
}

/**
 * A new element with a text and a class.
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name
 * @param {string} [textContent]
 * @param {string} [className]
 * @returns {HTMLElementTagNameMap[Name]}
 */
export function create(name, textContent = '', className = '') {
  return Object.assign(document.createElement(name), { textContent, className });
}

/**
 * A button with attributes, such as `aria-label`.
 * @param {string} text
 * @param {() => void} run
 * @param {Record<string, string>} [attributes]
 */
export function createButton(text, run, attributes = {}) {
  const made = Object.assign(create('button', text), { type: 'button' });
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.addEventListener('click', run);
  return made;
}

/**
 * The target of an event that controls inside an element dispatch.
 * @template {Element} T
 * @param {Event} event
 * @param {new () => T} type
 * @returns {T | null}
 */
export function targetOf({ target }, type) {
  return target instanceof type ? target : null;
}
