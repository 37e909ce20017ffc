// @ts-check
// What the page is doing, in one word: `data-state` of the root element is `error`, `loading`, `busy` or `ready`, the first that
// applies. A message stays until the user acts or dismisses it; a mild one is no error.

import { asError } from '../lib/errors.js';
import { Emitter } from '../lib/emitter.js';
import { onLanguage } from '../lib/i18n.js';
import { setIfChanged } from '../lib/set-if-changed.js';

/** @import { Message } from './error-messages.js' */

/** @typedef {'error' | 'loading' | 'busy' | 'ready'} StateName */
/** `late`: the page has been busy so long that this is to be shown. @typedef {{ state: StateName, message: Message | null, late: boolean }} State */

/** Work that ends within this many milliseconds is not announced: showing and hiding it costs more than the work itself. */
const GRACE_MS = 200;

/** @extends {Emitter<{ change: State }>} */
export class PageState extends Emitter {
  #root;
  /** Numbers of unfinished activities. The document is loading from the start; `opened` ends that. */
  #running = { loading: 1, busy: 0 };
  /** @type {Message | null} */
  #message = null;
  /** Makes the message again in another language. @type {(() => Message) | null} */
  #make = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #grace;
  #late = false;

  /** @param {HTMLElement} root gets `data-state` and, without an engine, `data-off` */
  constructor(root) {
    super();
    this.#root = root;
    onLanguage(() => {
      if (this.#make) this.#message = this.#make();
      this.#update();
    });
  }

  /** @returns {StateName} */
  get name() {
    const { loading, busy } = this.#running;
    if (this.#message && !this.#message.mild) return 'error';
    if (loading > 0) return 'loading';
    return busy > 0 ? 'busy' : 'ready';
  }

  /** The engine runs and a model is in use, or there will be none. */
  opened() {
    this.#end('loading');
  }

  /**
   * Marks an activity as running until `work` ends.
   * @template T
   * @param {'loading' | 'busy'} kind
   * @param {() => Promise<T>} work
   */
  async during(kind, work) {
    this.#running[kind] += 1;
    if (kind === 'busy') this.#grace ??= setTimeout(() => this.#setLate(true), GRACE_MS);
    this.#update();
    try {
      const result = await work();
      this.#end(kind);
      return result;
    } catch (error) {
      // The caller shows the error first, so that the page is not `ready` in between.
      setTimeout(() => this.#end(kind));
      throw asError(error);
    }
  }

  /**
   * Shows a message. A mild one does not replace another, and only a fatal one replaces a fatal one.
   * @param {() => Message} make
   */
  show(make) {
    const message = make();
    if (this.#message && (message.mild || (this.#message.fatal && !message.fatal))) return;
    this.#message = message;
    this.#make = make;
    this.#update();
  }

  /** Removes the message, since the user acts or dismisses it. A fatal one stays. */
  clear() {
    if (!this.#message || this.#message.fatal) return;
    this.#message = this.#make = null;
    this.#update();
  }

  /** The engine restarts: even a fatal message is removed. Ends with `opened`. */
  reset() {
    this.#message = this.#make = null;
    this.#running.loading += 1;
    this.#update();
  }

  /** @param {'loading' | 'busy'} kind */
  #end(kind) {
    this.#running[kind] -= 1;
    if (this.#running.busy > 0) this.#update();
    else this.#setLate(false);
  }

  #update() {
    const state = this.name;
    setIfChanged(this.#root.dataset, { state });
    this.#root.toggleAttribute('data-off', Boolean(this.#message?.fatal));
    this.emit('change', { state, message: this.#message, late: this.#late });
  }

  /** @param {boolean} late */
  #setLate(late) {
    this.#late = late;
    if (!late) {
      clearTimeout(this.#grace);
      this.#grace = undefined;
    }
    this.#update();
  }
}
