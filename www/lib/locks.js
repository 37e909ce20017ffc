// @ts-check
// Locks that all tabs of the page share. The browser releases those of a tab or worker that ends.

/** A wait that ends within this many milliseconds is not announced. */
const GRACE_MS = 300;

/**
 * Takes a lock when it is free. Resolves to the function that releases it.
 * @param {string} name
 * @param {object} [options]
 * @param {LockMode} [options.mode] several may hold a `shared` lock, or one an `exclusive` one
 * @param {AbortSignal} [options.signal] ends the wait with a rejection
 * @param {() => void} [options.onWait] called if it takes a while
 * @returns {Promise<() => void>}
 */
export async function takeLock(name, { mode = 'exclusive', signal, onWait } = {}) {
  if (!navigator.locks) return () => {};
  const timer = onWait && setTimeout(onWait, GRACE_MS);
  try {
    return await new Promise((resolve, reject) => {
      const hold = () => new Promise((release) => { resolve(() => release(undefined)); });
      navigator.locks.request(name, { mode, ...(signal ? { signal } : {}) }, hold).catch(reject);
    });
  } finally {
    clearTimeout(timer);
  }
}
