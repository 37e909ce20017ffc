// @ts-check
// Connects edits, panel and measurements with the page.

import { onLanguage } from '../lib/i18n.js';
import { AnswerComparison } from './answer-comparison.js';
import { BlockMeasurements } from './block-measurements.js';
import { SurgeryPanel } from './panel.js';
import { Surgery } from './surgery.js';

/** @import { PageElements } from '../app/elements.js' */
/** @import { SurgeryParts } from './surgery.js' */

/**
 * @param {PageElements} view
 * @param {Omit<SurgeryParts, 'top'>} parts
 */
export function addSurgery(view, parts) {
  const { session, lens, images } = parts;
  const surgery = new Surgery({ ...parts, top: view.predictions.most });
  const measurements = new BlockMeasurements(view, { session, surgery, lens });
  const answers = new AnswerComparison(view, { session, lens, images });
  const panel = new SurgeryPanel(view, {
    surgery,
    lens,
    onOpen: () => {
      measurements.update();
      answers.update();
    },
  });
  onLanguage(() => {
    panel.show();
    measurements.rename();
    answers.update();
  });
  return {
    networkReplaced: () => {
      answers.reset();
      return surgery.networkReplaced();
    },
    forgetNetwork: () => surgery.forgetNetwork(),
    hold: surgery.hold.bind(surgery),
    reportErrors: () => surgery.reportErrors(),
    get errors() { return surgery.errors; },
    toggle: () => panel.toggle(),
  };
}
