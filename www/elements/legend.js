// @ts-check
// The colormap with the values at its ends.

import { colourStops } from '../lens/colour-stops.js';
import { withTexts } from '../app/static-texts.js';
import { create } from '../lib/dom.js';
import { value } from '../lib/format.js';
import { setIfChanged } from '../lib/set-if-changed.js';

/** @import { Key } from '../lib/i18n.js' */
/** @import { ColourMapping, ColormapName, ScaleBounds } from '../pkg/resnet_lens.js' */

/** Why a legend has no values. @satisfies {Record<string, Key>} */
const NO_VALUES = { each: /** @type {const} */ ('legend.each'), live: /** @type {const} */ ('legend.live') };

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
    if (this.children.length === 0) this.append(create('span'), create('span'), create('span'));
    const [first, bar, last] = /** @type {Iterable<HTMLElement>} */ (this.children);
    /** @type {Key} */
    const lowest = signed ? 'legend.negative' : 'legend.low';
    showEnd(first, known ? value(low) : null, lowest);
    if (signed !== this.classList.contains('signed')) this.classList.toggle('signed', signed);
    this.#colour(bar, signed ? 'diverging' : colormap, gamma, signed);
    showEnd(last, known ? value(high) : null, 'legend.high');
    setIfChanged(/** @type {HTMLElement} */ (this), { hidden: false });
    if (!known) withTexts(this, { title: NO_VALUES[why] });
    else if (this.title) for (const name of ['title', 'data-i18n-title']) this.removeAttribute(name);
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

/**
 * Shows the value at an end of the scale, or else which end it is.
 * @param {HTMLElement} element
 * @param {string | null} text
 * @param {Key} key
 */
function showEnd(element, text, key) {
  if (text === null) {
    withTexts(element, { text: key });
    return;
  }
  if (element.dataset.i18n) element.removeAttribute('data-i18n');
  setIfChanged(element, { textContent: text });
}

customElements.define('lens-legend', LensLegend);
