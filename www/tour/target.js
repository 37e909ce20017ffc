// @ts-check
// Outlines the part of the page that a step describes, and scrolls it into view.

/** @import { Target } from './steps.js' */

/** @type {Record<Target, string>} */
const SELECTORS = {
  map: 'lens-network-map',
  layer: 'lens-layer',
  channel: 'lens-channel',
  filters: '[data-filters]',
  compare: 'lens-compare',
  predictions: 'lens-predictions',
  seeded: 'lens-seeded-norms',
  visualisation: 'lens-channel>lens-visualisation',
};

/** @param {Target | null} target null: none */
export function markTarget(target) {
  for (const marked of document.querySelectorAll('[data-tour-target]')) marked.removeAttribute('data-tour-target');
  const element = target && document.querySelector(SELECTORS[target]);
  if (!element) return;
  element.setAttribute('data-tour-target', '');
  const smooth = !matchMedia('(prefers-reduced-motion: reduce)').matches;
  // What the step describes may only now be laid out.
  requestAnimationFrame(() => element.scrollIntoView({ block: 'nearest', behavior: smooth ? 'smooth' : 'instant' }));
}
