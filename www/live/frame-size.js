// @ts-check
// Sizes of frames that the engine can take: they are copied to a texture and to a buffer, whose sizes every GPU limits.

/** @import { Size } from '../lib/rectangle.js' */

/** WebGPU's default limits of the sides of a texture and of the bytes of a buffer. */
const MAX_SIDE = 8192;
const MAX_BYTES = 128 << 20;
/** Longer side of a reduced frame: much more than networks see, and a quarter of the work of the largest one. */
const REDUCED_SIDE = 4096;
/** Rows of the buffer begin at multiples of this many bytes. */
const ROW_ALIGNMENT = 256;

/**
 * The size to which a frame has to be reduced, or null if it need not be.
 * @param {Size} frame in pixels
 * @returns {Size | null}
 */
export function reducedSize({ width, height }) {
  const bytes = Math.ceil((width * 4) / ROW_ALIGNMENT) * ROW_ALIGNMENT * height;
  if (Math.max(width, height) <= MAX_SIDE && bytes <= MAX_BYTES) return null;
  const scale = REDUCED_SIDE / Math.max(width, height);
  return { width: Math.max(1, Math.floor(width * scale)), height: Math.max(1, Math.floor(height * scale)) };
}
