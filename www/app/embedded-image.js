// @ts-check
// An image in the page's URL: `#image=data:image/webp;base64,…`. It is small, so that the link can be sent.

import { textError } from '../lib/errors.js';
import { readableParams } from '../lib/url.js';

/** Longest text of an embedded image in characters. */
export const MOST_CHARACTERS = 12_000;
const KEY = 'image';
const EXPECTED = /^data:image\/(webp|jpeg|png);base64,[A-Za-z0-9+/]+={0,2}$/;

/**
 * The image in a fragment as a data: URL, or null.
 * @param {string} fragment with or without `#`
 */
export function parseEmbeddedImage(fragment) {
  const text = readKey(fragment);
  return text && EXPECTED.test(text) ? text : null;
}

/**
 * The error of an invalid image in a fragment, or null.
 * @param {string} fragment with or without `#`
 */
export function embeddedImageError(fragment) {
  const text = readKey(fragment);
  if (!text || EXPECTED.test(text)) return null;
  return textError('StateError', 'settings.embeddedImage', { found: `${text.slice(0, 24)}…` });
}

/**
 * The fragment with an image, or without one for null; without `#`.
 * @param {string} fragment with or without `#`
 * @param {string | null} image
 */
export function embedImage(fragment, image) {
  const params = new URLSearchParams(fragment.replace(/^#/, ''));
  params.delete(KEY);
  return [readableParams(params), image && String(new URLSearchParams({ [KEY]: image }))].filter(Boolean).join('&');
}

/** @param {string} fragment */
const readKey = (fragment) => new URLSearchParams(fragment.replace(/^#/, '')).get(KEY);
