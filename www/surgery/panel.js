// @ts-check
// Connects the panel, the mark beside the predictions and the selected block with the edits.

import { times } from '../lib/format.js';
import { t } from '../lib/i18n.js';
import { canExchange, isIdentity, residualBlocks, reversibleRun, runningOrder, strideOf } from './blocks.js';
import {
  areAllShortcutsOff, stateOf, withAllShortcuts, withFactor, withLesion, withRepeat, withReverse, withSkip, withStride, withSwap,
} from './change.js';
import { formatEdits } from './edits.js';
import { wordsOf, wordsOfAll } from './words.js';

/** @import { LensEdited } from '../elements/edited.js' */
/** @import { LensInspector } from '../elements/inspector.js' */
/** @import { LensSurgery, ShownBlock } from '../elements/surgery.js' */
/** @import { Lens } from '../lens/lens.js' */
/** @import { Selection } from '../lens/selection.js' */
/** @import { Block, Network } from '../network/network.js' */
/** @import { Edit } from './edits.js' */
/** @import { Surgery } from './surgery.js' */

export class SurgeryPanel {
  #surgery;
  #lens;
  #view;
  /** @type {Selection | null} */
  #selection = null;
  /** The panel is opened for the edits of the first address. */
  #isFirst = true;
  #onOpen;

  /**
   * @param {{ surgery: LensSurgery, edited: LensEdited, inspector: LensInspector }} view
   * @param {{ surgery: Surgery, lens: Lens, onOpen: () => void }} parts `onOpen`: called when the panel opens
   */
  constructor(view, { surgery, lens, onOpen }) {
    this.#view = view;
    this.#surgery = surgery;
    this.#lens = lens;
    this.#onOpen = onOpen;
    surgery.on('change', () => {
      if (this.#isFirst && surgery.network) {
        this.#isFirst = false;
        if (surgery.edits.length > 0) this.#open(true);
      }
      this.show();
    });
    lens.on('selection', (selection) => {
      this.#selection = selection;
      if (view.surgery.open) this.show();
    });
    this.#listen();
  }

  /** Opens or closes the panel. */
  toggle() {
    this.#open(!this.#view.surgery.open);
  }

  /** Shows edits and selection. */
  show() {
    const { edits, network, canUndo, canRedo } = this.#surgery;
    const applied = this.#lens.edits;
    this.#view.edited.show(formatEdits(applied), wordsOfAll(applied));
    if (!this.#view.surgery.open) return;
    const current = this.#selection?.current;
    const block = this.#block();
    const loaded = network && strideOf(network);
    const chosen = edits.find((edit) => edit.kind === 'stride');
    this.#view.surgery.show({
      block: block && network && describe(network, block, edits),
      channel: current ? { node: current.node, channel: current.channel, lesioned: edits.some((edit) => edit.kind === 'lesion' && edit.node === current.node && edit.channel === current.channel) } : null,
      allOff: network !== null && areAllShortcutsOff(edits, this.#names()),
      stride: loaded && { loaded, position: chosen?.kind === 'stride' ? chosen.position : loaded },
      edits: edits.map(wordsOf),
      canUndo,
      canRedo,
    });
  }

  /** @param {boolean} open */
  #open(open) {
    this.#view.surgery.open = open;
    this.show();
    if (open) this.#onOpen();
  }

  /** The block of the selected layer, or null. @returns {Block | null} */
  #block() {
    const { network } = this.#surgery;
    const name = this.#selection?.current.layer.block;
    return (network && residualBlocks(network).find((block) => block.name === name)) ?? null;
  }

  #names() {
    const { network } = this.#surgery;
    return network ? residualBlocks(network).map(({ name }) => name) : [];
  }

  /** @param {(edits: Edit[], block: string) => Edit[]} change */
  #editBlock(change, gesture = /** @type {number | null} */ (null)) {
    const block = this.#block();
    if (block) this.#surgery.edit((edits) => change(edits, block.name), gesture);
  }

  #listen() {
    const { surgery, edited, inspector } = this.#view;
    surgery.on('open', (open) => this.#open(open));
    surgery.on('undo', () => this.#surgery.undo());
    surgery.on('redo', () => this.#surgery.redo());
    surgery.on('remove', (index) => this.#surgery.edit((edits) => edits.toSpliced(index, 1)));
    surgery.on('factor', ({ kind, factor, gesture }) => this.#editBlock((edits, block) => withFactor(edits, kind, block, factor), gesture));
    surgery.on('skip', (skipped) => this.#editBlock((edits, block) => withSkip(edits, block, skipped)));
    surgery.on('repeat', ({ steps, factor }) => this.#editBlock((edits, block) => withRepeat(edits, block, steps, factor)));
    surgery.on('swap', (by) => this.#editBlock((edits, block) => {
      const { network } = this.#surgery;
      const other = network && neighbour(network, block, edits, by);
      return other ? withSwap(edits, block, other) : edits;
    }));
    surgery.on('reverse', () => {
      const { network } = this.#surgery;
      const block = this.#block();
      const run = network && block && reversibleRun(network, block);
      if (run) this.#surgery.edit((edits) => withReverse(edits, run.first, run.last));
    });
    surgery.on('lesion', (lesioned) => {
      const current = this.#selection?.current;
      if (current) this.#surgery.edit((edits) => withLesion(edits, current.node, current.channel, lesioned));
    });
    surgery.on('shortcuts', (off) => this.#surgery.edit((edits) => withAllShortcuts(edits, this.#names(), off)));
    surgery.on('stride', (position) => this.#surgery.edit((edits) => withStride(edits, this.#surgery.network && strideOf(this.#surgery.network) === position ? null : position)));
    surgery.on('sum', () => {
      inspector.open();
      this.#lens.navigation.setOfLayer({ compare: 'sum' });
    });
    surgery.on('remove-all', () => this.#surgery.edit(() => []));
    edited.on('remove-all', () => this.#surgery.edit(() => []));
    edited.on('open', () => {
      this.#open(true);
      surgery.scrollIntoView({ block: 'nearest' });
      surgery.focus();
    });
  }
}

/**
 * @param {Network} network
 * @param {Block} block
 * @param {Edit[]} edits
 * @returns {ShownBlock}
 */
function describe(network, block, edits) {
  const output = block.add ?? block.layers[0];
  return {
    name: block.name,
    facts: t('surgery.facts', {
      shortcut: t(isIdentity(block) ? 'surgery.shortcutIdentity' : 'surgery.shortcutProjected'),
      channels: output.channels,
      size: times([output.height, output.width]),
    }),
    state: stateOf(edits, block.name),
    isIdentity: isIdentity(block),
    previous: neighbour(network, block.name, edits, -1),
    next: neighbour(network, block.name, edits, 1),
    run: reversibleRun(network, block),
  };
}

/**
 * The block that runs before or after another one, if they can be exchanged.
 * @param {Network} network
 * @param {string} block
 * @param {Edit[]} edits
 * @param {-1 | 1} by
 */
function neighbour(network, block, edits, by) {
  const blocks = residualBlocks(network);
  const order = runningOrder(network, edits);
  const other = order[order.indexOf(block) + by];
  const find = (/** @type {string | undefined} */ name) => blocks.find((one) => one.name === name);
  return other !== undefined && canExchange(network, find(block), find(other)) ? other : null;
}
