// @ts-check
// Images and models that are dropped on the page or pasted.

import { Emitter } from '../lib/events.js';
import { filesOf } from './dropped-files.js';

/** @import { NamedFile } from './dropped-files.js' */

const MODEL_FILE = /\.(safetensors|pth|pt|ckpt|bin)$/i;
const ADDRESS = /^(https?:\/\/|data:image\/|blob:)/i;

/** A file or a URL; `images`: several files, or those of folders. @extends {Emitter<{ image: File | string, images: NamedFile[], model: File | string }>} */
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
    const model = files.find((file) => MODEL_FILE.test(file.name));
    const images = files.filter((file) => !MODEL_FILE.test(file.name));
    if (model) this.emit('model', model);
    if (images.length === 1 && !folders) this.emit('image', images[0]);
    else if (images.length > 0 || folders) this.#emitAll(images, folders);
    if (files.length > 0 || folders) return true;
    const address = imageAddressIn(transfer.getData('text/html')) ?? addressIn(transfer.getData('text/uri-list'))
      ?? addressIn(transfer.getData('text/plain'));
    if (!address) return false;
    this.emit(MODEL_FILE.test(new URL(address).pathname) ? 'model' : 'image', address);
    return true;
  }

  /**
   * @param {File[]} files
   * @param {(() => Promise<NamedFile[]>) | null} folders
   */
  async #emitAll(files, folders) {
    const named = files.map((blob) => ({ blob, name: blob.name, address: null }));
    this.emit('images', [...named, ...await folders?.() ?? []]);
  }
}

/**
 * The address of an image that was dragged or copied from a page. If the image is a link, the list of URIs has the link's target.
 * @param {string} html
 */
function imageAddressIn(html) {
  const { images } = new DOMParser().parseFromString(html, 'text/html');
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
