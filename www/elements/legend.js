// What the colours stand for: the ramp with the numbers at its ends, and in its middle for signed maps.

import { value } from '../format.js';
import { put } from '../put.js';

const UNTOLD = {
  each: 'each channel has a scale of its own',
  live: 'numbers are read when the view is frozen: frames leave nothing to be read but their classes',
};

class LensLegend extends HTMLElement {
  /** Every ramp's colours by its name, from its low end to its high one, each `[red, green, blue]` of 0 to 1. */
  ramps = new Map();
  #shown = null;

  /** Shows `{ low, high, signed }` in the colours `{ ramp, gamma }`; without numbers `why` is "each" or "live". */
  show(legend, { ramp, gamma }, why = 'each') {
    put(this, { hidden: !legend });
    if (!legend) return;
    const { low, high, signed } = legend;
    const told = low !== null && high !== null;
    const ends = told ? [value(low), value(high)] : [signed ? '−max' : 'min', 'max'];
    if (this.children.length === 0) this.append(...Array.from({ length: 3 }, () => document.createElement('span')));
    const [first, bar, last] = this.children;
    put(first, { textContent: ends[0] });
    this.#colour(bar, signed ? 'diverging' : ramp, gamma, signed);
    put(last, { textContent: ends[1] });
    put(this, { title: told ? '' : UNTOLD[why] });
  }

  #colour(bar, ramp, gamma, signed) {
    const wanted = `${ramp} ${gamma}`;
    if (this.#shown === wanted) return;
    this.#shown = wanted;
    bar.className = `ramp ${ramp}`;
    const colours = this.ramps.get(ramp) ?? [];
    const stops = colours.map((colour, i) => `rgb(${colour.map((part) => part * 255).join(' ')}) ${along(i / (colours.length - 1), gamma, signed) * 100}%`);
    bar.style.backgroundImage = `linear-gradient(90deg, ${stops.join()})`;
  }
}

/** Where between the ends the value is whose colour is at `place` of the ramp, 0 to 1: what gamma makes of values, undone. */
function along(place, gamma, signed) {
  if (!signed) return place ** (1 / gamma);
  const strength = 2 * place - 1;
  return 0.5 + 0.5 * Math.sign(strength) * Math.abs(strength) ** (1 / gamma);
}

customElements.define('lens-legend', LensLegend);
