// The selected layer: its name and properties, and the settings for view, sorting and colours.

import { count, times, value } from '../lib/format.js';
import { GAMMA } from '../app/view-state.js';
import { setIfChanged } from '../lib/set-if-changed.js';

class LensLayer extends HTMLElement {
  /** Receives a key of the view state and its new value. */
  onSet = null;
  /** Receives "grid" or "npy". */
  onSave = null;

  connectedCallback() {
    this.taps = this.querySelector('[data-taps]');
    this.addEventListener('change', ({ target }) => {
      if (target.name === 'gamma') this.onSet?.('gamma', gammaOf(target.value));
      else if (target.name) this.onSet?.(target.name, target.value);
    });
    // Applies the gamma while the slider is dragged.
    const gamma = this.querySelector('[name=gamma]');
    gamma.addEventListener('input', () => this.onSet?.('gamma', gammaOf(gamma.value)));
    for (const button of this.querySelectorAll('[data-save]')) {
      button.addEventListener('click', () => this.onSave?.(button.dataset.save));
    }
  }

  /** Shows a node of the engine's `layers()`. */
  show({ name, op, detail, shape, parameters, macs }) {
    const facts = [
      [op, detail].filter(Boolean).join(' '),
      `${count(shape[1])} channels`,
      times(shape.slice(2)),
      parameters && `${count(parameters)} parameters`,
      macs && `${count(macs)} multiply-adds`,
    ];
    setIfChanged(this.querySelector('[data-name]'), { textContent: name });
    setIfChanged(this.querySelector('[data-facts]'), { textContent: facts.filter(Boolean).join(' · ') });
  }

  /** Shows the layer's views `[{ name, label }]` (before BN, after BN …); `shown` is the name of the selected one. */
  showTaps(taps, shown) {
    const same = taps.map(({ name, label }) => `${name} ${label}`).join() === this.taps.dataset.taps;
    if (!same) {
      this.taps.dataset.taps = taps.map(({ name, label }) => `${name} ${label}`).join();
      this.taps.replaceChildren(this.taps.firstElementChild, ...taps.map(choice));
    }
    setIfChanged(this.taps, { hidden: taps.length < 2 });
    for (const radio of this.taps.querySelectorAll('input')) setIfChanged(radio, { checked: radio.value === shown });
  }

  /** Shows the settings of the view state. */
  showSettings({ sort, scale, colormap, gamma }) {
    for (const [name, chosen] of Object.entries({ sort, scale })) {
      setIfChanged(this.querySelector(`[name=${name}][value=${chosen}]`), { checked: true });
    }
    setIfChanged(this.querySelector('[name=colormap]'), { value: colormap });
    setIfChanged(this.querySelector('[name=gamma]'), { value: String(stepOf(gamma)) });
    setIfChanged(this.querySelector('[data-gamma]'), { textContent: value(gamma) });
  }

  /** Describes the channel under the pointer. */
  showHover(text) {
    setIfChanged(this.querySelector('[data-hover]'), { textContent: text });
  }

  /** Whether the layer can be saved. */
  set canSave(can) {
    for (const button of this.querySelectorAll('[data-save]')) setIfChanged(button, { disabled: !can });
  }

  /** Notes that drawings are read back to the CPU to be shown. */
  showReadbackNotice(isReadBack) {
    this.querySelector('[data-readback]').hidden = !isReadBack;
  }
}

/** The slider is linear in log2 of gamma: 0.5 and 2 are equally far from 1. */
function gammaOf(text) {
  const gamma = Math.round(2 ** Number(text) * 100) / 100;
  return Math.min(GAMMA.max, Math.max(GAMMA.min, gamma));
}

/** The slider's value for a gamma, rounded to its step. */
const stepOf = (gamma) => Math.round(Math.log2(gamma) * 4) / 4;

function choice({ name, label }) {
  const made = document.createElement('label');
  const radio = Object.assign(document.createElement('input'), { type: 'radio', name: 'tap', value: name });
  made.append(radio, ` ${label}`);
  return made;
}

customElements.define('lens-layer', LensLayer);
