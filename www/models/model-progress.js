// How a model arrives, in sight: its bytes in the status line, its layers in the map.

import { Network } from '../network/network.js';
import { TransferRate } from '../lib/transfer-rate.js';

/** Has `session` prepare what is `wanted` (see `ModelLoader.prepare`), and shows how far it is by the elements given. */
export async function prepareWithProgress(session, wanted, { status, map }) {
  const rate = new TransferRate();
  status.say(`Preparing ${wanted.name}`);
  try {
    return await session.prepareModel(wanted, ({ downloading, reading, received, total, layers, ready }) => {
      if (downloading) status.progress(`Downloading ${downloading}`, received, total, rate.update(received, total));
      if (reading) status.say(`Reading ${reading}, which this browser has kept`);
      if (layers) map.arrive(new Network(layers));
      if (ready) map.light(ready);
    });
  } catch (error) {
    map.depart();
    throw error;
  }
}
