// @ts-check
// Names of classes in the page's language.

import { language, t } from '../lib/i18n.js';
import { setIfChanged } from '../lib/set-if-changed.js';

/** @import { Label } from '../pkg/resnet_lens.js' */

/** A name and its language; null: the page's. @typedef {{ text: string, lang: string | null }} ClassName */

/** What the engine calls a class without a name. */
const UNNAMED_CLASS = /^class (\d+)$/;

/** The name of no class. @type {ClassName} */
export const UNNAMED = { text: '', lang: null };

/**
 * Whether a class has a name of its own.
 * @param {Label} label
 */
export const isNamed = ({ id, label }) => id !== null || !UNNAMED_CLASS.test(label);

/**
 * The names of a class, that of the language in use first.
 * @param {Label} label
 * @returns {[ClassName, ClassName?]}
 */
export function namesOf({ id, label, ko }) {
  const number = id === null ? UNNAMED_CLASS.exec(label)?.[1] : undefined;
  if (number) return [{ text: t('predictions.unnamed', { number }), lang: null }];
  /** @type {ClassName} */
  const own = { text: label, lang: 'en' };
  if (!ko) return [own];
  /** @type {ClassName} */
  const korean = { text: ko, lang: 'ko' };
  return language() === 'ko' ? [korean, own] : [own, korean];
}

/**
 * Writes a name into an element, with its language for screen readers.
 * @template {HTMLElement} Target
 * @param {Target} element
 * @param {ClassName} name
 */
export function writeName(element, { text, lang }) {
  /** @type {HTMLElement} */
  const target = element;
  setIfChanged(target, { textContent: text });
  if (lang) setIfChanged(target, { lang });
  else if (target.lang) target.removeAttribute('lang');
  return element;
}
