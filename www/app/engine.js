// @ts-check
// The page's engine. It opens after the first frame, while the page's other scripts start: on a slow connection texts and pictures come
// before the module of 1.2 MB, which the worker downloads and compiles.

import { Session } from '../engine/session.js';
import { startWorker } from '../engine/start-worker.js';
import { afterPaint } from '../lib/after-paint.js';
import { wantedDevice } from './device-setting.js';

export const session = new Session(startWorker, () => new URL('../pkg/resnet_lens_bg.wasm', import.meta.url).href);

const open = () => session.open(wantedDevice());

/** @type {ReturnType<typeof open> | null} */
let first = afterPaint().then(open);
first.catch(() => {}); // The caller of `openEngine` shows the reason.

/** Opens the engine, again after a loss of the device. The first call takes the one that is opening. */
export function openEngine() {
  const opening = first ?? open();
  first = null;
  return opening;
}
