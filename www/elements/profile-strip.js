// @ts-check
// The choice of the plan, and the time of every dispatch side by side in execution order.

import { find, targetOf } from '../lib/dom.js';
import { EmitterElement } from '../lib/events.js';
import { duration } from '../lib/format.js';
import { onLanguage, t } from '../lib/i18n.js';
import { setIfChanged } from '../lib/set-if-changed.js';
import { svg } from '../lib/svg.js';

/** @import { ViewState } from '../app/view-state.js' */
/** @import { Profile } from '../lens/profile.js' */
/** @import { LiveText } from '../lib/i18n.js' */
/** @import { ProfileProgress } from '../pkg/resnet_lens.js' */

/** @typedef {ViewState['plan']} Plan */

/** Width of the view box. */
const WIDTH = 1000;

/**
 * `choose`: the name of a node whose dispatch was clicked. `cancel`: the measurement is to end.
 * @extends {EmitterElement<{ plan: Plan, measure: void, cancel: void, choose: string }>}
 */
export class LensProfileStrip extends EmitterElement {
  #drawing = find(this, 'svg', SVGSVGElement);
  #text = find(this, '[data-summary]', HTMLElement);
  #button = find(this, '[data-measure]', HTMLButtonElement);
  #bar = find(this, 'progress', HTMLProgressElement);
  #measuring = false;
  /** @type {Profile | null} */
  #profile = null;
  /** The text shown while no dispatch is pointed at. @type {LiveText} */
  #summary = () => t('profile.explanation');

  connectedCallback() {
    onLanguage(() => this.#translate());
    this.#translate();
    this.addEventListener('change', (event) => {
      const radio = targetOf(event, HTMLInputElement);
      if (radio) this.emit('plan', /** @type {Plan} */ (radio.value));
    });
    this.#button.addEventListener('click', () => this.emit(this.#measuring ? 'cancel' : 'measure'));
    this.#drawing.addEventListener('click', (event) => {
      const node = this.#dispatchOf(targetOf(event, SVGElement)?.dataset.index)?.nodes.at(-1);
      if (node) this.emit('choose', node);
    });
    this.#drawing.addEventListener('pointermove', (event) => this.#describe(targetOf(event, SVGElement)?.dataset.index));
    this.#drawing.addEventListener('pointerleave', () => this.#describe(undefined));
  }

  /** @param {boolean} possible there is a result, so dispatches can be measured */
  set canMeasure(possible) {
    setIfChanged(this.#button, { disabled: !possible });
  }

  /** @param {Plan} plan */
  showPlan(plan) {
    setIfChanged(find(this, `[value=${plan}]`, HTMLInputElement), { checked: true });
  }

  /**
   * Shows how many dispatches have been measured. The button cancels until `endProgress`.
   * @param {ProfileProgress} progress
   */
  showProgress({ done, total }) {
    this.#measuring = true;
    this.#summary = () => (total ? t('profile.measured', { done, total }) : t('profile.measuring'));
    this.#translate();
    setIfChanged(this.#bar, { hidden: false, max: total || 1, value: done });
  }

  endProgress() {
    this.#measuring = false;
    setIfChanged(this.#bar, { hidden: true });
    this.#translate();
  }

  /**
   * Shows a text instead of times.
   * @param {LiveText} text
   */
  showMessage(text) {
    this.#profile = null;
    this.#drawing.setAttribute('hidden', '');
    this.#summary = text;
    this.#translate();
  }

  /**
   * @param {Profile} profile
   * @param {{ plan: Plan, isOutdated: boolean }} run the measured plan; `isOutdated`: the plan has changed since
   */
  show(profile, { plan, isOutdated }) {
    this.#profile = profile;
    this.#summary = () => {
      const measured = t(plan === 'fused' ? 'profile.ofFused' : 'profile.ofInspected', { summary: summaryOf(profile) });
      return isOutdated ? t('profile.outdated', { measured }) : measured;
    };
    this.#drawing.removeAttribute('hidden');
    this.#drawing.setAttribute('viewBox', `0 0 ${WIDTH} 10`);
    const scale = WIDTH / profile.total;
    let x = 0;
    const bars = profile.stages.flatMap(({ stage, dispatches }, i) => dispatches.map((dispatch) => {
      const width = dispatch.ms * scale;
      const bar = svg('rect', { x, y: 0, width: Math.max(0.5, width - 1), height: 10, class: stage === 'stem' || stage === 'head' ? 'c' : 'ab'[i % 2] });
      bar.dataset.index = String(profile.dispatches.indexOf(dispatch));
      x += width;
      return bar;
    }));
    this.#drawing.replaceChildren(...bars);
    this.#translate();
  }

  /** Shows the texts in the language in use. */
  #translate() {
    setIfChanged(this.#button, { textContent: t(this.#measuring ? 'profile.cancel' : 'profile.measure') });
    const text = this.#summary();
    setIfChanged(this.#text, { textContent: text });
    if (this.#profile) this.#drawing.ariaLabel = text;
  }

  /** @param {string | undefined} index */
  #dispatchOf(index) {
    return index === undefined ? undefined : this.#profile?.dispatches[Number(index)];
  }

  /** @param {string | undefined} index of a dispatch; undefined: all of them */
  #describe(index) {
    if (!this.#profile || this.#measuring) return;
    const dispatch = this.#dispatchOf(index);
    this.#text.textContent = dispatch
      ? `${dispatch.nodes.join(', ')} · ${dispatch.kernel} · ${this.#profile.describe([dispatch])}`
      : this.#summary();
  }
}

/** @param {Profile} profile */
function summaryOf({ stages, total, dispatches }) {
  const parts = stages.map(({ stage, percent }) => t('profile.part', {
    stage: stage === 'stem' || stage === 'head' ? t(`profile.${stage}`) : stage, share: String(percent),
  }));
  return t('profile.summary', { time: duration(total), number: String(dispatches.length), parts: parts.join(', ') });
}

customElements.define('lens-profile-strip', LensProfileStrip);
