// The layer in the middle: its name and facts, which of its forms is shown, how it is sorted and coloured.

import { count, times, value } from '../format.js';
import { GAMMA } from '../place.js';

class LensLayer extends HTMLElement {
  /** Receives a key of the place and its new value. */
  onSet = null;
  /** Receives "grid" or "npy". */
  onSave = null;

  connectedCallback() {
    this.taps = this.querySelector('[data-taps]');
    this.addEventListener('change', ({ target }) => {
      if (target.name === 'gamma') this.onSet?.('gamma', gammaOf(target.value));
      else if (target.name) this.onSet?.(target.name, target.value);
    });
    // A slider speaks while it is dragged.
    const gamma = this.querySelector('[name=gamma]');
    gamma.addEventListener('input', () => this.onSet?.('gamma', gammaOf(gamma.value)));
    for (const button of this.querySelectorAll('[data-save]')) {
      button.addEventListener('click', () => this.onSave?.(button.dataset.save));
    }
  }

  /** The node shown, as the engine lists it. */
  show({ name, op, detail, shape, parameters, macs }) {
    this.querySelector('[data-name]').textContent = name;
    this.querySelector('[data-facts]').textContent = [
      [op, detail].filter(Boolean).join(' '),
      `${count(shape[1])} channels`,
      times(shape.slice(2)),
      parameters && `${count(parameters)} parameters`,
      macs && `${count(macs)} multiply-adds`,
    ].filter(Boolean).join(' · ');
  }

  /** Forms of the place: `[{ name, label }]`, one of them shown. */
  showTaps(taps, shown) {
    const same = taps.map(({ name, label }) => `${name} ${label}`).join() === this.taps.dataset.taps;
    if (!same) {
      this.taps.dataset.taps = taps.map(({ name, label }) => `${name} ${label}`).join();
      this.taps.replaceChildren(this.taps.firstElementChild, ...taps.map(choice));
    }
    this.taps.hidden = taps.length < 2;
    for (const radio of this.taps.querySelectorAll('input')) radio.checked = radio.value === shown;
  }

  /** The settings as the address has them. */
  showSettings({ sort, scale, ramp, gamma }) {
    for (const [name, chosen] of Object.entries({ sort, scale })) {
      this.querySelector(`[name=${name}][value=${chosen}]`).checked = true;
    }
    this.querySelector('[name=ramp]').value = ramp;
    this.querySelector('[name=gamma]').value = Math.log2(gamma);
    this.querySelector('[data-gamma]').textContent = value(gamma);
  }

  /** What the pointer or the keyboard is on, in words. */
  tell(text) {
    this.querySelector('[data-hover]').textContent = text;
  }

  /** Which files there are to be had: `{ grid, npy }`. */
  set canSave(can) {
    for (const button of this.querySelectorAll('[data-save]')) button.disabled = !can[button.dataset.save];
  }
}

/** The slider is even in steps of the exponent: half and double are equally far. */
function gammaOf(text) {
  const gamma = Math.round(2 ** Number(text) * 100) / 100;
  return Math.min(GAMMA.max, Math.max(GAMMA.min, gamma));
}

function choice({ name, label }) {
  const made = document.createElement('label');
  const radio = Object.assign(document.createElement('input'), { type: 'radio', name: 'tap', value: name });
  made.append(radio, ` ${label}`);
  return made;
}

customElements.define('lens-layer', LensLayer);
