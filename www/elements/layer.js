// @ts-check
// The selected layer: its name and facts, the tap shown, the order and colours of its channels.

import { GAMMA, clampGamma } from '../app/view-state.js';
import { create, find, findAll, targetOf } from '../lib/dom.js';
import { EmitterElement } from '../lib/events.js';
import { count, times, value } from '../lib/format.js';
import { language, t } from '../lib/i18n.js';
import { setIfChanged } from '../lib/set-if-changed.js';
import { chainOf, kindOf, operatorOf } from '../network/layer-names.js';
import { LensLegend } from './legend.js';

/** @import { ViewState } from '../app/view-state.js' */
/** @import { Key } from '../lib/i18n.js' */
/** @import { Note } from '../network/layer-note.js' */
/** @import { Layer } from '../network/network.js' */
/** @import { LayerInfo, RelatedNode } from '../pkg/resnet_lens.js' */

/**
 * `set`: changes of the view state.
 * @extends {EmitterElement<{ set: Partial<ViewState>, save: 'grid' | 'npy' }>}
 */
export class LensLayer extends EmitterElement {
  legend = find(this, 'lens-legend', LensLegend);
  #taps = find(this, '[data-taps]', HTMLFieldSetElement);
  #compare = find(this, '[data-compare]', HTMLFieldSetElement);
  #title = find(this, '[data-name]', HTMLElement);
  #facts = find(this, '[data-facts]', HTMLElement);
  #note = find(this, '[data-note-of-layer]', HTMLElement);
  #hover = find(this, '[data-hover]', HTMLElement);
  #readbackNote = find(this, '[data-readback]', HTMLElement);
  #colormap = find(this, '[name=colormap]', HTMLSelectElement);
  #gamma = find(this, '[name=gamma]', HTMLInputElement);
  #gammaText = find(this, '[data-gamma]', HTMLElement);
  #saveButtons = findAll(this, '[data-save]', HTMLButtonElement);

  connectedCallback() {
    this.addEventListener('change', (event) => {
      const control = targetOf(event, HTMLInputElement) ?? targetOf(event, HTMLSelectElement);
      if (control === this.#gamma) this.#emitGamma();
      else if (control?.name) this.emit('set', { [control.name]: control.value });
    });
    // A slider reports while it is dragged.
    this.#gamma.addEventListener('input', () => this.#emitGamma());
    for (const button of this.#saveButtons) {
      button.addEventListener('click', () => this.emit('save', button.dataset.save === 'npy' ? 'npy' : 'grid'));
    }
  }

  /**
   * @param {Layer} layer
   * @param {LayerInfo} node the node whose value is shown
   * @param {number} depth number of weighted layers of the network
   */
  show(layer, { name, op, attributes, shape, parameters, macs }, depth) {
    const facts = [
      layer.number && t('network.layerNumber', { number: layer.number, depth }),
      kindOf(layer),
      `${name}: ${operatorOf({ op, attributes })}`,
      t('format.channels', { number: count(shape[1]) }),
      times(shape.slice(2)),
      parameters && t('format.parameters', { number: count(parameters) }),
      macs && t('format.macs', { number: count(macs) }),
    ];
    setIfChanged(this.#title, { textContent: chainOf(layer) });
    setIfChanged(this.dataset, { node: name });
    setIfChanged(this.#facts, { textContent: facts.filter(Boolean).join(' · ') });
  }

  /**
   * Explains what the layer changes; null for a layer that keeps the shape.
   * @param {Note | null} note
   */
  showNote(note) {
    setIfChanged(this.#note, { textContent: note ? t(note.key, note.values) : '', hidden: !note });
  }

  /**
   * Offers the taps of the layer.
   * @param {RelatedNode[]} taps
   * @param {string} shown name of the tap shown
   */
  showTaps(taps, shown) {
    const key = `${language()} ${taps.map(({ name, label }) => `${name} ${label}`).join()}`;
    if (key !== this.#taps.dataset.taps) {
      this.#taps.dataset.taps = key;
      this.#taps.replaceChildren(find(this.#taps, 'legend', HTMLElement), ...taps.map(tapChoice));
    }
    setIfChanged(this.#taps, { hidden: taps.length < 2 });
    for (const radio of findAll(this.#taps, 'input', HTMLInputElement)) setIfChanged(radio, { checked: radio.value === shown });
  }

  /**
   * Offers comparisons.
   * @param {ViewState['compare'][]} offered
   * @param {ViewState['compare']} shown
   */
  showComparisons(offered, shown) {
    setIfChanged(this.#compare, { hidden: offered.length === 0 && shown === 'none' });
    for (const radio of findAll(this.#compare, 'input', HTMLInputElement)) {
      const mode = /** @type {ViewState['compare']} */ (radio.value);
      setIfChanged(radio, { checked: mode === shown });
      if (radio.parentElement) setIfChanged(radio.parentElement, { hidden: mode !== 'none' && mode !== shown && !offered.includes(mode) });
    }
  }

  /** @param {Pick<ViewState, 'sort' | 'scale' | 'colormap' | 'gamma'>} settings */
  showSettings({ sort, scale, colormap, gamma }) {
    setIfChanged(find(this, `[name=sort][value=${sort}]`, HTMLInputElement), { checked: true });
    setIfChanged(find(this, `[name=scale][value=${scale}]`, HTMLInputElement), { checked: true });
    setIfChanged(this.#colormap, { value: colormap });
    setIfChanged(this.#gamma, { value: String(sliderOf(gamma)) });
    setIfChanged(this.#gammaText, { textContent: value(gamma) });
  }

  /**
   * Describes what the pointer is on.
   * @param {string} text
   */
  showHover(text) {
    setIfChanged(this.#hover, { textContent: text });
  }

  /** @param {boolean} possible there are values to save */
  set canSave(possible) {
    for (const button of this.#saveButtons) setIfChanged(button, { disabled: !possible });
  }

  /**
   * Shows the note that drawings are read back from the GPU.
   * @param {boolean} shown
   */
  showReadbackNote(shown) {
    this.#readbackNote.hidden = !shown;
  }

  #emitGamma() {
    this.emit('set', { gamma: gammaOf(Number(this.#gamma.value)) });
  }
}

/**
 * The slider is linear in the exponent's logarithm: 1/2 and 2 are equally far from 1.
 * @param {number} slider
 */
const gammaOf = (slider) => clampGamma(Math.round(2 ** slider * 100) / 100);

/**
 * The slider's nearest step.
 * @param {number} gamma
 */
const sliderOf = (gamma) => Math.round(Math.log2(gamma || GAMMA.fallback) * 4) / 4;

/** Labels of the engine that are words. @type {Record<string, Key>} */
const TAP_LABELS = { output: 'layer.tapOutput', sum: 'layer.tapSum', 'projected x': 'layer.tapProjected' };

/**
 * A label of the engine in the language in use, such as "after BN".
 * @param {string} label
 */
function tapLabel(label) {
  if (Object.hasOwn(TAP_LABELS, label)) return t(TAP_LABELS[label]);
  const [, position, node] = /^(before|after) (\S+)$/.exec(label) ?? [];
  if (!node) return label;
  return t(position === 'before' ? 'layer.tapBefore' : 'layer.tapAfter', { node });
}

/** @param {RelatedNode} tap */
function tapChoice({ name, label }) {
  const made = create('label');
  made.append(Object.assign(create('input'), { type: 'radio', name: 'tap', value: name }), ` ${tapLabel(label)}`);
  return made;
}

customElements.define('lens-layer', LensLayer);
