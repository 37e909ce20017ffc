// What the colours stand for: the ramp with the numbers at its ends, and in its middle for signed maps.

import { value } from '../format.js';

class LensLegend extends HTMLElement {
  /** Shows `{ low, high, signed }` in `ramp`; without numbers every channel has a scale of its own. */
  show(legend, ramp) {
    this.hidden = !legend;
    if (!legend) return;
    const { low, high, signed } = legend;
    const told = low !== null && high !== null;
    const bar = Object.assign(document.createElement('span'), { className: `ramp ${signed ? 'diverging' : ramp}` });
    const ends = told ? [value(low), value(high)] : [signed ? '−max' : 'min', 'max'];
    this.replaceChildren(text(ends[0]), bar, text(ends[1]));
    this.title = told ? '' : 'each channel has a scale of its own';
  }
}

function text(textContent) {
  return Object.assign(document.createElement('span'), { textContent });
}

customElements.define('lens-legend', LensLegend);
