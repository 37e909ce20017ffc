// The start of an engine: loading and the first run, which includes what compiles late.

/**
 * Opens an engine of a host and runs it once. Resolves to `{ load, first, firstWork, adapter, layers, logits }`: milliseconds of loading and
 * of the first run, the CPU time of the first run, and what the host knows of the engine.
 */
export async function openAndRun(host, name, given) {
  const opened = await host.open(name, given);
  const before = await host.cpuTime();
  const [first] = await host.turn(name, 0);
  return { ...opened, first, firstWork: await host.cpuTime() - before, logits: await host.logits(name) };
}
