// @ts-check
// What both elements do: attributes that are properties too, one update at a time, of which the latest wins, and texts in the language of
// the document.

import { fetchImage, imageSourceOf } from '../../../www/images/image-source.js';
import { download } from '../../../www/lib/download.js';
import { asError } from '../../../www/lib/errors.js';
import { LANGUAGES, withLanguage } from '../../../www/lib/i18n.js';
import { abortable } from '../call-queue.js';
import { publicError } from '../errors.js';
import { SharedEngine } from './shared-engine.js';
import { Status } from './status.js';
import { sheet } from './styles.js';

/** @import { Language } from '../../../www/lib/i18n.js' */
/** @import { Classification } from '../../../www/pkg/resnet_lens.js' */
/** @import { ReadImage } from '../image-input.js' */
/** @import { ResNetLens } from '../lens.js' */

/** Attributes that need no new result. */
const TEXT_ATTRIBUTES = new Set(['lang', 'alt', 'top', 'tour']);

/** A server that renders the page imports the elements, but has none. */
const Base = globalThis.HTMLElement ?? /** @type {typeof HTMLElement} */ (class {});

/**
 * Events: `load` (the model is ready), `predictions` (detail: the result), `error` (detail: the error).
 */
export class LensElement extends Base {
  /** @type {string[]} */
  static observedAttributes = ['model', 'src', 'alt', 'top', 'lang'];
  /** @type {Classification | null} */
  #result = null;
  #status = new Status();
  /** @type {ShadowRoot} */
  #root;
  #control = new AbortController();
  #isScheduled = false;
  /** @type {{ model: string, engine: SharedEngine, loaded: boolean } | null} */
  #use = null;
  /** The image that was read last, and from which address. @type {{ src: string, read: Promise<ReadImage & { name: string }> } | null} */
  #image = null;

  /** @param {HTMLElement[]} content of the shadow root */
  constructor(content) {
    super();
    this.#root = this.attachShadow({ mode: 'open' });
    this.#root.adoptedStyleSheets = [sheet()];
    this.#root.append(...content, this.#status.element);
  }

  /** Address of the weight file or id on the hub; empty: the starter model. */
  get model() { return this.read('model'); }
  set model(value) { this.write('model', value); }

  /** Address of the image. */
  get src() { return this.read('src'); }
  set src(value) { this.write('src', value); }

  /** Text for people who do not see the image. */
  get alt() { return this.read('alt'); }
  set alt(value) { this.write('alt', value); }

  /** Number of classes that are listed. */
  get top() { return Math.min(20, Math.max(1, Math.round(Number(this.getAttribute('top') ?? 5)) || 5)); }
  set top(value) { this.write('top', String(value)); }

  /** The latest result, or null. */
  get result() { return this.#result; }

  connectedCallback() {
    this.#schedule();
  }

  disconnectedCallback() {
    this.#control.abort();
    this.#release();
  }

  /**
   * @param {string} name
   * @param {string | null} before
   * @param {string | null} after
   */
  attributeChangedCallback(name, before, after) {
    if (before === after || !this.isConnected) return;
    if (TEXT_ATTRIBUTES.has(name)) this.#draw();
    else this.#schedule();
  }

  /** The edits of the network. @protected @returns {string[]} */
  get edits() { return []; }

  /**
   * @protected
   * Computes what is shown besides the result, with no other call between.
   * @param {ResNetLens} _lens
   * @param {Classification} _result
   * @returns {Promise<unknown>}
   */
  async compute(_lens, _result) { return null; }

  /**
   * @protected
   * Uses what `compute` resolved to; null: there is no result.
   * @param {any} _computed
   */
  use(_computed) {}

  /**
   * @protected
   * Shows the image while the network runs.
   * @param {Blob} _blob
   */
  showImage(_blob) {}

  /** @protected Shows result and texts in the language in use. */
  draw() {}

  /** @protected @param {string} name */
  read(name) { return this.getAttribute(name) ?? ''; }

  /**
   * @protected
   * @param {string} name
   * @param {string | null} value null removes the attribute
   */
  write(name, value) {
    if (value === null) this.removeAttribute(name);
    else this.setAttribute(name, value);
  }

  #schedule() {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    queueMicrotask(() => {
      this.#isScheduled = false;
      if (this.isConnected) this.#update();
    });
  }

  async #update() {
    this.#control.abort();
    const control = new AbortController();
    this.#control = control;
    const { signal } = control;
    try {
      this.#show({ busy: true });
      const use = this.#acquire();
      use.engine.onProgress((progress) => this.#show({ busy: true, progress }), signal);
      const image = this.src ? await abortable(this.#read(), signal) : null;
      const lens = await abortable(use.engine.lens, signal);
      if (!use.loaded) {
        use.loaded = true;
        this.#send('load');
      }
      if (!image) {
        this.#result = null;
        this.use(null);
        return this.#show({ busy: false, empty: true });
      }
      this.#show({ busy: true, running: true });
      const { engine } = use;
      const { result, computed } = await lens.exclusive(async (part) => {
        const found = await engine.classify(part, image, this.edits);
        return { result: found, computed: await this.compute(part, found) };
      }, { signal });
      this.#result = result;
      this.use(computed);
      this.#show({ busy: false });
      this.#send('predictions', result);
    } catch (caught) {
      if (signal.aborted) return;
      const error = publicError(caught);
      this.#result = null;
      this.use(null);
      this.#show({ busy: false, error });
      this.#send('error', error);
    } finally {
      control.abort(); // Progress of loading is not shown any more.
    }
  }

  #acquire() {
    const { model } = this;
    if (this.#use?.model === model) return this.#use;
    this.#release();
    this.#use = { model, engine: SharedEngine.acquire(model), loaded: false };
    const use = this.#use;
    // The next update asks for another engine.
    use.engine.lens.catch(() => { if (this.#use === use) this.#release(); });
    return use;
  }

  #release() {
    this.#use?.engine.release();
    this.#use = null;
  }

  /** The image at `src`, read once. */
  async #read() {
    const { src } = this;
    if (this.#image?.src !== src) {
      const read = fetchImage(imageSourceOf(src), (url) => download(url, { what: 'download.image' }));
      this.#image = { src, read };
      read.then(({ blob }) => { if (this.#image?.read === read) this.showImage(blob); }, () => { if (this.#image?.read === read) this.#image = null; });
    }
    return this.#image.read;
  }

  /** @param {Parameters<Status['set']>[0]} state */
  #show(state) {
    this.#status.set(state);
    this.#draw();
  }

  #draw() {
    withLanguage(languageOf(this), () => {
      this.#root.host.setAttribute('aria-busy', String(this.#status.isBusy));
      this.#status.draw();
      this.draw();
    });
  }

  /**
   * @param {string} name
   * @param {unknown} [detail]
   */
  #send(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail: detail instanceof Error ? asError(detail) : detail }));
  }
}

/**
 * The language of an element's texts: that of the nearest `lang`, also outside of the shadow root that it is in; English if it is
 * another one than the package has.
 * @param {Element} element
 * @returns {Language}
 */
function languageOf(element) {
  /** @type {Node | null} */
  let node = element;
  while (node) {
    const lang = node instanceof Element ? node.getAttribute('lang') : null;
    if (lang) return LANGUAGES.find((known) => lang.toLowerCase().split('-')[0] === known) ?? 'en';
    node = node.parentNode ?? (node instanceof ShadowRoot ? node.host : null);
  }
  return 'en';
}
