// @ts-check
// Images and models that are dropped on the page or pasted.

import { Emitter } from '../lib/emitter.js';
import { parseHtml } from '../lib/trusted-types.js';
import { sortFiles } from '../models/sort-files.js';
import { filesOf } from './dropped-files.js';

/** @import { DescribedFile } from '../models/model-source.js' */
/** @import { NamedFile } from './dropped-files.js' */

const MODEL_ADDRESS = /\.(safetensors|pth|pth\.tar|pt|th|ckpt|bin)$/i;
const ADDRESS = /^(https?:\/\/|data:image\/|blob:)/i;

/**
 * A file or a URL; `images`: several files, or those of folders; `model`: a file with the texts that describe it, or a URL; `notes`: such
 * texts alone, for the model in use.
 * @extends {Emitter<{ image: File | string, images: NamedFile[], model: DescribedFile | string, notes: File[] }>}
 */
export class DropPaste extends Emitter {
  /** @param {HTMLElement} root gets `data-dragging` while something is dragged over the page */
  constructor(root) {
    super();
    addEventListener('dragover', (event) => {
      event.preventDefault();
      if (event.dataTransfer) event.dataTransfer.dropEffect = 'copy';
      root.toggleAttribute('data-dragging', true);
    });
    addEventListener('dragleave', (event) => {
      if (!event.relatedTarget) root.removeAttribute('data-dragging');
    });
    addEventListener('drop', (event) => {
      event.preventDefault();
      root.removeAttribute('data-dragging');
      this.#take(event.dataTransfer);
    });
    addEventListener('paste', (event) => {
      if (event.target instanceof Element && event.target.closest('input, textarea')) return;
      if (this.#take(event.clipboardData)) event.preventDefault();
    });
  }

  /**
   * Emits what a transfer contains; returns whether it contains anything.
   * @param {DataTransfer | null} transfer
   */
  #take(transfer) {
    if (!transfer) return false;
    const { files, folders } = filesOf(transfer);
    if (files.length > 0 || folders) {
      this.#emitFiles(files, folders);
      return true;
    }
    const address = imageAddressIn(transfer.getData('text/html')) ?? addressIn(transfer.getData('text/uri-list'))
      ?? addressIn(transfer.getData('text/plain'));
    if (!address) return false;
    this.emit(MODEL_ADDRESS.test(new URL(address).pathname) ? 'model' : 'image', address);
    return true;
  }

  /**
   * @param {File[]} files
   * @param {(() => Promise<NamedFile[]>) | null} folders
   */
  async #emitFiles(files, folders) {
    const reading = folders?.(); // Begun at once: the transfer ends with its event.
    const named = [...files.map((blob) => ({ blob, name: blob.name, address: null })), ...await reading ?? []];
    const { weights: [weights], notes, images } = await sortFiles(named.map(({ blob }) => blob));
    if (weights) this.emit('model', { weights, notes });
    else if (notes.length > 0 && images.length === 0 && !folders) this.emit('notes', notes);
    const isImage = new Set(images);
    const shown = named.filter(({ blob }) => isImage.has(blob));
    if (shown.length === 1 && !folders) this.emit('image', shown[0].blob);
    else if (shown.length > 0 || (folders && !weights)) this.emit('images', shown);
  }
}

/**
 * The address of an image that was dragged or copied from a page. If the image is a link, the list of URIs has the link's target.
 * @param {string} html
 */
function imageAddressIn(html) {
  const { images } = parseHtml(html);
  return images.length === 1 ? addressIn(images[0].getAttribute('src') ?? '') : null;
}

/**
 * The first line if it is a URL. URI lists may begin with comments.
 * @param {string} text
 */
function addressIn(text) {
  const line = text.split('\n').map((part) => part.trim()).find((part) => part && !part.startsWith('#'));
  return line && ADDRESS.test(line) && URL.canParse(line) ? line : null;
}
