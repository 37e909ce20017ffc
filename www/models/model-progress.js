// How a model arrives, in sight: its bytes in the status line, its layers in the map.

import { Network } from '../network/network.js';
import { TransferRate } from '../lib/transfer-rate.js';

/** Has `session` prepare what is `wanted` (see `ModelLoader.prepare`), and shows how far it is by the elements given. */
export async function prepareWithProgress(session, wanted, { status, map }) {
  const rate = new TransferRate();
  status.showMessage(`Preparing ${wanted.name}`);
  try {
    return await session.prepareModel(wanted, ({ downloading, reading, received, total, layers, ready }) => {
      if (downloading) status.progress(`Downloading ${downloading}`, received, total, rate.update(received, total));
      if (reading) status.showMessage(`Reading ${reading} from the browser cache`);
      if (layers) map.showLoading(new Network(layers));
      if (ready) map.markLoaded(ready);
    });
  } catch (error) {
    map.cancelLoading();
    throw error;
  }
}
