// What the colours stand for: the colormap with the numbers at its ends, and in its middle for signed maps.

import { value } from '../lib/format.js';
import { setIfChanged } from '../lib/set-if-changed.js';

const UNTOLD = {
  each: 'each channel has a scale of its own',
  live: 'numbers are read when the view is frozen: frames leave nothing to be read but their classes',
};

class LensLegend extends HTMLElement {
  /** Every colormap's colours by its name, from its low end to its high one, each `[red, green, blue]` of 0 to 1. */
  colormaps = new Map();
  #shown = null;

  /** Shows `{ low, high, signed }` in the colours `{ colormap, gamma }`; without numbers `why` is "each" or "live". */
  show(legend, { colormap, gamma }, why = 'each') {
    setIfChanged(this, { hidden: !legend });
    if (!legend) return;
    const { low, high, signed } = legend;
    const told = low !== null && high !== null;
    const ends = told ? [value(low), value(high)] : [signed ? '−max' : 'min', 'max'];
    if (this.children.length === 0) this.append(...Array.from({ length: 3 }, () => document.createElement('span')));
    const [first, bar, last] = this.children;
    setIfChanged(first, { textContent: ends[0] });
    this.#colour(bar, signed ? 'diverging' : colormap, gamma, signed);
    setIfChanged(last, { textContent: ends[1] });
    setIfChanged(this, { title: told ? '' : UNTOLD[why] });
  }

  #colour(bar, colormap, gamma, signed) {
    const wanted = `${colormap} ${gamma}`;
    if (this.#shown === wanted) return;
    this.#shown = wanted;
    bar.className = `colormap ${colormap}`;
    const colours = this.colormaps.get(colormap) ?? [];
    const stops = colours.map((colour, i) => `rgb(${colour.map((part) => part * 255).join(' ')}) ${along(i / (colours.length - 1), gamma, signed) * 100}%`);
    bar.style.backgroundImage = `linear-gradient(90deg, ${stops.join()})`;
  }
}

/** Where between the ends the value is whose colour is at `place` of the colormap, 0 to 1: what gamma makes of values, undone. */
function along(place, gamma, signed) {
  if (!signed) return place ** (1 / gamma);
  const strength = 2 * place - 1;
  return 0.5 + 0.5 * Math.sign(strength) * Math.abs(strength) ** (1 / gamma);
}

customElements.define('lens-legend', LensLegend);
