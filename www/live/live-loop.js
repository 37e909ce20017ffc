// The live loop: the latest frame wins and only one is ever under way, so frames cannot queue. What is
// shown is the very frame that the network saw, and its answer; the times are measured, not promised.

/** Over this many answers the rate is taken. */
const WINDOW = 12;
/** A software adapter works on the cores that the page and the camera need too: it rests this share of its work. */
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
  #taken = [];
  #snapshots = [new Snapshot(), new Snapshot()];

  /** Whether the source is shown as in a mirror. */
  mirror = false;
  /** Whether the network runs on the processor. */
  software = false;

  /**
   * `classify(frame, { mirror })` promises the engine's answer, `onFrame({ bitmap, result, rate })` shows it and
   * promises that it is shown, `onFailure(error)` hears of what ended the loop.
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
    this.#taken = [];
    this.#loop = this.#run(source);
  }

  /** Ends the loop and lets the camera go; promises that the frame under way is over. */
  async stop() {
    const { source } = this;
    this.#source = null;
    source?.stop();
    this.#wake?.();
    await this.#loop;
  }

  /** Holds the frame that is shown, or lets the next ones come. */
  freeze(frozen) {
    this.#frozen = frozen;
    this.#taken = [];
    if (this.#source?.kind === 'video') {
      if (frozen) this.#source.video.pause();
      else this.#source.video.play();
    }
    this.#wake?.();
  }

  /** While frozen: one frame on. */
  step() {
    if (!this.#frozen) return;
    this.#steps = 1;
    const { kind, video } = this.#source;
    if (kind === 'video') video.currentTime += 1 / 30;
    this.#wake?.();
  }

  async #run(source) {
    try {
      while (await this.#due(source)) await this.#takeFrame(source);
    } catch (error) {
      if (this.#source === source) this.#onFailure(error);
    }
  }

  /** Promises true when there is a frame to take, false when the source is no longer wanted. */
  async #due(source) {
    while (this.#source === source) {
      const waiting = (this.#frozen && !this.#steps) || document.hidden;
      const fresh = await new Promise((resolve) => {
        // Freezing, hiding and stopping come in between: a video at its end has no next frame.
        this.#wake = () => resolve(false);
        if (!waiting) nextFrame(source.video, this.#frozen, () => resolve(true));
      });
      if (fresh) return true;
    }
    return false;
  }

  async #takeFrame(source) {
    this.#steps = 0;
    const begun = performance.now();
    const { mirror } = this;
    const bitmap = this.#snapshots.reverse()[0].take(source.video, mirror);
    const result = await this.#classify(await frameOf(source.video), { mirror });
    const answered = performance.now();
    // A source that has come to its end still has its last frame to show; one replaced has not.
    if (this.#source && this.#source !== source) return;
    this.#taken.push({ begun, answered });
    this.#taken = this.#taken.slice(-WINDOW);
    await this.#onFrame({ bitmap, name: source.name, result, rate: this.#rate(result) });
    if (this.software) await pause((performance.now() - begun) * REST);
  }

  /** `{ fps, latency, gpu }`: frames a second (null for the first), milliseconds from frame to answer, and on the GPU (or null). */
  #rate({ ms }) {
    const [first] = this.#taken;
    const last = this.#taken.at(-1);
    const fps = this.#taken.length > 1 ? ((this.#taken.length - 1) * 1000) / (last.answered - first.answered) : null;
    return { fps, latency: last.answered - last.begun, gpu: ms.gpu };
  }
}

/** A frame as the network got it, to be shown with the answer. Two take turns: one shown, one under way. */
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

/** A frame that can be handed to the worker without its pixels passing through the processor, where the browser can. */
async function frameOf(video) {
  return 'VideoFrame' in globalThis ? new VideoFrame(video, { timestamp: 0 }) : createImageBitmap(video);
}

/** Calls `taken()` at the next new frame; a paused video has none but the one that is there. */
function nextFrame(video, paused, taken) {
  if (paused || !video.requestVideoFrameCallback) requestAnimationFrame(taken);
  else video.requestVideoFrameCallback(taken);
}

const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });
