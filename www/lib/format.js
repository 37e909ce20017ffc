// @ts-check
// Numbers as text, by the rules of the language in use. Symbols of units are the same in all languages, and so are measured values,
// which are in scientific notation.

import { numberFormat, t } from './i18n.js';

const grouped = numberFormat();
const whole = numberFormat({ maximumFractionDigits: 0 });
const tenths = numberFormat({ minimumFractionDigits: 1, maximumFractionDigits: 1 });
const hundredths = numberFormat({ minimumFractionDigits: 2, maximumFractionDigits: 2 });
const correlationDigits = numberFormat({ minimumFractionDigits: 2, maximumFractionDigits: 2, signDisplay: 'negative' });
const threeDigits = numberFormat({ minimumSignificantDigits: 3, maximumSignificantDigits: 3 });

/**
 * Milliseconds: `8.4 ms`, `412 ms`, `1.52 s`; an en dash for null.
 * @param {number | null | undefined} ms
 */
export function duration(ms) {
  if (ms === null || ms === undefined) return '–';
  if (ms < 10) return `${tenths(ms)} ms`;
  if (ms < 1000) return `${whole(ms)} ms`;
  return `${hundredths(ms / 1000)} s`;
}

/**
 * A time in seconds: `8 s`, `1 min 20 s`, `2 h 5 min`.
 * @param {number} s
 */
export function seconds(s) {
  const left = Math.max(1, Math.round(s));
  if (left < 60) return t('format.seconds', { seconds: left });
  if (left < 3600) return t('format.minutes', { minutes: Math.floor(left / 60), seconds: left % 60 });
  return t('format.hours', { hours: Math.floor(left / 3600), minutes: Math.floor((left % 3600) / 60) });
}

/**
 * A probability as a percentage, never rounded up to 100 % or down to 0 %.
 * @param {number} p
 */
export function percent(p) {
  if (p > 0 && p < 0.0005) return t('format.percentBelow', { percent: tenths(0.1) });
  if (p < 1 && p >= 0.9995) return t('format.percentAbove', { percent: tenths(99.9) });
  return t('format.percent', { percent: tenths(p * 100) });
}

/**
 * A file size in decimal units, as operating systems show it.
 * @param {number} n
 */
export function bytes(n) {
  if (n < 1000) return `${whole(n)} B`;
  if (n < 1e6) return `${whole(n / 1e3)} kB`;
  return `${tenths(n / 1e6)} MB`;
}

const UNITS = [
  { unit: 'G', least: 1e9, size: 1e9 },
  { unit: 'M', least: 1e6, size: 1e6 },
  { unit: 'k', least: 1e4, size: 1e3 },
];

/**
 * A large count with three significant digits: `25.6 M`, `1.84 G`; below 10,000 exact.
 * @param {number} n
 */
export function count(n) {
  const found = UNITS.find(({ least }) => n >= least);
  return found ? `${threeDigits(n / found.size)} ${found.unit}` : grouped(n);
}

/**
 * Every digit, in groups of three.
 * @param {number} n
 */
export const exact = grouped;

/**
 * A factor with at most two decimals: `0.5`, `1.25`.
 * @param {number} n
 */
export const decimal = (n) => String(Math.round(n * 100) / 100);

/**
 * Dimensions joined by ×: `3 × 128 × 128`.
 * @param {(number | string)[]} sizes
 */
export const times = (sizes) => sizes.join(' × ');

/**
 * A measured value with three significant digits and a true minus sign: `0.874`, `−12.3`, `1.2e−5`.
 * @param {number} v
 */
export function value(v) {
  if (v === 0) return '0';
  const size = Math.abs(v);
  const text = size >= 1e4 || size < 1e-3 ? v.toExponential(1) : v.toPrecision(3);
  return text.replaceAll('-', '−');
}

/**
 * A correlation with two digits: `0.31`, `−0.05`.
 * @param {number} n
 */
export const correlation = (n) => correlationDigits(n).replace('-', '−');

/**
 * Messages of libraries begin with a small letter and have no full stop, since they are made to be embedded.
 * @param {string} text
 */
export function asSentence(text) {
  const begun = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}
