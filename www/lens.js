// The lens's conductor: which node is looked at, and what shows it. The page's address is where that is
// kept; the map, the search and the keyboard write it, and everything shown follows from it.

import './elements/help.js';
import './elements/map.js';
import './elements/search.js';
import { Shortcuts } from './keys.js';
import { Network } from './network.js';
import { onPlaceChange, readPlace, writePlace } from './place.js';

const view = Object.fromEntries(['help', 'map', 'search'].map((name) => [name, document.querySelector(`lens-${name}`)]));

export class Lens {
  /** Receives the name of a node that the address asks for and this network does not have. */
  onUnknown = null;
  #network = null;

  constructor() {
    view.map.onChoose = (place) => this.#goTo(place.shown);
    view.search.onChoose = (node) => this.#goTo(node);
    onPlaceChange(() => this.#look());
    const shortcuts = new Shortcuts()
      .add('/', 'find a layer', () => view.search.open())
      .add('m', 'go to the network map', () => view.map.focus())
      .add('[', 'the place before', () => this.#step(-1))
      .add(']', 'the place after', () => this.#step(1))
      .add('?', 'this sheet', () => view.help.open());
    view.help.tell(shortcuts);
  }

  /** Another network: `layers` as the engine lists them. */
  showNetwork(layers) {
    this.#network = new Network(layers);
    view.map.show(this.#network);
    view.search.show(layers);
    const { layer } = readPlace();
    if (layer && !this.#network.find(layer)) this.onUnknown?.(layer);
    this.#look();
  }

  /** The picture that the network saw: `{ bitmap, result }`, or null. */
  showPicture(picture) {
    view.map.showInput(picture?.bitmap && picture.result ? inputOf(picture) : null);
  }

  #goTo(node) {
    writePlace({ layer: node });
    this.#look();
  }

  #step(by) {
    const { places } = this.#network ?? { places: [] };
    const to = places[this.#place()?.index + by];
    if (to) this.#goTo(to.shown);
  }

  #place() {
    return this.#network?.find(readPlace().layer) ?? this.#network?.places[0];
  }

  #look() {
    if (this.#network) view.map.mark(this.#place());
  }
}

/** The crop in the bitmap's pixels: large pictures are shown smaller than they are. */
function inputOf({ bitmap, result: { picture: { width, height, crop } } }) {
  const scale = { x: bitmap.width / width, y: bitmap.height / height };
  return {
    bitmap,
    crop: { x: crop.x * scale.x, y: crop.y * scale.y, width: crop.width * scale.x, height: crop.height * scale.y },
  };
}
