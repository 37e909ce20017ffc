// Writes to the page what has changed and nothing else: what stays as it is then costs the browser neither style nor layout.

/** Sets those properties of an element, or of its style, that are other than they should be. */
export function setIfChanged(target, properties) {
  for (const [name, value] of Object.entries(properties)) {
    if (target[name] !== value) target[name] = value;
  }
}
