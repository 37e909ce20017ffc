// @ts-check
// The panel of the guided tour: the text of a step, its question, the verdict and the sources; and the chip that returns to a step that
// was left. It is not modal: the page stays in use beside it.

import { create, createButton, findAll } from '../lib/dom.js';
import { EmitterElement } from '../lib/events.js';
import { t } from '../lib/i18n.js';
import { setIfChanged } from '../lib/set-if-changed.js';

/** @import { Key } from '../lib/i18n.js' */
/** @import { Source } from '../tour/sources.js' */

/**
 * A step as texts. `obstacle`: what is needed first. `pick`: what is selected in the page, for a question that is answered there.
 * @typedef {object} ShownStep
 * @property {number} number from 1
 * @property {number} count
 * @property {string} title
 * @property {string} text
 * @property {{ text: string, actions: ObstacleAction[] } | null} obstacle
 * @property {string} question
 * @property {{ id: string, text: string, isChosen: boolean }[]} options empty for a question that is answered in the page
 * @property {string} pick
 * @property {string} busy
 * @property {{ isRight: boolean, text: string, larger: string } | null} verdict
 * @property {Source[]} sources
 */
/** @typedef {'image' | 'camera' | 'freeze'} ObstacleAction */

/**
 * `open`: the tour is to begin or to go on. `answer`: an option. `check`: the answer is what the page shows. `step`: to the step so many steps on. `leave`: the panel is closed.
 * `again`: back to the step that was left. `forget`: the chip is dismissed. `need`: what the obstacle asks for.
 * @extends {EmitterElement<{ open: void, answer: string, check: void, step: number, leave: void, again: void, forget: void, need: ObstacleAction }>}
 */
export class LensTour extends EmitterElement {
  #openers = findAll(document, '[data-tour]', HTMLButtonElement);
  #panel = create('section', '', 'tour-panel');
  #progress = create('p', '', 'quiet small');
  #fold = createButton('', () => this.#toggle(), { class: 'plain', 'aria-controls': 'tour-body' });
  #close = createButton('', () => this.emit('leave'), { class: 'plain', 'aria-keyshortcuts': 'Escape' });
  #title = Object.assign(create('h2'), { id: 'tour-title', tabIndex: -1 });
  #body = Object.assign(create('div', '', 'tour-body'), { id: 'tour-body' });
  #text = create('p');
  #obstacle = create('div', '', 'tour-obstacle');
  #question = create('div', '', 'tour-question');
  #asked = Object.assign(create('p', '', 'asked'), { id: 'tour-asked' });
  #options = create('ul');
  #pick = create('p', '', 'pick');
  #check = createButton('', () => this.emit('check'), { class: 'primary' });
  #verdict = create('div', '', 'tour-verdict');
  #sources = create('ul', '', 'tour-sources small');
  #previous = createButton('', () => this.emit('step', -1));
  #next = createButton('', () => this.emit('step', 1), { class: 'primary' });
  #chip = create('div', '', 'tour-chip');
  #return = createButton('', () => this.emit('again'), { class: 'pill' });
  #forget = createButton('×', () => this.emit('forget'), { class: 'plain' });

  connectedCallback() {
    const head = create('div', '', 'head');
    const row = create('div', '', 'row');
    row.append(this.#fold, this.#close);
    head.append(this.#progress, row);
    this.#question.role = 'group';
    this.#question.setAttribute('aria-labelledby', this.#asked.id);
    this.#verdict.role = 'status';
    const answer = create('div', '', 'row');
    answer.append(this.#pick, this.#check);
    this.#question.append(this.#asked, this.#options, answer);
    this.#body.append(this.#text, this.#obstacle, this.#question, this.#verdict, this.#sources);
    const steps = create('div', '', 'tour-steps');
    steps.append(this.#previous, this.#next);
    this.#panel.setAttribute('aria-labelledby', this.#title.id);
    this.#panel.append(head, this.#title, this.#body, steps);
    this.#chip.append(this.#return, this.#forget);
    this.#panel.hidden = true;
    this.#chip.hidden = true;
    this.append(this.#panel, this.#chip);
    for (const opener of this.#openers) opener.addEventListener('click', () => this.emit('open'));
    this.#panel.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape') return;
      event.preventDefault();
      this.emit('leave');
    });
  }

  /** @param {ShownStep} step */
  show(step) {
    const { number, count, title, text, obstacle, question, options, pick, busy, verdict, sources } = step;
    this.#chip.hidden = true;
    this.#panel.hidden = false;
    setIfChanged(this.#progress, { textContent: t('tour.progress', { number: String(number), count: String(count) }) });
    setIfChanged(this.#title, { textContent: title });
    setIfChanged(this.#text, { textContent: text });
    this.#showObstacle(obstacle);
    this.#question.hidden = obstacle !== null;
    setIfChanged(this.#asked, { textContent: question });
    this.#showOptions(options);
    const isPick = options.length === 0;
    setIfChanged(this.#pick, { textContent: pick, hidden: !isPick });
    setIfChanged(this.#check, { textContent: t('tour.check'), hidden: !isPick, disabled: pick === '' || busy !== '' });
    this.#showVerdict(verdict, busy);
    this.#sources.replaceChildren(...sources.map(sourceItem));
    setIfChanged(this.#previous, { textContent: t('tour.previous'), disabled: number === 1 });
    setIfChanged(this.#next, { textContent: t(number === count ? 'tour.finish' : 'tour.next') });
    setIfChanged(this.#close, { textContent: t('tour.leave') });
    this.#labelFold();
  }

  /** The heading of the step gets the focus, so that it is read. */
  focusStep() {
    this.#body.scrollTop = 0;
    this.#title.focus({ preventScroll: true });
  }

  /**
   * Hides the panel; a chip returns to a step.
   * @param {number | null} number of that step; null: no chip
   */
  hide(number) {
    this.#panel.hidden = true;
    this.#chip.hidden = number === null;
    if (number === null) return;
    setIfChanged(this.#return, { textContent: t('tour.return', { number: String(number) }) });
    setIfChanged(this.#forget, { ariaLabel: t('tour.forget') });
  }

  /** The button that opens the tour gets the focus. */
  focusOpener() {
    this.#openers.find((opener) => opener.checkVisibility())?.focus({ preventScroll: true });
  }

  get hasFocus() {
    return this.contains(document.activeElement);
  }

  /** @param {ShownStep['obstacle']} obstacle */
  #showObstacle(obstacle) {
    this.#obstacle.hidden = obstacle === null;
    if (!obstacle) return;
    const row = create('div', '', 'row');
    row.append(...obstacle.actions.map((action) => createButton(t(/** @type {Key} */ (`tour.need.${action}`)), () => this.emit('need', action))));
    this.#obstacle.replaceChildren(create('p', obstacle.text), row);
  }

  /** @param {ShownStep['options']} options */
  #showOptions(options) {
    this.#options.hidden = options.length === 0;
    const key = options.map(({ id }) => id).join();
    // Buttons that stay keep the focus.
    if (this.#options.dataset.key !== key) {
      this.#options.dataset.key = key;
      this.#options.replaceChildren(...options.map(({ id }) => {
        const item = create('li');
        item.append(createButton('', () => this.emit('answer', id), { 'data-option': id }));
        return item;
      }));
    }
    const buttons = this.#options.querySelectorAll('button');
    options.forEach(({ text, isChosen }, i) => {
      setIfChanged(buttons[i], { textContent: text, ariaPressed: String(isChosen) });
    });
  }

  /**
   * @param {ShownStep['verdict']} verdict
   * @param {string} busy
   */
  #showVerdict(verdict, busy) {
    const judged = verdict?.isRight ? 'right' : 'wrong';
    setIfChanged(this.#verdict.dataset, { verdict: verdict && !busy ? judged : 'none' });
    const key = [busy, verdict?.text, verdict?.larger].join('\n');
    if (this.#verdict.dataset.key === key) return;
    this.#verdict.dataset.key = key;
    if (busy || !verdict) {
      this.#verdict.replaceChildren(...busy ? [create('p', busy, 'quiet')] : []);
      return;
    }
    const explanation = create('p');
    explanation.append(create('b', t(verdict.isRight ? 'tour.verdict.right' : 'tour.verdict.wrong')), ' ', verdict.text);
    this.#verdict.replaceChildren(explanation, ...verdict.larger ? [create('p', verdict.larger, 'quiet small')] : []);
    const { offsetTop, offsetHeight } = this.#verdict;
    const top = offsetTop - this.#body.offsetTop;
    this.#body.scrollTop = Math.max(this.#body.scrollTop, Math.min(top, top + offsetHeight - this.#body.clientHeight));
  }

  #toggle() {
    this.#panel.classList.toggle('folded');
    this.#labelFold();
  }

  #labelFold() {
    const isFolded = this.#panel.classList.contains('folded');
    setIfChanged(this.#fold, { textContent: t(isFolded ? 'tour.unfold' : 'tour.fold'), ariaExpanded: String(!isFolded) });
  }
}

/** @param {Source} source */
function sourceItem({ authors, year, work, url }) {
  const item = create('li');
  const link = Object.assign(create('a', `${authors} (${year}): ${work}`), { href: url, target: '_blank', rel: 'noopener', lang: 'en' });
  item.append(link);
  return item;
}

customElements.define('lens-tour', LensTour);
