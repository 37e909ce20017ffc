// @ts-check
// Starts the engine's worker.

/** @import { WorkerSource } from './options.js' */

/**
 * Browsers start only workers of the page's own origin. For a script of another one, such as a CDN, the worker is a module of the page
 * that imports it.
 * @param {WorkerSource} source
 * @returns {Worker}
 */
export function startWorker(source) {
  if (typeof source === 'function') return source();
  const url = absolute(source);
  const isOwn = url.origin === location.origin || url.protocol === 'blob:' || url.protocol === 'data:';
  const script = isOwn ? url : URL.createObjectURL(new Blob([`import ${JSON.stringify(url.href)};`], { type: 'text/javascript' }));
  return new Worker(script, { type: 'module', name: 'resnet-lens' });
}

/**
 * An address relative to the page. A worker, which may use the package too, has no document.
 * @param {string | URL} address
 */
export const absolute = (address) => new URL(address, globalThis.document?.baseURI ?? location.href);
