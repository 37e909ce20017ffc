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
  attribution: 'lens-attribution',
  visualisation: 'lens-channel>lens-visualisation',
};

/** Targets whose content appears part by part, as it is measured. @type {Set<Target | null>} */
const GROWING = new Set(['attribution']);
/** Scrolls to the target while it grows. @type {ResizeObserver | null} */
let growth = null;

/** @param {Target | null} target null: none */
export function markTarget(target) {
  growth?.disconnect();
  for (const marked of document.querySelectorAll('[data-tour-target]')) marked.removeAttribute('data-tour-target');
  const element = target && document.querySelector(SELECTORS[target]);
  if (!element) return;
  element.setAttribute('data-tour-target', '');
  const smooth = !matchMedia('(prefers-reduced-motion: reduce)').matches;
  // What the step describes may only now be laid out.
  requestAnimationFrame(() => element.scrollIntoView({ block: 'nearest', behavior: smooth ? 'smooth' : 'instant' }));
  if (GROWING.has(target)) followGrowth(element);
}

/**
 * Until the user does something.
 * @param {Element} element
 */
function followGrowth(element) {
  const observer = new ResizeObserver(() => element.scrollIntoView({ block: 'nearest' }));
  growth = observer;
  // What is above moves it.
  for (const one of [element, element.previousElementSibling]) if (one) observer.observe(one);
  for (const event of ['keydown', 'pointerdown', 'wheel']) addEventListener(event, () => observer.disconnect(), { once: true, capture: true });
}
