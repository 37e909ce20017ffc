// @ts-check
// Shows the progress of a model that is being prepared: bytes in the status line, layers in the map.

import { t } from '../lib/i18n.js';
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
 * @param {{ status: LensStatus, map: LensNetworkMap | null }} elements `map`: null if another network stays in it
 */
export async function prepareWithProgress(session, wanted, { status, map }) {
  const rate = new TransferRate();
  status.showMessage(() => t('status.preparing', { name: wanted.name }));
  try {
    return await session.prepareModel(wanted, ({ downloading, waiting, reading, received = 0, total = null, layers, ready }) => {
      if (downloading) status.progress(() => t('status.downloading', { name: downloading }), received, total, rate.update(received, total));
      if (waiting) status.showMessage(() => t('status.waiting', { name: waiting }), { cancel: true });
      if (reading) status.showMessage(() => t('status.reading', { name: reading }));
      if (layers) map?.showLoading(new Network(layers));
      if (ready) map?.markLoaded(ready);
    });
  } catch (error) {
    map?.cancelLoading();
    throw error;
  }
}
