// @ts-check
// Opens the device that the engine computes on: a GPU, or the CPU where there is none or where it is faster than a software adapter.

import { namedError } from '../lib/errors.js';
import { supportsWebGpuCanvas } from './canvas-support.js';
import { requestAdapter } from './request-adapter.js';
import { requestSubgroups } from './request-subgroups.js';

/** @import { LensSession } from '../pkg/resnet_lens.js' */

/** `null` chooses. @typedef {'gpu' | 'cpu' | null} WantedDevice */
/** @typedef {typeof import('../pkg/resnet_lens.js')} EngineModule */

/**
 * Opens a device.
 * @param {EngineModule} engine
 * @param {WantedDevice} wanted
 * @returns {Promise<{ session: LensSession, direct: boolean }>} `direct`: the engine draws on the page's canvases itself
 */
export async function openDevice(engine, wanted) {
  if (wanted === 'cpu' || (wanted === null && !(await hasAdapter()))) return { session: await engine.LensSession.openCpu(), direct: false };
  await requireAdapter();
  requestSubgroups();
  const direct = await supportsWebGpuCanvas();
  const session = await openGpu(engine, wanted);
  return { session, direct: direct && session.adapter().device === 'gpu' };
}

/** A browser without an adapter is asked once more only: the page waits for it, and opens on the CPU. Pauses in milliseconds. */
const SHORT_PAUSES = [100];

/** Whether the browser offers a GPU or a software adapter. */
const hasAdapter = async () => navigator.gpu !== undefined && (await requestAdapter(navigator.gpu, SHORT_PAUSES)) !== null;

/** Throws if there is no adapter. */
async function requireAdapter() {
  if (!navigator.gpu) throw namedError('NoWebGpu', '');
  if (!(await requestAdapter(navigator.gpu))) throw namedError('NoAdapter', '');
}

/**
 * Tries twice, because the canvas test can make the browser restart its GPU process, which ends what was requested before.
 * @param {EngineModule} engine
 * @param {WantedDevice} wanted
 */
async function openGpu({ LensSession }, wanted) {
  const open = () => (wanted === 'gpu' ? LensSession.open() : LensSession.openFastest());
  await requireAdapter();
  try {
    return await open();
  } catch {
    await requireAdapter();
    return open();
  }
}
