// @ts-check
// Shown below an answer that is not sure: what the network knows, and a larger network if there is one.

import { isNamed, namesOf } from '../app/class-names.js';
import { find } from '../lib/dom.js';
import { EmitterElement } from '../lib/events.js';
import { exact } from '../lib/format.js';
import { listAnd, onLanguage, t } from '../lib/i18n.js';
import { setIfChanged } from '../lib/set-if-changed.js';
import { classCount } from '../models/catalog.js';

/** @import { Label, ModelCard } from '../pkg/resnet_lens.js' */

/** Classes that are named. */
const EXAMPLES = 3;

/** `classes`: the list of classes is to be shown. `model`: the id of a model to use. @extends {EmitterElement<{ classes: void, model: string }>} */
export class LensVerdict extends EmitterElement {
  #knows = find(this, '[data-knows]', HTMLElement);
  #list = find(this, '[data-list]', HTMLButtonElement);
  #offer = find(this, '[data-offer-larger]', HTMLElement);
  #larger = find(this, '[data-larger]', HTMLButtonElement);
  #licence = find(this, '[data-licence]', HTMLAnchorElement);
  /** @type {Label[]} */
  #labels = [];
  /** @type {ModelCard | null} */
  #offered = null;

  connectedCallback() {
    this.#list.addEventListener('click', () => this.emit('classes'));
    this.#larger.addEventListener('click', () => {
      if (this.#offered) this.emit('model', this.#offered.id);
    });
    onLanguage(() => this.#write());
  }

  /**
   * @param {Label[]} labels of the classes of the network in use
   * @param {ModelCard | null} larger a model that knows more classes
   */
  useModel(labels, larger) {
    this.#labels = labels;
    this.#offered = larger;
    this.#write();
  }

  /** @param {boolean} unsure whether the answer in view is not sure */
  show(unsure) {
    setIfChanged(/** @type {HTMLElement} */ (this), { hidden: !unsure });
  }

  #write() {
    const named = this.#labels.filter(isNamed);
    const number = exact(this.#labels.length);
    const examples = Array.from({ length: Math.min(EXAMPLES, named.length) }, (_, i) => namesOf(named[Math.floor((i * named.length) / EXAMPLES)])[0].text);
    this.#knows.textContent = examples.length > 0 ? t('verdict.knows', { number, examples: listAnd(examples) }) : t('verdict.classes', { number });
    this.#list.hidden = named.length === 0;
    const offered = this.#offered;
    this.#offer.hidden = !offered;
    if (!offered) return;
    find(this.#larger, '[data-larger-name]', HTMLElement).textContent = offered.name;
    find(this.#larger, '[data-larger-classes]', HTMLElement).textContent = t('models.classes', { number: exact(classCount(offered)) });
    Object.assign(this.#licence, { textContent: offered.licence, href: offered.licence_url ?? '', hidden: !offered.licence_url });
  }
}

customElements.define('lens-verdict', LensVerdict);
