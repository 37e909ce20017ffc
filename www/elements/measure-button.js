// @ts-check
// A button that starts a measurement and cancels it while it runs, with a bar of its progress.

import { find } from '../lib/dom.js';
import { t } from '../lib/i18n.js';
import { setIfChanged } from '../lib/set-if-changed.js';

/** @import { Progress } from '../pkg/resnet_lens.js' */

export class MeasureButton {
  #root;
  #button;
  #bar;
  #isRunning = false;

  /**
   * @param {HTMLElement} root with a button and a progress bar
   * @param {{ measure: () => void, cancel: () => void }} actions
   */
  constructor(root, { measure, cancel }) {
    this.#root = root;
    this.#button = find(root, 'button', HTMLButtonElement);
    this.#bar = find(root, 'progress', HTMLProgressElement);
    this.#button.addEventListener('click', () => (this.#isRunning ? cancel() : measure()));
  }

  /**
   * @param {string | null} action null: there is nothing to do; `cancel`: it runs
   * @param {Progress | null} progress
   * @param {{ measure: string, progress: (progress: Progress) => string }} texts
   */
  show(action, progress, texts) {
    this.#isRunning = action === 'cancel';
    const { done, total } = progress ?? { done: 0, total: 0 };
    setIfChanged(this.#root, { hidden: action === null });
    setIfChanged(this.#button, { textContent: this.#isRunning ? t('attribution.cancel') : texts.measure });
    setIfChanged(this.#bar, { hidden: !this.#isRunning });
    // Without a total the bar has no position.
    if (total > 0) setIfChanged(this.#bar, { max: total, value: done });
    else this.#bar.removeAttribute('value');
    setIfChanged(this.#bar, { ariaLabel: texts.progress({ done, total }) });
  }
}
