// @ts-check
// Deletion and insertion curves as a chart. It shows what it is given and reports what the user does.

import { find } from '../lib/dom.js';
import { EmitterElement } from '../lib/events.js';
import { numberFormat, t } from '../lib/i18n.js';
import { setIfChanged } from '../lib/set-if-changed.js';
import { svg } from '../lib/svg.js';
import { layOutCurves } from '../gradient/deletion-curves.js';
import { MeasureButton } from './measure-button.js';
import { offer } from './offer.js';

/** @import { Curve, CurveLayout } from '../gradient/deletion-curves.js' */
/** @import { Choice } from '../gradient/subject.js' */
/** @import { DeletionCurves, Progress } from '../pkg/resnet_lens.js' */

/** Curves of a map and of a random order. @typedef {{ own: DeletionCurves, random: DeletionCurves }} CurvePair */
/**
 * @typedef {object} ShownDeletion
 * @property {Choice[]} methods
 * @property {string} chosen
 * @property {CurvePair | null} curves
 * @property {boolean} outdated they belong to an earlier view
 * @property {string} text
 * @property {'measure' | 'cancel' | null} action
 * @property {Progress | null} progress
 */

const HEIGHT = 180;
const tenths = numberFormat({ maximumFractionDigits: 1 });
const share = (/** @type {number} */ part) => t('format.percent', { percent: tenths(part * 100) });

/** `method`: the value of a choice. @extends {EmitterElement<{ method: string, measure: void, cancel: void }>} */
export class LensDeletion extends EmitterElement {
  #method = find(this, '[data-curves-of]', HTMLSelectElement);
  #plot = find(this, '[data-curves]', HTMLElement);
  #drawing = find(this, '[data-curves] svg', SVGSVGElement);
  #text = find(this, '[data-areas]', HTMLElement);
  #button = new MeasureButton(find(this, '[data-measure-curves]', HTMLElement), {
    measure: () => this.emit('measure'),
    cancel: () => this.emit('cancel'),
  });
  /** @type {CurvePair | null} */
  #curves = null;
  #width = 0;

  connectedCallback() {
    this.#method.addEventListener('change', () => this.emit('method', this.#method.value));
    new ResizeObserver(([{ contentRect: { width } }]) => {
      if (width === this.#width) return;
      this.#width = width;
      this.#draw();
    }).observe(this.#plot);
  }

  /** @param {ShownDeletion} shown */
  show({ methods, chosen, curves, outdated, text, action, progress }) {
    offer(this.#method, methods, chosen);
    this.#button.show(action, progress, { measure: t('deletion.measure'), progress: ({ done, total }) => t('deletion.progress', { done, total }) });
    setIfChanged(this.#text, { textContent: text, hidden: text === '' });
    setIfChanged(this.#plot, { hidden: curves === null });
    if (this.#plot.classList.contains('outdated') !== outdated) this.#plot.classList.toggle('outdated', outdated);
    if (curves?.own === this.#curves?.own && curves?.random === this.#curves?.random) return;
    this.#curves = curves;
    this.#draw();
  }

  #draw() {
    const size = { width: this.#width, height: HEIGHT };
    if (!this.#curves || this.#width === 0) {
      this.#drawing.replaceChildren();
      return;
    }
    const { own, random } = this.#curves;
    /** @type {Curve[]} */
    const curves = [random, own].flatMap(({ deletion, insertion }, i) => /** @type {Curve[]} */ ([
      { kind: 'deletion', isRandom: i === 0, values: deletion }, { kind: 'insertion', isRandom: i === 0, values: insertion },
    ]));
    for (const [name, length] of Object.entries(size)) this.#drawing.setAttribute(name, String(length));
    this.#drawing.replaceChildren(...sceneOf(layOutCurves(own.fractions, curves, size)));
  }
}

/** @param {CurveLayout} layout */
function sceneOf({ plot, columns, rows, curves }) {
  return [
    ...rows.map(({ y }) => svg('line', { class: 'grid', x1: plot.left, x2: plot.right, y1: y, y2: y })),
    ...rows.map(({ y, probability }) => svg('text', { class: 'tick', x: plot.left - 5, y: y + 4 }, [share(probability)])),
    ...columns.map(({ x, share: part }) => svg('text', { class: 'name', x, y: plot.bottom + 14 }, [share(part)])),
    ...curves.map(({ curve: { kind, isRandom }, points }) => svg('polyline', {
      class: `curve ${kind}${isRandom ? ' random' : ''}`, points: points.map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' '),
    })),
  ];
}

customElements.define('lens-deletion', LensDeletion);
