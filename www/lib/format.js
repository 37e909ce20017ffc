// Numbers as people read them. One place, so that the page speaks one dialect.

const grouped = new Intl.NumberFormat('en');

/** Milliseconds: `8.4 ms`, `412 ms`, `1.52 s`; an en dash for what has not happened yet. */
export function duration(ms) {
  if (ms === null || ms === undefined) return '–';
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  return `${(ms / 1000).toFixed(2)} s`;
}

/** Seconds to wait, no finer than anybody cares: `8 s`, `1 min 20 s`, `2 h 5 min`. */
export function seconds(s) {
  const whole = Math.max(1, Math.round(s));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** A probability as per cent, never rounded up to certainty nor down to impossibility. */
export function percent(p) {
  if (p > 0 && p < 0.0005) return '< 0.1 %';
  if (p < 1 && p >= 0.9995) return '> 99.9 %';
  return `${(p * 100).toFixed(1)} %`;
}

/** Decimal units, as operating systems and download pages show file sizes. */
export function bytes(n) {
  if (n < 1000) return `${n} B`;
  if (n < 1e6) return `${Math.round(n / 1e3)} kB`;
  return `${(n / 1e6).toFixed(1)} MB`;
}

/** Large counts in three figures: `25.6 M`, `1.84 G`; small ones exactly. */
export function count(n) {
  for (const [unit, size] of [['G', 1e9], ['M', 1e6], ['k', 1e4]]) {
    if (n >= size) return `${(n / (unit === 'k' ? 1e3 : size)).toPrecision(3)} ${unit}`;
  }
  return grouped.format(n);
}

/** Every digit, in groups of three. */
export const exact = (n) => grouped.format(n);

/** Sizes joined by ×: `3 × 128 × 128`. */
export const times = (sizes) => sizes.join(' × ');

/** A measured value in three figures, with a true minus: `0.874`, `−12.3`, `1.2e−5`. */
export function value(v) {
  if (v === 0) return '0';
  const size = Math.abs(v);
  const text = size >= 1e4 || size < 1e-3 ? v.toExponential(1) : v.toPrecision(3);
  return text.replaceAll('-', '−');
}
