// @ts-check
// Which untrained networks are measured, as a value of the page's address: `56-norm-1` is 56 layers with batch norm and seed 1. Pure
// functions.

/**
 * @typedef {object} SeededChoice
 * @property {number} depth layers, 6n + 2
 * @property {boolean} normalised with batch norm
 * @property {number} seed of the weights and the image
 */

/** Depths of He et al. 2015 for CIFAR-10, and 152, that of their deepest network for ImageNet. */
export const DEPTHS = [20, 32, 44, 56, 110, 152];
/** A network as in the paper: the depth at which the plain one has a higher training error than that of 20 layers. @type {SeededChoice} */
export const FIRST_CHOICE = { depth: 56, normalised: true, seed: 1 };

/** @param {SeededChoice} choice */
export const formatSeeded = ({ depth, normalised, seed }) => `${depth}-${normalised ? 'norm' : 'none'}-${seed}`;

/**
 * The choice that a text names; null if it is none. Without a seed it is 1.
 * @param {string} text
 * @returns {SeededChoice | null}
 */
export function parseSeeded(text) {
  const [, depth, kind, seed = '1'] = /^(\d{2,3})-(norm|none)(?:-(\d{1,6}))?$/.exec(text) ?? [];
  return DEPTHS.includes(Number(depth)) ? { depth: Number(depth), normalised: kind === 'norm', seed: Number(seed) } : null;
}
