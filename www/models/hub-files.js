// A model of a hub as the worker gets it: what its repository says of it, and where its weights are.

import { download } from '../lib/download.js';

/** A pointer has some 130 bytes; a mirror may answer with the whole file instead. */
const POINTER_BYTES = 1024;

/** Promises `{ url, card, size, sha256 }`; a `card` that is known is not asked for, size and digest where the hub tells them. */
export async function hubFiles(engine, { id, hub, card }, signal) {
  const { weights, pointer, config, preprocessor } = engine.hubAddresses(id, hub);
  const [found, described] = await Promise.all([
    card ?? readCard(engine, id, { config, preprocessor }, signal),
    readPointer(engine, new URL(pointer), signal),
  ]);
  return { ...described, url: new URL(weights), card: found };
}

async function readCard(engine, id, { config, preprocessor }, signal) {
  const text = async (address, what) => (await download(new URL(address), { what, signal })).text();
  const [described, prepared] = await Promise.all([
    text(config, 'model card'),
    // timm's repositories have none.
    text(preprocessor, 'model card').catch((error) => {
      if (!error.absent) throw error;
      return undefined;
    }),
  ]);
  return engine.hubCard(id, described, prepared);
}

/** What git keeps of the weights: their size and digest. A hub that does not tell is no failure. */
async function readPointer(engine, url, signal) {
  try {
    const response = await fetch(url, { referrerPolicy: 'no-referrer', credentials: 'omit', signal });
    const reader = response.body.getReader();
    const { value } = await reader.read();
    await reader.cancel();
    return response.ok && value?.length <= POINTER_BYTES ? engine.hubPointer(new TextDecoder().decode(value)) ?? {} : {};
  } catch (error) {
    if (signal.aborted) throw error;
    return {};
  }
}
