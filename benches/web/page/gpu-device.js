// What another engine's `GPUDevice` is, for the report.

/** `{ name, features }` of a device. */
export function describe({ adapterInfo = {}, features }) {
  const { vendor, architecture, device, description } = adapterInfo;
  return { name: [vendor, architecture, device, description].filter(Boolean).join(' '), features: [...features] };
}
