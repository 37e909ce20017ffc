// @ts-check
// Custom elements with typed events. Names must not be those of native events, which bubble up from controls inside an element.

/** @import { Detail } from './emitter.js' */

/** @template {object} Events */
export class EmitterElement extends HTMLElement {
  /**
   * @template {keyof Events & string} Name
   * @param {Name} name
   * @param {(detail: Events[Name]) => void} listener
   */
  on(name, listener) {
    this.addEventListener(name, (event) => listener(/** @type {CustomEvent<Events[Name]>} */ (event).detail));
  }

  /**
   * @template {keyof Events & string} Name
   * @param {Name} name
   * @param {Detail<Events, Name>} detail
   */
  emit(name, ...detail) {
    this.dispatchEvent(new CustomEvent(name, { detail: detail[0] }));
  }
}
