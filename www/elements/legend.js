// @ts-check
// The colormap with the values at its ends.

import { colourStops } from '../lens/colour-stops.js';
import { create } from '../lib/dom.js';
import { value } from '../lib/format.js';
import { setIfChanged } from '../lib/set-if-changed.js';

/** @import { ColourMapping, ColormapName, ScaleBounds } from '../pkg/resnet_lens.js' */

/** Why a legend has no values. */
const NO_VALUES = {
  each: 'Each channel has its own scale',
  live: 'Values are read when the view is frozen',
};

export class LensLegend extends HTMLElement {
  /** Colours of each colormap from its low end to its high end, as `[red, green, blue]` from 0 to 1. @type {Map<ColormapName, [number, number, number][]>} */
  colormaps = new Map();
  /** @type {string | null} */
  #shown = null;

  /**
   * Shows a scale in the given colours.
   * @param {ScaleBounds} ends
   * @param {Pick<ColourMapping, 'colormap' | 'gamma'>} colour
   * @param {keyof typeof NO_VALUES} [why] if `ends` has no values
   */
  show({ low, high, signed }, { colormap, gamma }, why = 'each') {
    const known = low !== null && high !== null;
    const [from, to] = known ? [value(low), value(high)] : [signed ? '−max' : 'min', 'max'];
    if (this.children.length === 0) this.append(create('span'), create('span'), create('span'));
    const [first, bar, last] = /** @type {Iterable<HTMLElement>} */ (this.children);
    setIfChanged(first, { textContent: from });
    if (signed !== this.classList.contains('signed')) this.classList.toggle('signed', signed);
    this.#colour(bar, signed ? 'diverging' : colormap, gamma, signed);
    setIfChanged(last, { textContent: to });
    setIfChanged(/** @type {HTMLElement} */ (this), { hidden: false, title: known ? '' : NO_VALUES[why] });
  }

  /**
   * @param {HTMLElement} bar
   * @param {ColormapName} colormap
   * @param {number} gamma
   * @param {boolean} signed
   */
  #colour(bar, colormap, gamma, signed) {
    const key = `${colormap} ${gamma}`;
    if (this.#shown === key) return;
    this.#shown = key;
    bar.className = `colormap ${colormap}`;
    const stops = colourStops(this.colormaps.get(colormap) ?? [], { gamma, signed }).map(({ at, colour }) => `${colour} ${at * 100}%`);
    bar.style.backgroundImage = `linear-gradient(90deg, ${stops.join()})`;
  }
}

customElements.define('lens-legend', LensLegend);
