// @ts-check
// The choice of the plan, and the time of every dispatch side by side in execution order.

import { find, targetOf } from '../lib/dom.js';
import { EmitterElement } from '../lib/events.js';
import { duration } from '../lib/format.js';
import { setIfChanged } from '../lib/set-if-changed.js';
import { svg } from '../lib/svg.js';

/** @import { ViewState } from '../app/view-state.js' */
/** @import { Profile } from '../lens/profile.js' */

/** @typedef {ViewState['plan']} Plan */

/** Width of the view box. */
const WIDTH = 1000;

/** @extends {EmitterElement<{ plan: Plan, measure: void }>} */
export class LensProfileStrip extends EmitterElement {
  #drawing = find(this, 'svg', SVGSVGElement);
  #text = find(this, '[data-summary]', HTMLElement);
  #button = find(this, '[data-measure]', HTMLButtonElement);
  /** @type {Profile | null} */
  #profile = null;

  connectedCallback() {
    this.addEventListener('change', (event) => {
      const radio = targetOf(event, HTMLInputElement);
      if (radio) this.emit('plan', /** @type {Plan} */ (radio.value));
    });
    this.#button.addEventListener('click', () => this.emit('measure'));
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
   * Shows a text instead of times.
   * @param {string} text
   */
  showMessage(text) {
    this.#profile = null;
    this.#drawing.setAttribute('hidden', '');
    this.#text.textContent = text;
  }

  /** @param {Profile} profile of the current plan */
  show(profile) {
    this.#profile = profile;
    this.#drawing.removeAttribute('hidden');
    this.#drawing.setAttribute('viewBox', `0 0 ${WIDTH} 10`);
    const scale = WIDTH / profile.total;
    let x = 0;
    const bars = profile.stages.flatMap(({ stage, dispatches }, i) => dispatches.map((dispatch) => {
      const width = dispatch.ms * scale;
      const bar = svg('rect', { x, y: 0, width: Math.max(0.5, width - 1), height: 10, class: stage ? 'ab'[i % 2] : 'c' });
      bar.dataset.index = String(profile.dispatches.indexOf(dispatch));
      x += width;
      return bar;
    }));
    this.#drawing.replaceChildren(...bars);
    this.#drawing.ariaLabel = summaryOf(profile);
    this.#describe(undefined);
  }

  /** @param {string | undefined} index of a dispatch; undefined: all of them */
  #describe(index) {
    if (!this.#profile) return;
    const dispatch = index === undefined ? undefined : this.#profile.dispatches[Number(index)];
    this.#text.textContent = dispatch
      ? `${dispatch.nodes.join(', ')} · ${dispatch.kernel} · ${this.#profile.describe([dispatch])}`
      : summaryOf(this.#profile);
  }
}

/** @param {Profile} profile */
function summaryOf({ stages, total, dispatches }) {
  const parts = stages.filter(({ stage }) => stage).map(({ stage, ms }) => `${stage} ${Math.round((ms / total) * 100)} %`);
  return `${duration(total)} in ${dispatches.length} dispatches: ${parts.join(', ')}`;
}

customElements.define('lens-profile-strip', LensProfileStrip);
