// The live view: opens and closes its source, runs the loop, updates the controls and reports problems.

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
   * `session` classifies frames once `opened()` is resolved. Callbacks: `onOpen()` before a source is opened; `onFrame(image)`
   * shows a frame with its result and resolves when it is shown; `onFreeze(frozen)`; `onKeep(image)` with the last frame when the
   * view ends; `onProblem(problem)` with a message for the user; `onFailure(error)` with an error of the engine.
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
    element.onStop = () => this.end();
    element.onMirror = (mirror) => { this.#live.mirror = mirror; };
    element.onCamera = (id) => this.openCamera(id);
    document.addEventListener('visibilitychange', () => {
      if (document.hidden && this.running) element.showMessage('Paused while this tab is hidden.');
    });
    onCamerasChange(() => this.#list());
    document.querySelector('[data-camera]').addEventListener('click', () => this.openCamera());
  }

  /** Whether frames are being processed. */
  get running() {
    return Boolean(this.#live.source) && !this.#live.frozen;
  }

  set software(software) {
    this.#live.software = software;
  }

  openCamera(id = null) {
    return this.#open(() => openCamera(id, () => this.#over({
      sentence: 'The camera was disconnected. Its last frame is kept.', actions: ['camera', 'image'],
    })));
  }

  openVideo(file) {
    this.#file = file;
    return this.#open(() => openVideo(file, () => this.#over({
      sentence: 'The video has ended. Its last frame is kept.', actions: ['again', 'image'],
    })));
  }

  /** Plays the latest video again. */
  again() {
    return this.openVideo(this.#file);
  }

  /** Processes one more frame while frozen. */
  step() {
    this.#live.step();
  }

  /** Freezes or resumes. */
  toggle() {
    if (!this.#live.source) return;
    this.#live.freeze(!this.#live.frozen);
    this.#show();
    this.#onFreeze(this.#live.frozen);
  }

  /** Ends the live view. With `keep` its last frame becomes the page's image. */
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
