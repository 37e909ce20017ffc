// How long every dispatch takes, side by side in the order of execution, and how the network is run.

import { duration } from '../format.js';
import { put } from '../put.js';
import { svg } from '../svg.js';

const WIDTH = 1000;

class LensStrip extends HTMLElement {
  /** Receives "inspected" or "fused". */
  onPlan = null;
  onMeasure = null;
  #times = null;

  connectedCallback() {
    this.drawing = this.querySelector('svg');
    this.told = this.querySelector('[data-told]');
    this.button = this.querySelector('[data-measure]');
    this.addEventListener('change', ({ target }) => this.onPlan?.(target.value));
    this.button.addEventListener('click', () => this.onMeasure?.());
    this.drawing.addEventListener('pointermove', ({ target }) => this.#tellOf(target.dataset.index));
    this.drawing.addEventListener('pointerleave', () => this.#tellOf(undefined));
  }

  set canMeasure(can) {
    put(this.button, { disabled: !can });
  }

  showPlan(plan) {
    put(this.querySelector(`[value=${plan}]`), { checked: true });
  }

  /** Says something instead of times. */
  say(text) {
    this.#times = null;
    this.drawing.setAttribute('hidden', '');
    this.told.textContent = text;
  }

  /** `times` as measured of the network that runs now. */
  show(times) {
    this.#times = times;
    this.drawing.removeAttribute('hidden');
    this.drawing.setAttribute('viewBox', `0 0 ${WIDTH} 10`);
    const scale = WIDTH / times.total;
    let x = 0;
    const bars = times.stages.flatMap(({ stage, dispatches }, i) => dispatches.map((dispatch) => {
      const width = dispatch.ms * scale;
      const bar = svg('rect', { x, y: 0, width: Math.max(0.5, width - 1), height: 10, class: stage ? 'ab'[i % 2] : 'c' });
      bar.dataset.index = times.dispatches.indexOf(dispatch);
      x += width;
      return bar;
    }));
    this.drawing.replaceChildren(...bars);
    this.drawing.ariaLabel = this.#whole();
    this.#tellOf(undefined);
  }

  #whole() {
    const parts = this.#times.stages
      .filter(({ stage }) => stage)
      .map(({ stage, ms }) => `${stage} ${Math.round((ms / this.#times.total) * 100)} %`);
    return `${duration(this.#times.total)} in ${this.#times.dispatches.length} dispatches: ${parts.join(', ')}`;
  }

  #tellOf(index) {
    if (!this.#times) return;
    const one = index === undefined ? null : this.#times.dispatches[index];
    this.told.textContent = one ? `${one.nodes.join(', ')} · ${one.kernel} · ${this.#times.describe([one])}` : this.#whole();
  }
}

customElements.define('lens-strip', LensStrip);
