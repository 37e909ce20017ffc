// @ts-check
// Controller of the live view: opens cameras and videos, runs the loop, updates the controls.

import { asError, messageOf } from '../lib/errors.js';
import { Emitter } from '../lib/emitter.js';
import { t } from '../lib/i18n.js';
import { listCameras, onCamerasChange, openCamera, openVideo } from './camera.js';
import { LiveLoop } from './live-loop.js';

/** @import { Message } from '../app/error-messages.js' */
/** @import { LensLiveControls } from '../elements/live-controls.js' */
/** @import { Session } from '../engine/session.js' */
/** @import { FrameResult } from '../engine/worker-api.js' */
/** @import { Camera, VideoSource } from './camera.js' */
/** @import { LiveFrame } from './live-loop.js' */

/** The last frame as an image. @typedef {{ blob: Blob, name: string, bitmap: ImageBitmap, result: FrameResult }} LastFrame */

/**
 * `open`: the user opens a source. `freeze`: frames are held or resumed. `keep`: the view has ended with this frame. `message`: the
 * user is to be informed. `failure`: the engine failed.
 * @extends {Emitter<{ open: void, freeze: boolean, keep: LastFrame, message: () => Message, failure: Error }>}
 */
export class LiveView extends Emitter {
  #loop;
  #controls;
  #opened;
  /** @type {Camera[]} */
  #cameras = [];
  /** @type {LiveFrame | null} */
  #last = null;
  /** @type {Blob | null} */
  #file = null;

  /**
   * @param {object} parts
   * @param {Session} parts.session
   * @param {LensLiveControls} parts.controls
   * @param {() => Promise<unknown>} parts.opened resolves when the session can classify
   * @param {(work: () => Promise<void>) => Promise<void>} parts.run see `Recovery.run`
   * @param {number} parts.top number of classes
   * @param {(frame: LiveFrame) => Promise<void>} parts.show resolves when the frame is shown
   */
  constructor({ session, controls, opened, run, top, show }) {
    super();
    this.#controls = controls;
    this.#opened = opened;
    this.#loop = new LiveLoop({
      classify: (frame, { mirror }) => session.classifyFrame(frame, { mirror, top }),
      show: async (frame) => {
        this.#last = frame;
        // The last frame before the tab was hidden does not replace the message that the view is paused.
        if (!document.hidden) controls.showRate(frame.rate, this.#loop.software);
        await show(frame);
      },
      run,
    });
    this.#loop.on('failure', async (error) => {
      await this.end();
      this.emit('failure', error);
    });
    controls.on('freeze', () => this.toggle());
    controls.on('step', () => this.step());
    controls.on('stop', () => this.end());
    controls.on('mirror', (mirror) => { this.#loop.mirror = mirror; });
    controls.on('camera', (id) => this.openCamera(id || null));
    document.addEventListener('visibilitychange', () => {
      if (document.hidden && this.running) controls.showMessage(() => t('live.hidden'));
    });
    onCamerasChange(() => this.#listCameras());
  }

  /** Frames come and go. */
  get running() {
    return Boolean(this.#loop.source) && !this.#loop.frozen;
  }

  /** @param {boolean} software the adapter is software */
  set software(software) {
    this.#loop.software = software;
  }

  /** @param {string | null} [id] null: the preferred camera */
  async openCamera(id = null) {
    const { source } = this.#loop;
    if (source?.kind !== 'camera') return this.#open(() => this.#camera(id));
    // Phones open only one camera at a time.
    await this.end({ keep: false });
    const former = source.id ?? null;
    return this.#open(() => this.#camera(id), () => this.#camera(former));
  }

  /** @param {string | null} id */
  #camera(id) {
    return openCamera(id, () => this.#ended(() => ({
      sentence: t('live.disconnected'), actions: ['camera', 'image'], mild: true,
    })));
  }

  /** @param {Blob} file */
  openVideo(file) {
    this.#file = file;
    return this.#open(() => openVideo(file, () => this.#ended(() => ({
      sentence: t('live.videoEnded'), actions: ['again', 'image'], mild: true,
    }))));
  }

  /** Plays the latest video again. */
  async again() {
    if (this.#file) await this.openVideo(this.#file);
  }

  /** While frozen: shows the next frame. */
  step() {
    this.#loop.step();
  }

  /** While frozen: classifies the shown frame again, since another network is in use. */
  repeat() {
    this.#loop.repeat();
  }

  /** Freezes or resumes. */
  toggle() {
    if (!this.#loop.source) return;
    this.#loop.freeze(!this.#loop.frozen);
    this.#showControls();
    this.emit('freeze', this.#loop.frozen);
  }

  /**
   * Ends the live view.
   * @param {{ keep?: boolean }} [options] `keep`: its last frame becomes the current image
   */
  async end({ keep = true } = {}) {
    if (!this.#loop.source) return;
    const { name } = this.#loop.source;
    await this.#loop.stop();
    this.#showControls();
    const last = this.#last;
    this.#last = null;
    if (!keep || !last) return;
    /** @type {Blob | null} */
    const blob = await new Promise((resolve) => { last.bitmap.toBlob(resolve); });
    if (blob) this.emit('keep', { blob, name, bitmap: await createImageBitmap(last.bitmap), result: last.result });
  }

  /**
   * @param {() => Promise<VideoSource>} open
   * @param {(() => Promise<VideoSource>) | null} [former] opens the source before if `open` fails
   */
  async #open(open, former = null) {
    this.emit('open');
    // Without an engine the page shows why.
    if (!(await this.#opened().then(() => true, () => false))) return;
    try {
      await this.#start(open);
    } catch (error) {
      if (former) await this.#start(former).catch(() => {}); // The first failure is shown.
      this.emit('message', () => ({ sentence: messageOf(asError(error)), actions: ['camera', 'image'] }));
    }
  }

  /** @param {() => Promise<VideoSource>} open */
  async #start(open) {
    const source = await open();
    await this.end({ keep: false });
    this.#loop.start(source);
    this.#showControls(); // Listing cameras takes a while.
    await this.#listCameras();
  }

  /** @param {() => Message} message */
  async #ended(message) {
    await this.end();
    this.emit('message', message);
  }

  async #listCameras() {
    this.#cameras = await listCameras();
    this.#showControls();
  }

  #showControls() {
    const { source, frozen, mirror } = this.#loop;
    this.#controls.show({ source, frozen, mirror, cameras: this.#cameras });
  }
}
