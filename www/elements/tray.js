// @ts-check
// The images of this visit as thumbnails with their first class, and the progress of a queue. For keyboard and screen readers it is a
// listbox; the image in view is selected.

import { namesOf } from '../app/class-names.js';
import { sentenceOf } from '../app/error-messages.js';
import { withTexts } from '../app/static-texts.js';
import { create, createButton } from '../lib/dom.js';
import { EmitterElement } from '../lib/events.js';
import { percent } from '../lib/format.js';
import { onLanguage, t } from '../lib/i18n.js';
import { setIfChanged } from '../lib/set-if-changed.js';

/** @import { QueueProgress } from '../images/image-queue.js' */
/** @import { TrayEntry } from '../images/tray.js' */

/** What the tray shows. `other`: id of the image that the one in view is compared with. @typedef {{ entries: TrayEntry[], shown: string | null, other: string | null, results: number }} ShownTray */
/** Steps of the keys through the images. @type {Record<string, number>} */
const STEPS = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1, Home: -Infinity, End: Infinity };

/**
 * `choose`, `pin` and `remove`: the id of an image.
 * @extends {EmitterElement<{ choose: string, pin: string, remove: string, export: 'csv' | 'json', 'stop-queue': void }>}
 */
export class LensTray extends EmitterElement {
  #count = Object.assign(create('h2'), { id: 'tray-title' });
  #list = create('div', '', 'images');
  #detail = Object.assign(create('p', '', 'small failure'), { role: 'status', hidden: true });
  #queue = Object.assign(create('div', '', 'queue'), { hidden: true });
  #bar = withTexts(create('progress'), { label: 'tray.progress' });
  #progress = create('span');
  #pin = withTexts(createButton('', () => this.#active && this.emit('pin', this.#active), { class: 'plain', 'data-pin': '', 'aria-pressed': 'false' }), { text: 'tray.pin' });
  #remove = withTexts(createButton('', () => this.#active && this.emit('remove', this.#active), { class: 'plain', 'data-remove': '' }), { text: 'tray.remove', label: 'tray.removeImage' });
  #exports = [
    withTexts(createButton('CSV', () => this.emit('export', 'csv'), { class: 'plain', 'data-export': 'csv' }), { label: 'tray.saveCsv' }),
    withTexts(createButton('JSON', () => this.emit('export', 'json'), { class: 'plain', 'data-export': 'json' }), { label: 'tray.saveJson' }),
  ];
  /** By id. @type {Map<string, Tile>} */
  #tiles = new Map();
  /** @type {ShownTray} */
  #shown = { entries: [], shown: null, other: null, results: 0 };
  /** @type {QueueProgress | null} */
  #queued = null;
  /** Failed images at the time when the user chose one. @type {Set<string>} */
  #seen = new Set();
  /** The image that the keyboard is at. @type {string | null} */
  #active = null;

  connectedCallback() {
    const [head, buttons] = [create('div', '', 'head'), create('div', '', 'row')];
    buttons.append(this.#pin, this.#remove, ...this.#exports);
    head.append(this.#count, buttons);
    this.#queue.append(this.#bar, this.#progress,
      withTexts(createButton('', () => this.emit('stop-queue'), { class: 'plain' }), { text: 'action.cancel', label: 'tray.cancel' }));
    Object.assign(this.#list, { role: 'listbox', ariaOrientation: 'horizontal', tabIndex: 0 }).setAttribute('aria-labelledby', this.#count.id);
    this.append(head, this.#queue, this.#list, this.#detail);
    this.#list.addEventListener('click', ({ target }) => {
      const tile = target instanceof Element ? target.closest('[role=option]') : null;
      const entry = this.#shown.entries.find(({ id }) => this.#tiles.get(id)?.element === tile);
      if (entry) this.#choose(entry);
    });
    this.#list.addEventListener('keydown', (event) => this.#press(event));
    onLanguage(() => this.#update());
  }

  /** @param {ShownTray} tray a tray with one image is not shown */
  show(tray) {
    const another = tray.shown !== this.#shown.shown;
    this.#shown = tray;
    if (another && tray.shown) this.#active = tray.shown;
    if (!tray.entries.some(({ id }) => id === this.#active)) this.#active = tray.shown ?? tray.entries.at(-1)?.id ?? null;
    this.#update();
    if (another) this.#reveal();
  }

  /** @param {QueueProgress | null} progress null: there is no queue */
  showQueue(progress) {
    setIfChanged(this.#queue, { hidden: !progress });
    this.#queued = progress;
    this.#update();
  }

  #update() {
    const { entries, shown, other, results } = this.#shown;
    const isUsed = entries.length > 1 || results > 1 || entries.some(({ error }) => error) || !this.#queue.hidden;
    setIfChanged(/** @type {HTMLElement} */ (this), { hidden: !isUsed });
    this.parentElement?.classList.toggle('with-tray', isUsed);
    if (!isUsed) return;
    if (this.#queued) {
      const { done, total, name } = this.#queued;
      setIfChanged(this.#bar, { max: total, value: done });
      setIfChanged(this.#progress, { textContent: t('tray.queue', { number: done + 1, total, name }) });
    }
    setIfChanged(this.#count, { textContent: t('tray.title', { number: entries.length }) });
    this.#arrange(entries);
    for (const entry of entries) this.#tiles.get(entry.id)?.show(entry, { isShown: entry.id === shown, isOther: entry.id === other, isActive: entry.id === this.#active });
    const active = entries.find(({ id }) => id === this.#active);
    if (active) this.#list.setAttribute('aria-activedescendant', `tray-${active.id}`);
    else this.#list.removeAttribute('aria-activedescendant');
    setIfChanged(this.#detail, { textContent: this.#detailOf(active ?? null), hidden: !this.#detailOf(active ?? null) });
    setIfChanged(this.#pin, { disabled: !active, ariaPressed: String(Boolean(active?.pinned)) });
    setIfChanged(this.#remove, { disabled: !active });
    for (const button of this.#exports) setIfChanged(button, { disabled: results === 0 });
  }

  /**
   * The failure of the active image, or else the failures since the user has chosen an image.
   * @param {TrayEntry | null} active
   */
  #detailOf(active) {
    if (active?.error) return `${active.name}: ${sentenceOf(active.error)}`;
    const failed = this.#shown.entries.filter(({ id, error }) => error && !this.#seen.has(id));
    const last = failed.at(-1);
    if (!last?.error) return '';
    const sentence = sentenceOf(last.error);
    return failed.length === 1 ? `${last.name}: ${sentence}` : t('tray.failures', { number: failed.length, name: last.name, sentence });
  }

  /** @param {TrayEntry[]} entries */
  #arrange(entries) {
    for (const [id, { element }] of this.#tiles) {
      if (entries.some((entry) => entry.id === id)) continue;
      element.remove();
      this.#tiles.delete(id);
    }
    for (const { id } of entries) {
      if (this.#tiles.has(id)) continue;
      const tile = new Tile(id);
      this.#tiles.set(id, tile);
      this.#list.append(tile.element);
    }
  }

  #reveal() {
    const tile = this.#active && this.#tiles.get(this.#active)?.element;
    if (!tile || this.hidden) return;
    const [box, frame] = [tile.getBoundingClientRect(), this.#list.getBoundingClientRect()];
    if (box.left < frame.left) this.#list.scrollLeft += box.left - frame.left;
    else if (box.right > frame.right) this.#list.scrollLeft += box.right - frame.right;
  }

  /** @param {TrayEntry} entry */
  #choose({ id, error }) {
    this.#active = id;
    this.#seen = new Set(this.#shown.entries.filter((entry) => entry.error).map((entry) => entry.id));
    this.#update();
    this.#reveal();
    if (!error && id !== this.#shown.shown) this.emit('choose', id);
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    const { entries } = this.#shown;
    const at = entries.findIndex(({ id }) => id === this.#active);
    if (event.key === 'Delete' && this.#active) this.emit('remove', this.#active);
    const by = STEPS[event.key];
    if (by === undefined) return;
    event.preventDefault();
    const next = entries[Math.max(0, Math.min(entries.length - 1, at + by))];
    if (next && next.id !== this.#active) this.#choose(next);
  }
}

class Tile {
  element = create('div', '', 'tile');
  #frame = create('span', '', 'thumbnail');
  #label = create('span', '', 'label');
  #percent = create('span', '', 'quiet');
  #badge = create('span', '', 'badge');

  /** @param {string} id */
  constructor(id) {
    this.element.id = `tray-${id}`;
    this.element.setAttribute('role', 'option');
    const text = create('span', '', 'text');
    text.append(this.#label, ' ', this.#percent);
    this.element.append(this.#frame, text, ' ', this.#badge);
  }

  /**
   * @param {TrayEntry} entry
   * @param {{ isShown: boolean, isOther: boolean, isActive: boolean }} marks
   */
  show({ name, thumbnail, result, error, pinned }, { isShown, isOther, isActive }) {
    const first = result?.predictions[0];
    const label = error ? t('tray.failed') : first ? namesOf(first)[0].text : t('tray.notClassified');
    const probability = first && !error ? percent(first.probability) : '';
    if (thumbnail && this.#frame.firstChild !== thumbnail) this.#frame.replaceChildren(thumbnail);
    setIfChanged(this.#label, { textContent: label });
    setIfChanged(this.#percent, { textContent: probability });
    const badge = [isOther && 'B', pinned && t('tray.pinned')].filter(Boolean).join(' · ');
    setIfChanged(this.#badge, { textContent: badge });
    // The name for screen readers contains the visible text.
    const described = [name, [label, probability, badge].filter(Boolean).join(' '), error && sentenceOf(error)].filter(Boolean).join(', ');
    setIfChanged(/** @type {HTMLElement} */ (this.element), { title: described, ariaLabel: described, ariaSelected: String(isShown) });
    setIfChanged(this.element.dataset, { outcome: error ? 'failed' : result ? 'classified' : 'waiting', name });
    this.element.classList.toggle('active', isActive);
  }
}

customElements.define('lens-tray', LensTray);
