// @ts-check
// Shows the progress of a model that is being prepared: bytes in the status line, layers in the map.

import { TransferRate } from '../lib/transfer-rate.js';
import { Network } from '../network/network.js';

/** @import { LensNetworkMap } from '../elements/network-map.js' */
/** @import { LensStatus } from '../elements/status.js' */
/** @import { Session } from '../engine/session.js' */
/** @import { WantedModel } from '../engine/worker-api.js' */

/**
 * Prepares a model and shows the progress.
 * @param {Session} session
 * @param {WantedModel} wanted
 * @param {{ status: LensStatus, map: LensNetworkMap }} elements
 */
export async function prepareWithProgress(session, wanted, { status, map }) {
  const rate = new TransferRate();
  status.showMessage(`Preparing ${wanted.name}`);
  try {
    return await session.prepareModel(wanted, ({ downloading, waiting, reading, received = 0, total = null, layers, ready }) => {
      if (downloading) status.progress(`Downloading ${downloading}`, received, total, rate.update(received, total));
      if (waiting) status.showMessage(`Waiting for another tab, which is downloading ${waiting}`, { cancel: true });
      if (reading) status.showMessage(`Reading ${reading} from the browser cache`);
      if (layers) map.showLoading(new Network(layers));
      if (ready) map.markLoaded(ready);
    });
  } catch (error) {
    map.cancelLoading();
    throw error;
  }
}
