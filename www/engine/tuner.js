// @ts-check
// Measures the algorithms of each layer on this adapter while the page is idle, and stores the result for the next visit.
// `?tune=off` disables this, `?tune=now` measures at once and on every adapter. Otherwise software adapters are skipped: measuring
// takes long on them, and the engine's defaults were measured on them.

import { textError } from '../lib/errors.js';
import { listOr } from '../lib/i18n.js';
import { StoredValues } from '../lib/stored-values.js';

/** @import { AdapterReport } from '../pkg/resnet_lens.js' */
/** @import { Session } from './session.js' */

const MODES = ['off', 'now'];
/** Milliseconds per call, so that the engine soon answers other calls. */
const SLICE_MS = 40;
const PAUSE_MS = 250;
/** Budget of one visit without `?tune=now`: the most expensive layers are measured first, and the rest gains little. */
const BUDGET_MS = 5000;
const results = new StoredValues('resnet-lens', 'tuning');

export class Tuner {
  #session;
  #mode;
  #running = false;

  /**
   * @param {Session} session
   * @param {string | null} mode null, `off` or `now`; others set `error` and count as null
   */
  constructor(session, mode) {
    this.#session = session;
    this.#mode = mode !== null && MODES.includes(mode) ? mode : null;
    this.error = mode === this.#mode ? null : textError('StateError', 'settings.invalid', { name: 'tune', expected: listOr(MODES), found: mode ?? '' });
  }

  /** Restores the result of an earlier visit. Call this before the first model is loaded. */
  async restore() {
    if (this.#mode !== null) return;
    const { engine } = this.#session;
    const saved = await results.read(await engine.tuningKey());
    // A result that cannot be used any more is measured again.
    if (saved) await engine.restoreTuning(saved).catch(() => null);
  }

  /**
   * Measures after a model's first result; resolves to whether everything is measured now.
   * @param {AdapterReport} adapter
   * @param {() => boolean} isIdle whether no call is expected soon
   */
  async run(adapter, isIdle) {
    const wanted = this.#mode === 'now' || (this.#mode === null && !adapter.software);
    if (!wanted || this.#running) return false;
    this.#running = true;
    try {
      return await this.#measure(isIdle);
    } finally {
      this.#running = false;
    }
  }

  /** @param {() => boolean} isIdle */
  async #measure(isIdle) {
    const { engine } = this.#session;
    let progress = { done: 0, total: Infinity };
    for (let spent = 0; progress.done < progress.total; ) {
      await new Promise((resolve) => { setTimeout(resolve, this.#mode === 'now' ? 0 : PAUSE_MS); });
      if (!isIdle()) continue;
      if (this.#mode === null && spent > BUDGET_MS) return false;
      const started = performance.now();
      progress = await engine.tune(SLICE_MS);
      spent += performance.now() - started;
      await results.write(await engine.tuningKey(), await engine.tuning());
    }
    return progress.total > 0;
  }
}
