// @ts-check
// SVG elements.

const NAMESPACE = 'http://www.w3.org/2000/svg';

/**
 * A new `<name>`. Numbers are rounded to two digits.
 * @template {keyof SVGElementTagNameMap} Name
 * @param {Name} name
 * @param {Record<string, string | number>} attributes
 * @param {(Node | string)[]} [children]
 * @returns {SVGElementTagNameMap[Name]}
 */
export function svg(name, attributes, children = []) {
  const made = document.createElementNS(NAMESPACE, name);
  for (const [key, value] of Object.entries(attributes)) {
    made.setAttribute(key, String(typeof value === 'number' ? Math.round(value * 100) / 100 : value));
  }
  made.append(...children);
  return made;
}
