// @ts-check
// What an element is doing, and its errors, as text.

import { create } from '../../../www/lib/dom.js';
import { messageOf } from '../../../www/lib/errors.js';
import { percent } from '../../../www/lib/format.js';
import { language, t } from '../../../www/lib/i18n.js';
import { setIfChanged } from '../../../www/lib/set-if-changed.js';

/** @import { NamedError } from '../../../www/lib/errors.js' */
/** @import { LoadProgress } from '../options.js' */

/** `running`: the network runs. `empty`: there is no image. @typedef {{ busy: boolean, running?: boolean, progress?: LoadProgress, empty?: boolean, error?: NamedError }} State */

/** The status of an element that lasts shorter than this is not shown. */
const DELAY_MS = 200;

export class Status {
  element = create('div');
  #text = Object.assign(create('p'), { role: 'status' });
  #error = Object.assign(create('p'), { role: 'alert' });
  /** @type {State} */
  #state = { busy: false };
  #busySince = 0;

  constructor() {
    this.#text.setAttribute('part', 'status');
    this.#error.setAttribute('part', 'error');
    this.element.append(this.#text, this.#error);
  }

  get isBusy() {
    return this.#state.busy;
  }

  /** @param {State} state */
  set(state) {
    if (state.busy && !this.#state.busy) {
      this.#busySince = performance.now();
      setTimeout(() => this.#write(), DELAY_MS);
    }
    this.#state = state;
  }

  /** Writes the texts in the language in use. */
  draw() {
    const { error } = this.#state;
    this.#sentence = this.#state.error ? '' : sentenceOf(this.#state);
    setIfChanged(this.#error, { textContent: error ? messageOf(error) : '', hidden: !error });
    // Messages of the engine are English in every language.
    if (error && !error.text && language() !== 'en') this.#error.lang = 'en';
    else this.#error.removeAttribute('lang');
    this.#write();
  }

  #sentence = '';

  #write() {
    const isEarly = this.#state.busy && performance.now() - this.#busySince < DELAY_MS - 1;
    const textContent = isEarly ? '' : this.#sentence;
    setIfChanged(this.#text, { textContent, hidden: textContent === '' });
  }
}

/** @param {State} state */
function sentenceOf({ busy, running, progress, empty }) {
  if (empty) return t('element.noImage');
  if (!busy) return '';
  if (running) return t('element.classifying');
  if (!progress || progress.stage === 'engine') return t('element.starting');
  if (progress.stage === 'waiting') return t('element.waiting');
  return progress.total ? t('element.loadingShare', { share: percent(progress.done / progress.total) }) : t('element.loading');
}
