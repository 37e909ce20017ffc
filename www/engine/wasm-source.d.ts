/** The WebAssembly module: its address, its bytes, or itself. */
export type WasmSource = string | ArrayBuffer | WebAssembly.Module;
