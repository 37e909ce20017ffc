// @ts-check
// The results of many images as CSV and JSON. The members of the JSON objects are those that the terminal program prints with --json.

/** @import { Prediction, Timings } from '../pkg/resnet_lens.js' */

/** The result for an image, or the sentence of its failure. `edits`: those of the network that computed it. @typedef {{ image: string, predictions: Prediction[], ms: Timings | null, edits: string[], error: string | null }} ResultRow */
/** What computed the results. @typedef {{ adapter: string, weights: string, products: string }} Environment */

/** Classes per image. */
const TOP = 5;

/**
 * One line per image: its name, the most probable classes with their probabilities, the error if there is one and, if a network was
 * edited, its edits. Lines end as RFC 4180 requires; the byte order mark has spreadsheets read UTF-8.
 * @param {ResultRow[]} rows
 */
export function csvOf(rows) {
  const columns = Array.from({ length: TOP }, (_, i) => [`class ${i + 1}`, `probability ${i + 1}`]).flat();
  const isEdited = rows.some(({ edits }) => edits.length > 0);
  const lines = rows.map(({ image, predictions, edits, error }) => {
    const classes = Array.from({ length: TOP }, (_, i) => [predictions[i]?.label ?? '', predictions[i]?.probability ?? '']).flat();
    return [image, ...classes, error ?? '', ...(isEdited ? [edits.join()] : [])];
  });
  return `\ufeff${[['image', ...columns, 'error', ...(isEdited ? ['edits'] : [])], ...lines].map((line) => `${line.map(field).join(',')}\r\n`).join('')}`;
}

/**
 * An array with one object per line and image.
 * @param {ResultRow[]} rows
 * @param {Environment} environment
 */
export function jsonOf(rows, { adapter, weights, products }) {
  const objects = rows.map(({ image, predictions, ms, edits, error }) => (error === null
    ? { image, predictions: predictions.slice(0, TOP), adapter, weights, products, ms, ...(edits.length > 0 ? { edits } : {}) }
    : { image, error }));
  return `[\n${objects.map((one) => JSON.stringify(one)).join(',\n')}\n]\n`;
}

/** @param {string | number} value */
function field(value) {
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
