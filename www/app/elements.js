// @ts-check
// The elements of the page. Importing this module defines them; `findElements` looks them up.

import { LensAdapter } from '../elements/adapter.js';
import { LensAlert } from '../elements/alert.js';
import { LensArchitecture } from '../elements/architecture.js';
import { LensAttribution } from '../elements/attribution.js';
import { LensBlockStrip } from '../elements/block-strip.js';
import { LensChannel } from '../elements/channel.js';
import { LensChannels } from '../elements/channels.js';
import { LensCompare } from '../elements/compare.js';
import { LensDeletion } from '../elements/deletion.js';
import { LensEdited } from '../elements/edited.js';
import { LensEnding } from '../elements/ending.js';
import { LensFigure } from '../elements/figure.js';
import { LensGradient } from '../elements/gradient.js';
import { LensHelp } from '../elements/help.js';
import { LensImage } from '../elements/image.js';
import { LensImageSource } from '../elements/image-source.js';
import { LensInspector } from '../elements/inspector.js';
import { LensLanguage } from '../elements/language.js';
import { LensLayer } from '../elements/layer.js';
import { LensLink } from '../elements/link.js';
import { LensLiveControls } from '../elements/live-controls.js';
import { LensModelFacts } from '../elements/model-facts.js';
import { LensModelForm } from '../elements/model-form.js';
import { LensModels } from '../elements/models.js';
import { LensNetworkMap } from '../elements/network-map.js';
import { LensNodeTable } from '../elements/node-table.js';
import { LensOverlay } from '../elements/overlay.js';
import { LensPredictions } from '../elements/predictions.js';
import { LensPresentation } from '../elements/presentation.js';
import { LensProfileStrip } from '../elements/profile-strip.js';
import { LensSamples } from '../elements/samples.js';
import { LensSearch } from '../elements/search.js';
import { LensSeededNorms } from '../elements/seeded-norms.js';
import '../elements/skip-link.js';
import { LensStatus } from '../elements/status.js';
import { LensSurgery } from '../elements/surgery.js';
import { LensTimings } from '../elements/timings.js';
import { LensTour } from '../elements/tour.js';
import { LensTray } from '../elements/tray.js';
import { LensUpdate } from '../elements/update.js';
import { LensVerdict } from '../elements/verdict.js';
import { LensVisualisation } from '../elements/visualisation.js';
import { find } from '../lib/dom.js';

/** @typedef {ReturnType<typeof findElements>} PageElements */

/** @param {ParentNode} root */
export function findElements(root) {
  return {
    adapter: find(root, 'lens-adapter', LensAdapter),
    alert: find(root, 'lens-alert', LensAlert),
    architecture: find(root, 'lens-architecture', LensArchitecture),
    attribution: find(root, 'lens-attribution', LensAttribution),
    blocks: find(root, 'lens-block-strip', LensBlockStrip),
    channel: find(root, 'lens-channel', LensChannel),
    channels: find(root, 'lens-channels', LensChannels),
    channelVisualisation: find(root, 'lens-channel lens-visualisation', LensVisualisation),
    classVisualisation: find(root, 'lens-ending lens-visualisation', LensVisualisation),
    compare: find(root, 'lens-compare', LensCompare),
    deletion: find(root, 'lens-deletion', LensDeletion),
    edited: find(root, 'lens-edited', LensEdited),
    ending: find(root, 'lens-ending', LensEnding),
    facts: find(root, 'lens-model-facts', LensModelFacts),
    figure: find(root, 'lens-figure', LensFigure),
    form: find(root, 'lens-model-form', LensModelForm),
    gradient: find(root, 'lens-gradient', LensGradient),
    help: find(root, 'lens-help', LensHelp),
    image: find(root, 'lens-image', LensImage),
    inspector: find(root, 'lens-inspector', LensInspector),
    language: find(root, 'lens-language', LensLanguage),
    layer: find(root, 'lens-layer', LensLayer),
    link: find(root, 'lens-link', LensLink),
    live: find(root, 'lens-live-controls', LensLiveControls),
    map: find(root, 'lens-network-map', LensNetworkMap),
    models: find(root, 'lens-models', LensModels),
    overlay: find(root, 'lens-overlay', LensOverlay),
    predictions: find(root, 'lens-predictions', LensPredictions),
    presentation: find(root, 'lens-presentation', LensPresentation),
    samples: find(root, 'lens-samples', LensSamples),
    search: find(root, 'lens-search', LensSearch),
    seeded: find(root, 'lens-seeded-norms', LensSeededNorms),
    source: find(root, 'lens-image-source', LensImageSource),
    status: find(root, 'lens-status', LensStatus),
    strip: find(root, 'lens-profile-strip', LensProfileStrip),
    surgery: find(root, 'lens-surgery', LensSurgery),
    table: find(root, 'lens-node-table', LensNodeTable),
    timings: find(root, 'lens-timings', LensTimings),
    tour: find(root, 'lens-tour', LensTour),
    update: find(root, 'lens-update', LensUpdate),
    verdict: find(root, 'lens-verdict', LensVerdict),
    tray: find(root, 'lens-tray', LensTray),
  };
}
