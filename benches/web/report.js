// The report as text. Ratios are ratios of medians; every figure appears with adapter and versions.

/** `{ runs, min, median, max }` of times in milliseconds. */
export function spread(times) {
  const sorted = times.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  return { runs: sorted.length, min: sorted[0], median, max: sorted.at(-1) };
}

const time = (ms) => (ms >= 1000 ? `${(ms / 1000).toFixed(2)} s` : `${ms.toFixed(ms >= 100 ? 0 : 2)} ms`);

/** Aligned columns, the first to the left, the others to the right. */
function table(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows.map((row) => row.map((cell, i) => (i ? cell.padStart(widths[i]) : cell.padEnd(widths[i]))).join('  ')).join('\n');
}

/** Model, reference and system. */
export function heading({ model, input, tuned, reference, where, versions, system }) {
  return [
    `${model.architecture} · ${model.weights} · input ${input.join('x')}${tuned ? ' · ours tuned' : ''} · reference: ${reference}`,
    `${where} · resnet-lens ${versions.ours} · ${system}`,
  ].join('\n');
}

/** Time relative to ours, by medians and by the shortest runs, which a busy machine lengthens least. */
function ratios(warm, ours) {
  return ours ? [warm.median / ours.median, warm.min / ours.min].map((ratio) => ratio.toFixed(2)) : ['', ''];
}

/** One line per engine. */
export function results(engines) {
  const ours = engines.find(({ name }) => name === 'ours');
  const rows = engines.filter(({ warm, failure }) => warm && !failure).map(({ name, weights, adapter, load, first, firstWork, warm, work, error }) => [
    name, adapter.version ?? '', weights, time(load), time(first), time(firstWork), time(warm.median), `${time(warm.min)} – ${time(warm.max)}`, `${warm.runs}`,
    ...ratios(warm, ours?.warm), time(work.median), error.toExponential(1),
  ]);
  const head = ['engine', 'version', 'weights', 'load', 'first run', 'its CPU', 'warm median', 'spread', 'runs', 'times ours', 'by minima', 'CPU per run', 'logit error'];
  const adapters = engines.filter(({ adapter }) => adapter)
    .map(({ name, adapter }) => `${name}: ${adapter.name}${adapter.features?.length ? ` (${adapter.features.join(', ')})` : ''}`);
  const failures = engines.filter(({ failure }) => failure).map(({ name, failure }) => `${name} was not timed: ${failure}`);
  return [table([head, ...rows]), '', ...adapters, ...failures].join('\n');
}

/** The main thread's work per image. */
export function mainThread({ images, word, engine, page }) {
  const line = (what, { total, script, style }) =>
    `  ${what}: ${total.toFixed(2)} ms, of it ${script.toFixed(2)} ms script, ${style.toFixed(2)} ms style and layout`;
  return [
    `CPU time of the main thread per image, mean of ${images}:`,
    line('for comparison, one frame of an empty page in which one word changes', word),
    line('a page that asks the engine and draws nothing', engine),
    line('the product’s page', page),
  ].join('\n');
}

/** Our slowest dispatches. */
export function slowest(profile, count = 10) {
  const sum = profile.reduce((total, { ms }) => total + ms, 0);
  const rows = profile.toSorted((a, b) => b.ms - a.ms).slice(0, count).map(({ nodes, kernel, ms, gflops }) => [
    nodes.join(' + '), kernel, ms.toFixed(3), gflops.toFixed(1), `${(ms / sum * 100).toFixed(1)} %`,
  ]);
  return `Our slowest of ${profile.length} dispatches; measured one by one they take ${time(sum)} in total:\n`
    + table([['nodes', 'kernel', 'ms', 'GFLOP/s', 'share'], ...rows]);
}
