// @ts-check
// The page's Trusted Types policy, `resnet-lens`: the content security policy of index.html names it, and the browser refuses HTML and
// script addresses from anywhere else. Nothing but the two functions of this module can use it.

/** Absent in browsers without Trusted Types. */
const policy = globalThis.trustedTypes?.createPolicy('resnet-lens', {
  createHTML: (html) => html,
  createScriptURL: (url) => url,
});

/**
 * The address of a worker's script, as the constructors of workers accept it. Throws a TypeError for an address of another origin.
 * @param {URL} url
 */
export function scriptAddress({ origin, href }) {
  if (origin !== location.origin) throw new TypeError(`The address of a script is of another origin: ${href}`);
  return policy?.createScriptURL(href) ?? href;
}

/**
 * Parses HTML into a document of its own, in which no script runs and nothing is loaded.
 * @param {string} html
 */
export function parseHtml(html) {
  return new DOMParser().parseFromString(policy?.createHTML(html) ?? html, 'text/html');
}
