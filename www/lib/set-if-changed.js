// @ts-check
// Assignments that cost nothing if the value is already there: an unchanged element needs neither style nor layout.

/**
 * Assigns those of `properties` whose value differs to an element, its style or its dataset.
 * @template {object} T
 * @param {T} target
 * @param {Partial<T>} properties
 */
export function setIfChanged(target, properties) {
  for (const name of /** @type {(keyof T)[]} */ (Object.keys(properties))) {
    const value = /** @type {T[keyof T]} */ (properties[name]);
    if (target[name] === value) continue;
    if (name === 'textContent' && target instanceof Element) setText(target, String(value));
    else target[name] = value;
  }
}

/**
 * Keeps the text node, because another one needs style, and a layout object of its own.
 * @param {Element} element
 * @param {string} text
 */
function setText(element, text) {
  const { firstChild, lastChild } = element;
  if (text && firstChild === lastChild && firstChild instanceof Text) firstChild.data = text;
  else element.textContent = text;
}

/**
 * Moves an absolutely positioned element.
 * @param {HTMLElement} element
 * @param {import('./rectangle.js').Rectangle} rectangle in CSS pixels
 */
export function setPosition({ style }, { x, y, width, height }) {
  setIfChanged(style, { left: `${x}px`, top: `${y}px`, width: `${width}px`, height: `${height}px` });
}
