// Made by npm/build.js.

/** The worker's script. */
export const SCRIPT: string;
/** The WebAssembly module, compressed with gzip, in Base64. */
export const MODULE: string;
