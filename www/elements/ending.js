// @ts-check
// The end of the network: classes ranked by logit with the sum that results in one of them, or pooled channels ranked by value.

import { writeName } from '../app/class-names.js';
import { logitSum, summand } from '../lens/logit-sum.js';
import { create, find, targetOf } from '../lib/dom.js';
import { EmitterElement } from '../lib/events.js';
import { percent, times, value } from '../lib/format.js';
import { t } from '../lib/i18n.js';
import { setIfChanged } from '../lib/set-if-changed.js';

/** @import { ClassName } from '../app/class-names.js' */
/** @import { RankedClass } from '../lens/logit-sum.js' */
/** @import { ClassContributions } from '../pkg/resnet_lens.js' */

/** A channel of the last feature map. @typedef {{ node: string, channel: number }} MapChannel */

/**
 * `class`: the index of a class. `channel`: a channel of the pooled node.
 * @extends {EmitterElement<{ class: number, channel: MapChannel }>}
 */
export class LensEnding extends EmitterElement {
  #note = find(this, '[data-note]', HTMLElement);
  #classes = find(this, '[data-ranking]', HTMLElement);
  #sum = find(this, '[data-sum]', HTMLElement);
  #channels = find(this, '[data-pooled]', HTMLElement);
  /** The node whose channels are listed. */
  #node = '';

  connectedCallback() {
    this.addEventListener('click', (event) => {
      const button = targetOf(event, Element)?.closest('button');
      if (button?.dataset.class) this.emit('class', Number(button.dataset.class));
      if (button?.dataset.channel) this.emit('channel', { node: this.#node, channel: Number(button.dataset.channel) });
    });
  }

  /** @param {boolean} isBusy what is shown belongs to an earlier result */
  set isBusy(isBusy) {
    setIfChanged(/** @type {HTMLElement} */ (this), { ariaBusy: String(isBusy) });
  }

  /** @override */
  focus() {
    this.querySelector('button')?.focus();
  }

  /** @param {string} text */
  showNote(text) {
    setIfChanged(this.#note, { hidden: !text, textContent: text });
  }

  /**
   * Shows classes, best first.
   * @param {(RankedClass & { name: ClassName })[]} classes
   * @param {number} chosen
   */
  showClasses(classes, chosen) {
    this.#showPart('classifier');
    const hadFocus = this.#classes.contains(document.activeElement);
    find(this.#classes, 'ol', HTMLElement).replaceChildren(...classes.map((one) => classItem(one, one.index === chosen)));
    // The button that had the focus has been replaced.
    if (hadFocus) find(this.#classes, `[data-class="${chosen}"]`, HTMLButtonElement).focus();
  }

  /**
   * Shows how the logit of the chosen class results.
   * @param {ClassContributions} contributions
   * @param {{ maps: Map<number, ImageData>, name: ClassName, mapLayer: string }} context
   */
  showContributions(contributions, { maps, name, mapLayer }) {
    this.#node = contributions.map;
    const { lines, logit } = logitSum(contributions);
    writeName(find(this.#sum, '[data-class-name]', HTMLElement), name);
    setIfChanged(find(this.#sum, '[data-formula]', HTMLElement), {
      textContent: t('ending.formula', {
        number: contributions.count,
        sum: `${summand(contributions.bias).replace('+', '')} ${summand(contributions.sum).replace(/^./, (sign) => `${sign} `)} = ${summand(logit).replace('+', '')}`,
        layer: mapLayer,
      }),
    });
    const most = Math.max(...lines.map(({ product }) => Math.abs(product)));
    const rows = lines.map(({ term, label, product }) => {
      const row = create('tr');
      const head = Object.assign(create('th'), { scope: 'row' });
      if (term) head.append(mapButton(term.channel, label, maps.get(term.channel)));
      else head.append(label);
      const numbers = term ? [value(term.weight), `× ${value(term.value)}`] : ['', ''];
      row.append(head, ...numbers.map((text) => create('td', text)), create('td', summand(product), 'product'), barCell(product / most));
      return row;
    });
    find(this.#sum, 'tbody', HTMLElement).replaceChildren(...rows);
    setIfChanged(find(this.#sum, '[data-logit]', HTMLElement), { textContent: summand(logit).replace('+', '') });
  }

  /**
   * Shows pooled channels, the largest value first.
   * @param {{ channel: number, value: number }[]} channels
   * @param {{ maps: Map<number, ImageData>, node: string, mapLayer: string, size: number[], count: number, hasClasses: boolean }} context
   */
  showChannels(channels, { maps, node, mapLayer, size, count, hasClasses }) {
    this.#showPart('pool');
    this.#node = node;
    setIfChanged(find(this.#channels, '[data-explanation]', HTMLElement), {
      textContent: [
        t('ending.pooledValues', { size: times(size), layer: mapLayer, number: channels.length, total: count }),
        hasClasses ? '' : t('ending.noClasses'),
      ].filter(Boolean).join(' '),
    });
    const most = Math.max(...channels.map((one) => Math.abs(one.value)));
    find(this.#channels, 'ol', HTMLElement).replaceChildren(...channels.map((one) => {
      const item = create('li');
      const button = mapButton(one.channel, t('ending.channelNumber', { channel: String(one.channel) }), maps.get(one.channel));
      button.append(create('span', value(one.value), 'number'), bar(one.value / most));
      item.append(button);
      return item;
    }));
  }

  /** @param {'classifier' | 'pool'} part */
  #showPart(part) {
    setIfChanged(this.#classes, { hidden: part === 'pool' });
    setIfChanged(this.#sum, { hidden: part === 'pool' });
    setIfChanged(this.#channels, { hidden: part !== 'pool' });
  }
}

/**
 * @param {RankedClass & { name: ClassName }} one
 * @param {boolean} isChosen
 */
function classItem({ index, logit, probability, name }, isChosen) {
  const item = create('li');
  const button = Object.assign(create('button'), { type: 'button', title: t('ending.showSum'), ariaPressed: String(isChosen) });
  button.dataset.class = String(index);
  button.append(writeName(create('span', '', 'label'), name), create('span', value(logit), 'number'), create('span', percent(probability), 'number'), bar(probability));
  item.append(button);
  return item;
}

/**
 * @param {number} channel
 * @param {string} label
 * @param {ImageData | undefined} map
 */
function mapButton(channel, label, map) {
  const button = Object.assign(create('button'), { type: 'button', title: t('ending.showMap') });
  button.dataset.channel = String(channel);
  const canvas = Object.assign(create('canvas'), { width: map?.width ?? 1, height: map?.height ?? 1, ariaHidden: 'true' });
  if (map) canvas.getContext('2d')?.putImageData(map, 0, 0);
  button.append(canvas, create('span', label, 'label'));
  return button;
}

/** @param {number} share -1 to 1 */
function barCell(share) {
  const cell = create('td');
  cell.append(bar(share));
  return cell;
}

/** @param {number} share -1 to 1 */
function bar(share) {
  const made = create('span', '', share < 0 ? 'share negative' : 'share');
  made.ariaHidden = 'true';
  made.style.setProperty('--share', `${Math.abs(share) * 100}%`);
  return made;
}

customElements.define('lens-ending', LensEnding);
