// The selected plan and the time of every dispatch, as bars in order of execution.

import { duration } from '../lib/format.js';
import { setIfChanged } from '../lib/set-if-changed.js';
import { svg } from '../lib/svg.js';

const WIDTH = 1000;

class LensProfileStrip extends HTMLElement {
  /** Receives "inspected" or "fused". */
  onPlan = null;
  onMeasure = null;
  #profile = null;

  connectedCallback() {
    this.drawing = this.querySelector('svg');
    this.summary = this.querySelector('[data-summary]');
    this.button = this.querySelector('[data-measure]');
    this.addEventListener('change', ({ target }) => this.onPlan?.(target.value));
    this.button.addEventListener('click', () => this.onMeasure?.());
    this.drawing.addEventListener('pointermove', ({ target }) => this.#describe(target.dataset.index));
    this.drawing.addEventListener('pointerleave', () => this.#describe(undefined));
  }

  set canMeasure(can) {
    setIfChanged(this.button, { disabled: !can });
  }

  showPlan(plan) {
    setIfChanged(this.querySelector(`[value=${plan}]`), { checked: true });
  }

  /** Shows a text instead of times. */
  showMessage(text) {
    this.#profile = null;
    this.drawing.setAttribute('hidden', '');
    this.summary.textContent = text;
  }

  /** Shows the profile of the current plan. */
  show(profile) {
    this.#profile = profile;
    this.drawing.removeAttribute('hidden');
    this.drawing.setAttribute('viewBox', `0 0 ${WIDTH} 10`);
    const scale = WIDTH / profile.total;
    let x = 0;
    const bars = profile.stages.flatMap(({ stage, dispatches }, i) => dispatches.map((dispatch) => {
      const width = dispatch.ms * scale;
      const bar = svg('rect', { x, y: 0, width: Math.max(0.5, width - 1), height: 10, class: stage ? 'ab'[i % 2] : 'c' });
      bar.dataset.index = profile.dispatches.indexOf(dispatch);
      x += width;
      return bar;
    }));
    this.drawing.replaceChildren(...bars);
    this.drawing.ariaLabel = this.#whole();
    this.#describe(undefined);
  }

  #whole() {
    const parts = this.#profile.stages
      .filter(({ stage }) => stage)
      .map(({ stage, ms }) => `${stage} ${Math.round((ms / this.#profile.total) * 100)} %`);
    return `${duration(this.#profile.total)} in ${this.#profile.dispatches.length} dispatches: ${parts.join(', ')}`;
  }

  #describe(index) {
    if (!this.#profile) return;
    const one = index === undefined ? null : this.#profile.dispatches[index];
    this.summary.textContent = one ? `${one.nodes.join(', ')} · ${one.kernel} · ${this.#profile.describe([one])}` : this.#whole();
  }
}

customElements.define('lens-profile-strip', LensProfileStrip);
