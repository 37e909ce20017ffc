// @ts-check
// The maps of what a logit depends on, each beside that of randomised weights. It shows what it is given and reports what the user does.

import { find, findAll } from '../lib/dom.js';
import { EmitterElement } from '../lib/events.js';
import { t } from '../lib/i18n.js';
import { setIfChanged } from '../lib/set-if-changed.js';
import { boundsOf, colourValues } from '../lens/colour-values.js';
import { LensLegend } from './legend.js';
import { mapFigure } from './map-figure.js';
import { offer } from './offer.js';
import { MeasureButton } from './measure-button.js';

/** @import { Method } from '../gradient/attribution-parts.js' */
/** @import { Choice } from '../gradient/subject.js' */
/** @import { ColourTable } from '../lens/colour-values.js' */
/** @import { ColourMapping, ColormapName, FeatureMap, Progress } from '../pkg/resnet_lens.js' */

/** @typedef {{ colour: ColourMapping, colormaps: Map<ColormapName, ColourTable> }} ShownColour */
/** `outdated`: it belongs to an earlier view. @typedef {{ title: string, note: string, map: FeatureMap | null, outdated: boolean }} ShownMap */
/** @typedef {ShownMap & { text: string, verdict: 'passes' | 'fails' | null, verdictText: string, hint: string }} ShownRandom */
/**
 * @typedef {ShownMap & { name: Method, signed: boolean, text: string, random: ShownRandom | null, action: 'measure' | 'measureRandom' | 'cancel' | null,
 *   progress: Progress | null }} ShownMethod
 */
/**
 * @typedef {object} ShownAttribution
 * @property {Choice[]} layers that Grad-CAM can be shown for
 * @property {string} chosenLayer
 * @property {number} stops
 * @property {number} stop
 * @property {string[]} stopTexts
 * @property {string} hint why nothing can be randomised
 * @property {ShownMethod[]} methods
 * @property {ShownColour} colour
 */

/** `layer`: the value of a choice. `stop`: its index. @extends {EmitterElement<{ layer: string, stop: number, measure: void, cancel: void }>} */
export class LensAttribution extends EmitterElement {
  #layer = find(this, '[data-layer]', HTMLSelectElement);
  #slider = find(this, '[data-random]', HTMLInputElement);
  #stopText = find(this, '[data-random-text]', HTMLElement);
  #hint = find(this, '[data-random-hint]', HTMLElement);
  #methods = findAll(this, '[data-method]', HTMLElement);
  #button = new MeasureButton(find(this, '[data-integrated]', HTMLElement), {
    measure: () => this.emit('measure'),
    cancel: () => this.emit('cancel'),
  });
  /** @type {string[]} */
  #stopTexts = [];
  /** What the maps of each method were drawn from. @type {Map<string, unknown[]>} */
  #drawn = new Map();

  connectedCallback() {
    this.#layer.addEventListener('change', () => this.emit('layer', this.#layer.value));
    // The text follows the thumb; maps are measured where it stops.
    this.#slider.addEventListener('input', () => this.#showStop());
    this.#slider.addEventListener('change', () => this.emit('stop', Number(this.#slider.value)));
  }

  /** @param {ShownAttribution} shown */
  show({ layers, chosenLayer, stops, stop, stopTexts, hint, methods, colour }) {
    offer(this.#layer, layers, chosenLayer);
    setIfChanged(this.#slider, { max: String(stops - 1), disabled: stops < 2 });
    if (Number(this.#slider.value) !== stop && !this.#slider.matches(':active')) this.#slider.value = String(stop);
    this.#stopTexts = stopTexts;
    this.#showStop();
    setIfChanged(this.#hint, { textContent: hint, hidden: hint === '' });
    for (const section of this.#methods) {
      const method = methods.find(({ name }) => name === section.dataset.method);
      setIfChanged(section, { hidden: !method });
      if (method) this.#showMethod(section, method, colour);
    }
    const integrated = methods.find(({ name }) => name === 'integrated');
    this.#button.show(integrated?.action ?? null, integrated?.progress ?? null, {
      measure: t(integrated?.action === 'measureRandom' ? 'attribution.measureRandom' : 'attribution.measure'),
      progress: ({ done, total }) => t('attribution.progress', { done, total }),
    });
  }

  #showStop() {
    const text = this.#stopTexts[Number(this.#slider.value)] ?? '';
    setIfChanged(this.#stopText, { textContent: text });
    setIfChanged(this.#slider, { ariaValueText: text });
  }

  /**
   * @param {HTMLElement} section
   * @param {ShownMethod} method
   * @param {ShownColour} colour
   */
  #showMethod(section, method, colour) {
    const { name, signed, text, random } = method;
    const part = (/** @type {string} */ selector) => find(section, selector, HTMLElement);
    const shown = [method, random].filter((one) => one !== null).filter(({ map }) => map !== null);
    const drawn = [signed, colour.colour.colormap, colour.colour.gamma, ...shown.flatMap(({ title, note, map, outdated }) => [title, note, map, outdated])];
    const former = this.#drawn.get(name) ?? [];
    if (drawn.length !== former.length || drawn.some((one, i) => one !== former[i])) {
      this.#drawn.set(name, drawn);
      part('.maps').replaceChildren(...shown.map((one) => figure(one, signed, colour)));
    }
    for (const [selector, content] of [['[data-text]', text], ['[data-correlation]', random?.text], ['[data-verdict]', random?.verdictText], ['[data-hint]', random?.hint]]) {
      setIfChanged(part(String(selector)), { textContent: content ?? '', hidden: !content });
    }
    setIfChanged(part('[data-verdict]').dataset, { verdict: random?.verdict ?? '' });
  }
}

/**
 * A map with its scale.
 * @param {ShownMap} shown
 * @param {boolean} signed
 * @param {ShownColour} colour
 */
function figure({ title, note, map, outdated }, signed, { colour: { colormap, gamma }, colormaps }) {
  const { shape: [, , rows, columns], data } = /** @type {FeatureMap} */ (map);
  const bounds = signed ? boundsOf([data], { signed }) : { ...boundsOf([data], { signed }), low: 0 };
  const table = colormaps.get(signed ? 'diverging' : colormap) ?? [[0, 0, 0], [1, 1, 1]];
  const made = mapFigure({ title, note }, { rows, columns }, colourValues(data, bounds, { gamma, table }));
  const legend = new LensLegend();
  legend.colormaps = colormaps;
  legend.show(bounds, { colormap, gamma });
  made.append(legend);
  made.classList.toggle('outdated', outdated);
  return made;
}

customElements.define('lens-attribution', LensAttribution);
