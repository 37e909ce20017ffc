// @ts-check
// Which views are drawn when the selection or its values change.

/** @import { Painter, ViewName } from './painter.js' */
/** @import { Answer, Selection } from './selection.js' */

/** The views of the selected layer: all but the map. @type {ViewName[]} */
const SELECTION_VIEWS = ['grid', 'channel', 'histogram', 'overlay', 'filters'];

export class SelectionPainter {
  #painter;
  /** What the map was drawn with. @type {{ answer: Answer | null, colour: string } | null} */
  #map = null;

  /** @param {Painter} painter */
  constructor(painter) {
    this.#painter = painter;
  }

  /** The map is drawn next time in any case. */
  reset() {
    this.#map = null;
  }

  /**
   * Draws everything that may have changed. The map depends on result and colours only.
   * @param {Selection} selection
   */
  paint({ answer, isOrdered, current: { colour } }) {
    const map = { answer, colour: JSON.stringify(colour) };
    const same = map.answer === this.#map?.answer && map.colour === this.#map.colour;
    this.#map = map;
    // Tiles are not drawn before their order is known.
    /** @type {ViewName[]} */
    const views = isOrdered ? [...SELECTION_VIEWS] : ['filters'];
    if (!same) views.push('map');
    this.#painter.paintNow(...views);
  }
}
