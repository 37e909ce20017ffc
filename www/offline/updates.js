// @ts-check
// Registers the service worker of a release and reports when a newer release is stored. A release is followed by the next one only
// when the user asks for it, or when all of its pages are closed. The development page has no release and no service worker.

import { Emitter } from '../lib/emitter.js';
import { takeLock } from '../lib/locks.js';
import { scriptAddress } from '../lib/trusted-types.js';
import { releaseLock } from './release-locks.js';

/** `available`: a newer release is stored. @extends {Emitter<{ available: void }>} */
export class Updates extends Emitter {
  /** @type {ServiceWorkerRegistration | null} */
  #registration = null;

  /**
   * Rejects if the browser refuses the service worker; the page works without it.
   * @param {string} version the release of this page
   */
  async start(version) {
    await takeLock(releaseLock(version), { mode: 'shared' });
    const registration = await navigator.serviceWorker.register(scriptAddress(new URL('service-worker.js', document.baseURI)));
    this.#registration = registration;
    registration.active?.postMessage('opened');
    registration.addEventListener('updatefound', () => {
      registration.installing?.addEventListener('statechange', () => this.#check());
    });
    // Another tab may have asked for the new release. This page keeps its files until it is reloaded.
    if (navigator.serviceWorker.controller) navigator.serviceWorker.addEventListener('controllerchange', () => this.emit('available'));
    this.#check();
  }

  /** Opens the page again with the new release. */
  accept() {
    const waiting = this.#registration?.waiting;
    if (!waiting) return location.reload();
    navigator.serviceWorker.addEventListener('controllerchange', () => location.reload(), { once: true });
    waiting.postMessage('activate');
  }

  /** The first release that a browser stores replaces nothing. */
  #check() {
    if (this.#registration?.waiting && this.#registration.active) this.emit('available');
  }
}
