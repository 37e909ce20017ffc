// @ts-check
// How images are prepared for a file of one's own, and what its classes are called. Filled with what is assumed until it is changed.

import { isNamed } from '../app/class-names.js';
import { find } from '../lib/dom.js';
import { EmitterElement } from '../lib/events.js';
import { onLanguage, t } from '../lib/i18n.js';

/** @import { LiveText } from '../lib/i18n.js' */
/** @import { Label, ModelCard, ModelInfo, Preprocess } from '../pkg/resnet_lens.js' */

/** The card of a file without one. */
const OWN = 'own';
/** Digits of a decimal number that f32 keeps. */
const DIGITS = 6;

/** `apply`: the card with other values, and other class names as a file. @extends {EmitterElement<{ apply: { card: ModelCard, notes: File[] } }>} */
export class LensModelForm extends EmitterElement {
  #form = find(this, 'form', HTMLFormElement);
  #message = find(this, '[data-message]', HTMLElement);
  /** @type {ModelCard | null} */
  #card = null;
  /** The class names that the form was filled with. */
  #names = '';
  /** @type {LiveText} */
  #text = () => '';

  connectedCallback() {
    onLanguage(() => this.#write());
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#apply();
    });
  }

  /**
   * @param {ModelInfo} info
   * @param {Label[]} labels
   * @param {ModelCard} card
   */
  show({ preprocess }, labels, card) {
    this.hidden = card.id !== OWN;
    this.#card = card;
    const { crop, resize, interpolation, mean, std } = preprocess;
    this.#names = labels.some(isNamed) ? labels.map(({ label }) => label).join('\n') : '';
    for (const [name, value] of Object.entries({ crop, resize, interpolation, mean: listed(mean), std: listed(std), names: this.#names })) {
      this.#field(name).value = String(value);
    }
    this.#say(() => '');
  }

  #apply() {
    const [mean, std] = [numbersIn(this.#field('mean').value), numbersIn(this.#field('std').value)];
    if (!mean || !std || !this.#card) return this.#say(() => t('form.threeNumbers'));
    /** @type {Preprocess} */
    const preprocess = {
      crop: Number(this.#field('crop').value),
      resize: Number(this.#field('resize').value),
      interpolation: this.#field('interpolation').value === 'bicubic' ? 'bicubic' : 'bilinear',
      mean,
      std,
    };
    const names = this.#field('names').value.trim();
    this.#say(() => '');
    const { labels } = this.#card;
    const isOther = names !== this.#names;
    this.emit('apply', {
      card: { ...this.#card, preprocess, labels: isOther ? undefined : labels },
      notes: isOther && names ? [new File([names], t('form.namesFile'))] : [],
    });
  }

  /** @param {LiveText} text */
  #say(text) {
    this.#text = text;
    this.#write();
  }

  #write() {
    this.#message.textContent = this.#text();
  }

  /** @param {string} name */
  #field(name) {
    return /** @type {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} */ (this.#form.elements.namedItem(name));
  }
}

/**
 * Numbers as they were written before the engine rounded them to f32.
 * @param {number[]} numbers
 */
const listed = (numbers) => numbers.map((number) => Number(number.toPrecision(DIGITS))).join(', ');

/**
 * Three numbers of a text, or the same one for all channels; null for anything else.
 * @param {string} text
 * @returns {[number, number, number] | null}
 */
function numbersIn(text) {
  const found = text.split(/[\s,;[\]()]+/).filter(Boolean).map(Number);
  if (!found.every(Number.isFinite)) return null;
  if (found.length === 1) return [found[0], found[0], found[0]];
  return found.length === 3 ? [found[0], found[1], found[2]] : null;
}

customElements.define('lens-model-form', LensModelForm);
