// The live loop. One frame is processed at a time, always the latest one, so frames do not queue. The displayed frame is the one
// that was classified.

/** The frame rate is averaged over this many results. */
const WINDOW = 12;
/** Pause after each frame on a software adapter, as a fraction of the frame's time: it shares the CPU with the page. */
const REST = 0.4;

export class LiveLoop {
  #classify;
  #onFrame;
  #onFailure;
  #source = null;
  #loop = null;
  #frozen = false;
  #steps = 0;
  #wake = null;
  #recent = [];
  #snapshots = [new Snapshot(), new Snapshot()];

  /** Whether frames are mirrored. */
  mirror = false;
  /** Whether the adapter is a software one. */
  software = false;

  /**
   * `classify(frame, { mirror })` resolves to the engine's result, `onFrame({ bitmap, result, rate })` resolves when the frame is
   * shown, `onFailure(error)` is called with the error that ended the loop.
   */
  constructor({ classify, onFrame, onFailure }) {
    this.#classify = classify;
    this.#onFrame = onFrame;
    this.#onFailure = onFailure;
    document.addEventListener('visibilitychange', () => this.#wake?.());
  }

  get source() {
    return this.#source;
  }

  get frozen() {
    return this.#frozen;
  }

  start(source) {
    this.stop();
    this.#source = source;
    this.mirror = source.mirrored;
    this.#frozen = false;
    this.#recent = [];
    this.#loop = this.#run(source);
  }

  /** Ends the loop and closes the source. Resolves when the current frame is finished. */
  async stop() {
    const { source } = this;
    this.#source = null;
    source?.stop();
    this.#wake?.();
    await this.#loop;
  }

  /** Freezes the displayed frame or resumes. */
  freeze(frozen) {
    this.#frozen = frozen;
    this.#recent = [];
    if (this.#source?.kind === 'video') {
      if (frozen) this.#source.video.pause();
      else this.#source.video.play();
    }
    this.#wake?.();
  }

  /** Processes one more frame while frozen. */
  step() {
    if (!this.#frozen) return;
    this.#steps = 1;
    const { kind, video } = this.#source;
    if (kind === 'video') video.currentTime += 1 / 30;
    this.#wake?.();
  }

  async #run(source) {
    try {
      while (await this.#nextFrame(source)) await this.#takeFrame(source);
    } catch (error) {
      if (this.#source === source) this.#onFailure(error);
    }
  }

  /** Resolves to true when a frame is available, to false when the source has been replaced or stopped. */
  async #nextFrame(source) {
    while (this.#source === source) {
      const waiting = (this.#frozen && !this.#steps) || document.hidden;
      const fresh = await new Promise((resolve) => {
        // Freezing, hiding the tab and stopping interrupt the wait: a video at its end has no next frame.
        this.#wake = () => resolve(false);
        if (!waiting) onNextFrame(source.video, this.#frozen, () => resolve(true));
      });
      if (fresh) return true;
    }
    return false;
  }

  async #takeFrame(source) {
    this.#steps = 0;
    const started = performance.now();
    const { mirror } = this;
    const bitmap = this.#snapshots.reverse()[0].take(source.video, mirror);
    const result = await this.#classify(await frameOf(source.video), { mirror });
    const answered = performance.now();
    // The last frame of a source that has ended is still shown; a frame of a replaced source is not.
    if (this.#source && this.#source !== source) return;
    this.#recent.push({ started, answered });
    this.#recent = this.#recent.slice(-WINDOW);
    await this.#onFrame({ bitmap, name: source.name, result, rate: this.#rate(result) });
    if (this.software) await pause((performance.now() - started) * REST);
  }

  /** `{ fps, latency, gpu }`: frames per second (null for the first frame), latency and GPU time in milliseconds (null if unknown). */
  #rate({ ms }) {
    const [first] = this.#recent;
    const last = this.#recent.at(-1);
    const fps = this.#recent.length > 1 ? ((this.#recent.length - 1) * 1000) / (last.answered - first.answered) : null;
    return { fps, latency: last.answered - last.started, gpu: ms.gpu };
  }
}

/** A copy of a frame for display. Two are used alternately: one is displayed while the other is filled. */
class Snapshot {
  #canvas = document.createElement('canvas');

  take(video, mirror) {
    const { videoWidth: width, videoHeight: height } = video;
    Object.assign(this.#canvas, { width, height });
    const pen = this.#canvas.getContext('2d');
    if (mirror) pen.setTransform(-1, 0, 0, 1, width, 0);
    pen.drawImage(video, 0, 0);
    return this.#canvas;
  }
}

/** A transferable frame; a VideoFrame if supported, which avoids a copy through the CPU. */
async function frameOf(video) {
  return 'VideoFrame' in globalThis ? new VideoFrame(video, { timestamp: 0 }) : createImageBitmap(video);
}

/** Calls `callback()` at the next video frame; for a paused video at the next animation frame. */
function onNextFrame(video, paused, callback) {
  if (paused || !video.requestVideoFrameCallback) requestAnimationFrame(callback);
  else video.requestVideoFrameCallback(callback);
}

const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });
