// @ts-check
// The package in one file: worker and WebAssembly module are part of it. For pages whose build cannot copy files.

export * from './index.js';
