// @ts-check
// The WebAssembly module of the page's engine. It is downloaded and compiled while the page's scripts start, and kept: an engine that
// starts again after a lost device does not compile it again.

const address = new URL('../pkg/resnet_lens_bg.wasm', import.meta.url);

/** Rejects where the browser has no WebAssembly, too. */
const compile = async () => WebAssembly.compileStreaming(fetch(address));

/** Null if it cannot be loaded: the worker tries itself then, and reports why it cannot. @type {Promise<WebAssembly.Module | null>} */
const compiled = compile().catch(() => null);

export const compiledEngine = () => compiled;
