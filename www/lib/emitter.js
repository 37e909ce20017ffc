// @ts-check
// Objects with typed events. `Events` maps the name of an event to the type of its detail.

/**
 * @template {object} Events
 * @template {keyof Events} Name
 * @typedef {undefined extends Events[Name] ? [detail?: Events[Name]] : [detail: Events[Name]]} Detail
 */

/** @template {object} Events */
export class Emitter extends EventTarget {
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
