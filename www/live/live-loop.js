// @ts-check
// Classifies the frames of a video, always the latest and only one at a time, so that frames cannot queue. The page shows the frame
// that the network saw, with its result and with measured times.

import { asError } from '../lib/errors.js';
import { Emitter } from '../lib/emitter.js';
import { reducedSize } from './frame-size.js';

/** @import { FrameResult } from '../engine/worker-api.js' */
/** @import { VideoSource } from './camera.js' */

/** Frames per second (null for the first frame), and milliseconds from frame to result and on the GPU. @typedef {{ fps: number | null, latency: number, gpu: number | null }} FrameRate */
/** A frame and its result. @typedef {{ bitmap: HTMLCanvasElement, name: string, result: FrameResult, rate: FrameRate }} LiveFrame */

/** The rate is averaged over this many frames. */
const WINDOW = 12;
/** A software adapter needs the processor cores of page and camera: the loop pauses for this share of its work. */
const REST = 0.4;
/** A step of a paused video in seconds. */
const FRAME_SECONDS = 1 / 30;

/** `failure`: the error that ended the loop. @extends {Emitter<{ failure: Error }>} */
export class LiveLoop extends Emitter {
  #steps;
  /** @type {VideoSource | null} */
  #source = null;
  /** @type {Promise<void> | null} */
  #loop = null;
  #frozen = false;
  /** What a frozen view takes next: the next frame, or the shown one again. @type {'next' | 'shown' | null} */
  #wanted = null;
  /** Ends the wait for a frame. @type {(() => void) | null} */
  #wake = null;
  /** @type {{ begun: number, answered: number }[]} */
  #taken = [];
  /** One is shown while the other is being classified. */
  #snapshots = [new Snapshot(), new Snapshot()];
  /** The frame that is shown. @type {Snapshot | null} */
  #shown = null;
  /** The number of networks so far, and which of them has classified the shown frame. */
  #network = 0;
  #shownBy = 0;

  /** The view is mirrored. */
  mirror = false;
  /** The adapter is software. */
  software = false;

  /**
   * @param {object} steps
   * @param {(frame: VideoFrame | ImageBitmap, options: { mirror: boolean }) => Promise<FrameResult>} steps.classify
   * @param {(frame: LiveFrame) => Promise<void>} steps.show resolves when the frame is shown
   * @param {(work: () => Promise<void>) => Promise<void>} steps.run see `Recovery.run`
   */
  constructor(steps) {
    super();
    this.#steps = steps;
    document.addEventListener('visibilitychange', () => this.#wake?.());
  }

  get source() {
    return this.#source;
  }

  get frozen() {
    return this.#frozen;
  }

  /** @param {VideoSource} source */
  start(source) {
    this.stop();
    this.#source = source;
    this.mirror = source.mirrored;
    this.#frozen = false;
    this.#wanted = null;
    this.#taken = [];
    this.#shown = null;
    this.#loop = this.#run(source);
  }

  /** Stops loop and source; resolves when the frame in work is done. */
  async stop() {
    const source = this.#source;
    this.#source = null;
    source?.stop();
    this.#wake?.();
    await this.#loop;
  }

  /**
   * Holds the frame that is shown, or resumes.
   * @param {boolean} frozen
   */
  freeze(frozen) {
    this.#frozen = frozen;
    this.#taken = [];
    this.#repeatOutdated();
    if (this.#source?.kind === 'video') {
      if (frozen) this.#source.video.pause();
      else this.#source.video.play();
    }
    this.#wake?.();
  }

  /** While frozen: classifies the next frame. */
  step() {
    if (!this.#frozen || !this.#source) return;
    const { kind, video } = this.#source;
    const take = () => {
      this.#wanted = 'next';
      this.#wake?.();
    };
    if (kind !== 'video') return take();
    // Until then the video shows the frame before.
    video.addEventListener('seeked', take, { once: true });
    video.currentTime += FRAME_SECONDS;
  }

  /** Another network is in use: a frozen view classifies the shown frame again. */
  repeat() {
    this.#network += 1;
    this.#repeatOutdated();
    this.#wake?.();
  }

  #repeatOutdated() {
    if (this.#frozen && this.#source && this.#shown && this.#shownBy !== this.#network) this.#wanted ??= 'shown';
  }

  /** @param {VideoSource} source */
  async #run(source) {
    try {
      while (await this.#nextIsDue(source)) await this.#tryFrame(source);
    } catch (error) {
      if (this.#source === source) this.emit('failure', asError(error));
    }
  }

  /**
   * Takes a frame. If the device is lost, the view goes on with the frame at that time.
   * @param {VideoSource} source
   */
  #tryFrame(source) {
    const wanted = this.#wanted;
    return this.#steps.run(async () => {
      this.#wanted ??= wanted;
      if (this.#source === source) await this.#takeFrame(source);
    });
  }

  /**
   * Resolves to true when there is a new frame, to false when the source is no longer in use.
   * @param {VideoSource} source
   */
  async #nextIsDue(source) {
    while (this.#source === source) {
      const waiting = (this.#frozen && !this.#wanted) || document.hidden;
      const fresh = await new Promise((resolve) => {
        // Freezing, hiding and stopping end the wait: a video at its end has no next frame.
        this.#wake = () => resolve(false);
        if (!waiting) onNextFrame(source.video, this.#frozen, () => resolve(true));
      });
      if (fresh) return true;
    }
    return false;
  }

  /** @param {VideoSource} source */
  async #takeFrame(source) {
    const again = this.#wanted === 'shown' ? this.#shown : null;
    this.#wanted = null;
    const begun = performance.now();
    const mirror = this.mirror && !again;
    const frame = await (again ? createImageBitmap(again.canvas) : frameOf(source.video));
    // The pixels of a snapshot are mirrored already. It is of the very frame: the video goes on meanwhile.
    const snapshot = again ?? this.#snapshots[this.#shown === this.#snapshots[0] ? 1 : 0].take(frame, mirror);
    const bitmap = snapshot.canvas;
    const network = this.#network;
    const result = await this.#steps.classify(frame, { mirror });
    const answered = performance.now();
    // The last frame of a source that has ended is still shown, one of a replaced source is not.
    if (this.#source && this.#source !== source) return;
    this.#taken.push({ begun, answered });
    this.#taken = this.#taken.slice(-WINDOW);
    this.#shown = snapshot;
    this.#shownBy = network;
    this.#repeatOutdated();
    await this.#steps.show({ bitmap, name: source.name, result, rate: this.#rate(result) });
    if (this.software) await pause((performance.now() - begun) * REST);
  }

  /**
   * @param {FrameResult} result
   * @returns {FrameRate}
   */
  #rate({ ms }) {
    const first = this.#taken[0];
    const last = this.#taken[this.#taken.length - 1];
    const fps = this.#taken.length > 1 ? ((this.#taken.length - 1) * 1000) / (last.answered - first.answered) : null;
    return { fps, latency: last.answered - last.begun, gpu: ms.gpu };
  }
}

/** A copy of the frame that the network gets. */
class Snapshot {
  canvas = document.createElement('canvas');

  /**
   * @param {VideoFrame | ImageBitmap} frame
   * @param {boolean} mirror
   */
  take(frame, mirror) {
    const [width, height] = 'displayWidth' in frame ? [frame.displayWidth, frame.displayHeight] : [frame.width, frame.height];
    Object.assign(this.canvas, { width, height });
    const context = this.canvas.getContext('2d');
    if (mirror) context?.setTransform(-1, 0, 0, 1, width, 0);
    context?.drawImage(frame, 0, 0);
    return this;
  }
}

/**
 * A frame to transfer to the worker, in browsers with WebCodecs without a copy through the CPU. One that is too large for the engine is reduced.
 * @param {HTMLVideoElement} video
 */
async function frameOf(video) {
  const reduced = reducedSize({ width: video.videoWidth, height: video.videoHeight });
  if (reduced) return createImageBitmap(video, { resizeWidth: reduced.width, resizeHeight: reduced.height, resizeQuality: 'medium' });
  return 'VideoFrame' in globalThis ? new VideoFrame(video, { timestamp: 0 }) : createImageBitmap(video);
}

/**
 * Calls `taken` at the next new frame. A paused video has only its current one.
 * @param {HTMLVideoElement} video
 * @param {boolean} paused
 * @param {() => void} taken
 */
function onNextFrame(video, paused, taken) {
  if (paused || !('requestVideoFrameCallback' in video)) requestAnimationFrame(taken);
  else video.requestVideoFrameCallback(taken);
}

/** @param {number} ms */
const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });
