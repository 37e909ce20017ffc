// @ts-check
// One message at a time: a sentence and buttons for what can be done about it.

import { ACTION_LABELS } from '../app/error-messages.js';
import { create, createButton } from '../lib/dom.js';
import { EmitterElement } from '../lib/events.js';
import { t } from '../lib/i18n.js';

/** @import { Action, Message } from '../app/error-messages.js' */

/** @extends {EmitterElement<{ action: Action, dismiss: void }>} */
export class LensAlert extends EmitterElement {
  /** @type {Message | null} */
  #shown = null;

  /** @param {Message | null} message */
  show(message) {
    if (message === this.#shown) return;
    this.#shown = message;
    this.hidden = !message;
    this.classList.toggle('mild', Boolean(message?.mild));
    this.replaceChildren(...(message ? this.#content(message) : []));
  }

  /** @param {Message} message */
  #content({ sentence, note, actions, fatal }) {
    const text = create('p', sentence, 'sentence');
    if (note) text.append(' ', create('span', note));
    const buttons = actions.map((action) => createButton(t(ACTION_LABELS[action]), () => this.emit('action', action)));
    if (!fatal) buttons.push(createButton(t('action.dismiss'), () => this.emit('dismiss')));
    const row = create('div', '', 'actions');
    row.append(...buttons);
    return [text, row];
  }
}

customElements.define('lens-alert', LensAlert);
