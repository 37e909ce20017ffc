// The legend of a colormap: its gradient and the values at both ends.

import { value } from '../lib/format.js';
import { setIfChanged } from '../lib/set-if-changed.js';

/** Why a legend has no values. */
const NO_VALUES = {
  each: 'Each channel has its own scale',
  live: 'Values are read when the view is frozen',
};

class LensLegend extends HTMLElement {
  /** Colours by colormap name, from low to high, each `[red, green, blue]` in 0 to 1. */
  colormaps = new Map();
  #shown = null;

  /** Shows `{ low, high, signed }` in the colours `{ colormap, gamma }`; `why` ("each" or "live") explains missing values. */
  show(legend, { colormap, gamma }, why = 'each') {
    setIfChanged(this, { hidden: !legend });
    if (!legend) return;
    const { low, high, signed } = legend;
    const hasValues = low !== null && high !== null;
    const ends = hasValues ? [value(low), value(high)] : [signed ? '−max' : 'min', 'max'];
    if (this.children.length === 0) this.append(...Array.from({ length: 3 }, () => document.createElement('span')));
    const [first, bar, last] = this.children;
    setIfChanged(first, { textContent: ends[0] });
    this.#colour(bar, signed ? 'diverging' : colormap, gamma, signed);
    setIfChanged(last, { textContent: ends[1] });
    setIfChanged(this, { title: hasValues ? '' : NO_VALUES[why] });
  }

  #colour(bar, colormap, gamma, signed) {
    const wanted = `${colormap} ${gamma}`;
    if (this.#shown === wanted) return;
    this.#shown = wanted;
    bar.className = `colormap ${colormap}`;
    const colours = this.colormaps.get(colormap) ?? [];
    const stops = colours.map((colour, i) => `rgb(${colour.map((part) => part * 255).join(' ')}) ${positionOf(i / (colours.length - 1), gamma, signed) * 100}%`);
    bar.style.backgroundImage = `linear-gradient(90deg, ${stops.join()})`;
  }
}

/** The normalised value (0 to 1) that gamma maps to the colour at `position` of the colormap: the inverse of the gamma curve. */
function positionOf(position, gamma, signed) {
  if (!signed) return position ** (1 / gamma);
  const strength = 2 * position - 1;
  return 0.5 + 0.5 * Math.sign(strength) * Math.abs(strength) ** (1 / gamma);
}

customElements.define('lens-legend', LensLegend);
