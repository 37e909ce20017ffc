// @ts-check
// The service worker of a release: it stores the files of the page and serves them, so that the page opens without a network. It
// answers for files of the page only. Models and images of other servers pass it by, and responses that cannot be read are never stored;
// downloaded models are kept by models/model-cache.js.
//
// A new release is stored beside the one in use. It takes over when no page of the old one is open, or when the user asks for it
// (updates.js). Files of a release are removed when no page of it is open.

import { partOf } from './ranges.js';
import { FILES, VERSION } from './release.js';
import { releaseLock } from './release-locks.js';

const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));

const PREFIX = 'resnet-lens files ';
const CACHE = `${PREFIX}${VERSION}`;
/** Files of all releases are in this folder; their names contain a digest. */
const HASHED = 'files/';

const addressOf = (/** @type {string} */ file) => new URL(file, worker.registration.scope).href;
const PAGE = addressOf('./');
const served = new Set(FILES.map(addressOf));

worker.addEventListener('install', (event) => event.waitUntil(store()));
worker.addEventListener('activate', (event) => event.waitUntil(removeUnused()));
worker.addEventListener('fetch', (event) => {
  const key = keyOf(event.request);
  if (key) event.respondWith(answer(event.request, key));
});
worker.addEventListener('message', (event) => {
  if (event.data === 'activate') event.waitUntil(worker.skipWaiting());
  if (event.data === 'opened') event.waitUntil(removeUnused());
});

/** Stores all files or, if one of them is missing or of another release, none. */
async function store() {
  const cache = await caches.open(CACHE);
  try {
    // The browser may reuse what it has just loaded; a name without a digest may have other contents by now.
    await cache.addAll(FILES.map((file) => new Request(file, { cache: file.startsWith(HASHED) ? 'default' : 'no-cache' })));
    const page = await (await cache.match(PAGE))?.text();
    if (!page?.includes(VERSION)) throw new TypeError(`The server has another release than ${VERSION}.`);
  } catch (error) {
    await caches.delete(CACHE);
    throw error;
  }
}

/**
 * The address of the file that a request is for, or null for what is left to the network.
 * @param {Request} request
 */
function keyOf({ method, mode, url }) {
  const address = new URL(url);
  if (method !== 'GET' || address.origin !== location.origin) return null;
  address.hash = '';
  if (mode === 'navigate') address.search = '';
  const { href } = address;
  if (mode === 'navigate' && [PAGE, addressOf('index.html')].includes(href)) return PAGE;
  return served.has(href) || href.startsWith(addressOf(HASHED)) ? href : null;
}

/**
 * The stored file, of this release or of one that is still open, else the network's answer.
 * @param {Request} request
 * @param {string} key
 */
async function answer(request, key) {
  const own = await caches.open(CACHE);
  const stored = await own.match(key) ?? await matchOther(key);
  return stored ? partOf(stored, request.headers.get('range')) : fetch(request);
}

/** @param {string} key */
async function matchOther(key) {
  for (const name of await releases()) {
    const found = await (await caches.open(name)).match(key);
    if (found) return found;
  }
  return undefined;
}

/** Removes the files of other releases, except those of open pages and of a release that is about to follow. */
async function removeUnused() {
  const { installing, waiting } = worker.registration;
  if (installing || waiting) return;
  for (const name of await releases()) {
    const lock = releaseLock(name.slice(PREFIX.length));
    if (name !== CACHE) await navigator.locks.request(lock, { ifAvailable: true }, (free) => free && caches.delete(name));
  }
}

const releases = async () => (await caches.keys()).filter((name) => name.startsWith(PREFIX));
