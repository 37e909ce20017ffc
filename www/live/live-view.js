// Brings camera, loop and page together: what starts and ends the live view, and what is told when it cannot go on.

import '../elements/live-controls.js';
import { cameras, onCamerasChange, openCamera, openVideo } from './camera.js';
import { LiveLoop } from './live-loop.js';

const element = document.querySelector('lens-live-controls');

export class LiveView {
  #live;
  #opened;
  #known = [];
  #last = null;
  #onOpen;
  #onFreeze;
  #onProblem;
  #onKeep;
  #file = null;

  /**
   * `session` classifies frames once `opened()` is fulfilled, `onOpen()` hears of the user's wish, `onFrame(image)` shows one with its answer and
   * promises that it is shown, `onFreeze(frozen)` hears of frames being held, `onKeep(image)` of the last one when
   * the view has ended, `onProblem(problem)` of what there is to tell, `onFailure(error)` of what the engine failed at.
   */
  constructor({ session, opened, top, onOpen, onFrame, onFreeze, onKeep, onProblem, onFailure }) {
    this.#opened = opened;
    this.#onOpen = onOpen;
    this.#onFreeze = onFreeze;
    this.#onProblem = onProblem;
    this.#onKeep = onKeep;
    this.#live = new LiveLoop({
      classify: (frame, { mirror }) => session.classifyFrame(frame, { mirror, top }),
      onFrame: async (frame) => {
        this.#last = frame;
        element.showRate(frame.rate, this.#live.software);
        await onFrame(frame);
      },
      onFailure: async (error) => {
        await this.end();
        onFailure(error);
      },
    });
    element.onFreeze = () => this.toggle();
    element.onStep = () => this.step();
    element.onEnd = () => this.end();
    element.onMirror = (mirror) => { this.#live.mirror = mirror; };
    element.onCamera = (id) => this.openCamera(id);
    document.addEventListener('visibilitychange', () => {
      if (document.hidden && this.running) element.say('Paused while this tab is hidden.');
    });
    onCamerasChange(() => this.#list());
    document.querySelector('[data-camera]').addEventListener('click', () => this.openCamera());
  }

  /** Whether frames are coming and going. */
  get running() {
    return Boolean(this.#live.source) && !this.#live.frozen;
  }

  set software(software) {
    this.#live.software = software;
  }

  openCamera(id = null) {
    return this.#open(() => openCamera(id, () => this.#over({
      sentence: 'The camera was unplugged or switched off; its last frame is kept.', actions: ['camera', 'image'],
    })));
  }

  openVideo(file) {
    this.#file = file;
    return this.#open(() => openVideo(file, () => this.#over({
      sentence: 'The video has come to its end; its last frame is kept.', actions: ['again', 'image'],
    })));
  }

  /** Plays the latest video once more. */
  again() {
    return this.openVideo(this.#file);
  }

  /** While frozen: one frame on. */
  step() {
    this.#live.step();
  }

  /** Freezes the frame that is shown, or goes on. */
  toggle() {
    if (!this.#live.source) return;
    this.#live.freeze(!this.#live.frozen);
    this.#show();
    this.#onFreeze(this.#live.frozen);
  }

  /** Ends the live view; its last frame becomes an image like any other, unless another one comes. */
  async end({ keep = true } = {}) {
    if (!this.#live.source) return;
    const { name } = this.#live.source;
    await this.#live.stop();
    this.#show();
    const last = this.#last;
    this.#last = null;
    if (!keep || !last) return;
    const blob = await new Promise((resolve) => { last.bitmap.toBlob(resolve); });
    this.#onKeep({ blob, name, bitmap: await createImageBitmap(last.bitmap), result: last.result });
  }

  async #open(open) {
    this.#onOpen();
    try {
      await this.#opened();
      const source = await open();
      await this.end({ keep: false });
      this.#live.start(source);
      await this.#list();
    } catch (error) {
      this.#onProblem({ sentence: error.message, actions: ['camera', 'image'] });
    }
  }

  async #over(problem) {
    await this.end();
    this.#onProblem({ ...problem, mild: true });
  }

  async #list() {
    this.#known = navigator.mediaDevices ? await cameras() : [];
    this.#show();
  }

  #show() {
    const { source, frozen, mirror } = this.#live;
    element.show({ source, frozen, mirror, cameras: this.#known });
  }
}
