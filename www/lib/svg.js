// SVG elements in one line.

const SPACE = 'http://www.w3.org/2000/svg';

/** A `<name>` with attributes and children, which are elements or texts. */
export function svg(name, attributes, children = []) {
  const made = document.createElementNS(SPACE, name);
  for (const [key, value] of Object.entries(attributes)) {
    made.setAttribute(key, typeof value === 'number' ? Math.round(value * 100) / 100 : value);
  }
  made.append(...children);
  return made;
}
