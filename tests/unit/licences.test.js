import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { licencesOf } from '../../tools/dist/licences.js';

test('the licences are those of the crates in the module, and only of these', () => {
  const text = licencesOf(fileURLToPath(new URL('../..', import.meta.url)));
  const sections = text.split(`\n\n${'-'.repeat(80)}\n\n`);
  const crates = new Set(sections.flatMap((section) => section.split('\n')[0].split(', ')));
  const has = (name) => [...crates].some((crate) => crate.startsWith(`${name} `));
  for (const name of ['image', 'libjpeg-turbo-rs', 'safetensors', 'serde_json', 'wgpu']) assert.ok(has(name), name);
  for (const name of ['clap', 'resnet-lens', 'serde_derive', 'syn', 'wasm-bindgen-test']) assert.ok(!has(name), name);
  assert.ok(sections.slice(2).every((section) => section.split('\n').length >= 3), 'each section has a text');
});
