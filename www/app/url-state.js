// The page's address is the only store of "where am I": `?model=&image=&lang=` are kept here, the
// fragment (`#layer=…&channel=…`) and parameters of others are left as they are.

const KEYS = ['model', 'image', 'lang'];

let current = readUrl();

/** `{ model, image, lang }`, each a string or null. */
export function readUrl() {
  const query = new URLSearchParams(location.search);
  return Object.fromEntries(KEYS.map((key) => [key, query.get(key) || null]));
}

/** How the engine is to compute, by `?precision=auto|f32|f16` and `?tune=off|now`; null where the address says nothing. */
export function readSettings() {
  const query = new URLSearchParams(location.search);
  return { precision: query.get('precision') || null, tune: query.get('tune') || null };
}

/** Pushes a history entry if the URL changes. */
export function writeUrl(changes) {
  const url = new URL(location.href);
  for (const [key, value] of Object.entries(changes)) {
    if (value === null) url.searchParams.delete(key);
    else url.searchParams.set(key, value);
  }
  if (url.href !== location.href) history.pushState(null, '', url);
  current = readUrl();
}

/** Calls `go(state, changed)` when the user goes back or forth; `changed` has one flag per key. */
export function onNavigate(go) {
  addEventListener('popstate', () => {
    const state = readUrl();
    const changed = Object.fromEntries(KEYS.map((key) => [key, state[key] !== current[key]]));
    current = state;
    if (KEYS.some((key) => changed[key])) go(state, changed);
  });
}
