// @ts-check
// `<resnet-lens model src layer channel class surgery tour>`: an image, its classes and where they are seen, and the channels of one layer.

import { namesOf } from '../../../www/app/class-names.js';
import { create } from '../../../www/lib/dom.js';
import { textError } from '../../../www/lib/errors.js';
import { language, t } from '../../../www/lib/i18n.js';
import { setIfChanged } from '../../../www/lib/set-if-changed.js';
import { ChannelGrid, drawOn, pageOf } from './channel-grid.js';
import { ImageView } from './image-view.js';
import { LayerSelect } from './layer-select.js';
import { LensElement } from './lens-element.js';
import { PredictionList } from './prediction-list.js';
import { tourLink } from './tour-link.js';

/** @import { Classification, Label, LayerInfo } from '../../../www/pkg/resnet_lens.js' */
/** @import { ResNetLens } from '../lens.js' */

/** Longer side of the drawing of the class map in pixels. */
const MAP_PIXELS = 448;

/** `map`: null if the network has no class activation maps. @typedef {{ layers: LayerInfo[], labels: Label[], layer: LayerInfo, channel: number, index: number, page: number[], images: ImageData[], map: ImageData | null }} Computed */

/** Further event: `change`, when the user chooses a class, a layer or a channel. */
export class ResNetLensElement extends LensElement {
  /** @override */
  static observedAttributes = [...LensElement.observedAttributes, 'layer', 'channel', 'class', 'surgery', 'tour'];

  #view = new ImageView();
  #list = new PredictionList((index) => this.#choose({ class: String(index) }));
  #select = new LayerSelect((layer) => this.#choose({ layer, channel: null }));
  #grid = new ChannelGrid((channel) => this.#choose({ channel: String(channel) }));
  #single = create('canvas', '', 'single');
  #inspector = create('div', '', 'inspector');
  #edited = create('p');
  #tour = create('a');
  /** @type {Computed | null} */
  #computed = null;

  constructor() {
    const viewer = create('div', '', 'viewer');
    super([viewer]);
    const answer = create('div', '', 'answer');
    answer.append(this.#view.element, this.#list.element);
    this.#single.setAttribute('part', 'single');
    this.#single.setAttribute('role', 'img');
    this.#edited.setAttribute('part', 'note');
    this.#tour.setAttribute('part', 'tour');
    this.#inspector.append(this.#select.element, this.#single, this.#grid.element, this.#edited, this.#tour);
    viewer.append(answer, this.#inspector);
  }

  /** Name of the node whose channels are shown; empty: the first activation. */
  get layer() { return this.read('layer'); }
  set layer(value) { this.write('layer', value); }

  /** Number of the enlarged channel. */
  get channel() { return Number(this.getAttribute('channel') ?? 0); }
  set channel(value) { this.write('channel', String(value)); }

  /** Index of the class whose map is shown; null: the most probable one. @returns {number | null} */
  get class() { return this.hasAttribute('class') && /^\d+$/.test(this.read('class')) ? Number(this.read('class')) : null; }
  set class(value) { this.write('class', value === null ? null : String(value)); }

  /** Edits of the network, such as `branch:layer3.0:0`, separated by commas or spaces. */
  get surgery() { return this.read('surgery'); }
  set surgery(value) { this.write('surgery', value); }

  /** Address of a copy of the page, whose guided tour a link opens; empty: no link. */
  get tour() { return this.read('tour'); }
  set tour(value) { this.write('tour', value); }

  /** @override */
  get edits() { return this.surgery.split(/[\s,]+/).filter(Boolean); }

  /**
   * @override
   * @param {ResNetLens} lens
   * @param {Classification} result
   * @returns {Promise<Computed>}
   */
  async compute(lens, result) {
    const [layers, labels] = await Promise.all([lens.layers(), lens.labels()]);
    const layer = layers.find(({ name, role }) => (this.layer ? name === this.layer : role === 'activation'));
    if (!layer) throw textError('StateError', 'element.unknownLayer', { layer: this.layer });
    const { channel } = this;
    const index = this.class ?? result.predictions[0].index;
    expectBelow('channel', channel, layer.shape[1]);
    expectBelow('class', index, labels.length);
    const page = pageOf(channel, layer.shape[1]);
    const images = await lens.drawChannels(layer.name, { channels: page });
    const { width, height } = result.image.crop;
    const scale = MAP_PIXELS / Math.max(width, height);
    const map = await lens.drawClassMap({ class: index, width: Math.round(width * scale), height: Math.round(height * scale) }).catch((error) => {
      // A network that does not end with an average and a linear layer has no such map.
      if (error.name !== 'StateError') throw error;
      return null;
    });
    return { layers, labels, layer, channel, index, page, images, map };
  }

  /**
   * @override
   * @param {Computed | null} computed
   */
  use(computed) {
    this.#computed = computed;
    this.#view.showMap(computed?.map ?? null, this.result?.image);
    if (computed) drawOn(this.#single, computed.images[computed.channel - computed.page[0]]);
  }

  /**
   * @override
   * @param {Blob} blob
   */
  showImage(blob) {
    this.#view.showImage(blob);
  }

  /** @override */
  draw() {
    const computed = this.#computed;
    const { edits } = this;
    this.#list.show(this.result?.predictions.slice(0, this.top) ?? [], computed?.index ?? null);
    this.#view.draw(this.alt, computed ? namesOf(computed.labels[computed.index])[0].text : '');
    setIfChanged(this.#edited, { textContent: edits.length > 0 ? t('element.edited', { edits: edits.join(', ') }) : '', hidden: edits.length === 0 });
    setIfChanged(this.#inspector, { hidden: !computed && !this.tour && edits.length === 0 });
    setIfChanged(this.#single, { hidden: !computed });
    setIfChanged(this.#select.element, { hidden: !computed });
    this.#showTour();
    if (!computed) {
      this.#grid.show(null);
      return;
    }
    const { layers, layer, channel, page, images } = computed;
    this.#select.show(layers, layer.name);
    this.#grid.show({ node: layer.name, first: page[0], count: layer.shape[1], images, channel });
    setIfChanged(/** @type {HTMLElement} */ (this.#single), { ariaLabel: t('element.channelOf', { channel: String(channel), node: layer.name }) });
  }

  #showTour() {
    const { tour, model, src, layer, edits } = this;
    setIfChanged(this.#tour, { hidden: !tour });
    if (!tour) return;
    const view = { model, src, layer, channel: this.getAttribute('channel'), edits, lang: language() };
    setIfChanged(this.#tour, { textContent: t('element.tour'), href: tourLink(tour, view) });
  }

  /** @param {Record<string, string | null>} chosen attributes */
  #choose(chosen) {
    for (const [name, value] of Object.entries(chosen)) this.write(name, value);
    this.dispatchEvent(new CustomEvent('change', { detail: { class: this.class, layer: this.layer, channel: this.channel } }));
  }
}

/**
 * @param {string} name of the attribute
 * @param {number} value
 * @param {number} count
 */
function expectBelow(name, value, count) {
  if (Number.isInteger(value) && value >= 0 && value < count) return;
  throw textError('StateError', 'element.outOfRange', { name, last: String(count - 1), found: String(value) });
}
