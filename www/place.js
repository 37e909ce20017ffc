// Where in the network the user looks, kept in the fragment of the page's address and nowhere else:
// `#layer=NODE`. A value that goes without saying is left out, keys of others stay.

/** What holds where the address is silent. `layer` is then the network's first place. */
export const FALLBACK = { layer: null };

/** What of each key's text is understood; anything else counts as silence. */
const READ = { layer: (text) => text };

export function readPlace() {
  const told = new URLSearchParams(location.hash.slice(1));
  return Object.fromEntries(Object.entries(FALLBACK).map(([key, fallback]) => {
    const text = told.get(key);
    return [key, (text && READ[key](text)) ?? fallback];
  }));
}

/** Looking about makes no history: the way back leads to the picture before, not through every layer seen. */
export function writePlace(changes) {
  const told = new URLSearchParams(location.hash.slice(1));
  for (const [key, value] of Object.entries(changes)) {
    if (value === FALLBACK[key]) told.delete(key);
    else told.set(key, value);
  }
  const fragment = told.toString();
  const url = new URL(location.href);
  url.hash = fragment;
  if (url.href !== location.href) history.replaceState(history.state, '', fragment ? url : url.href.replace(/#$/, ''));
}

/** Calls `go()` when the address's fragment is edited or the user goes back or forth. */
export function onPlaceChange(go) {
  addEventListener('popstate', go);
}
