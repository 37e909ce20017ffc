// Timing of every engine except ours.

/** Wraps `compute()`, which resolves to the logits. `run()` resolves to the milliseconds from the input in memory to the logits. */
export function timed({ adapter, compute }) {
  let logits = null;
  return {
    adapter,
    async run() {
      const started = performance.now();
      logits = await compute();
      return performance.now() - started;
    },
    logits: () => [...logits],
  };
}
