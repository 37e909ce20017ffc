// What the engine drew where nobody sees it, as pixels: for a browser that cannot show it, and for files.

/** Puts `{ width, height, data }`, colours multiplied by their opacity, on the canvas of `pen`, a 2D context. */
export function show({ width, height, data }, pen) {
  const { canvas } = pen;
  // Setting an extent empties the canvas, so it is done only when it has to be.
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  pen.putImageData(new ImageData(divided(data), width, height), 0, 0);
}

/** Promises the same as a PNG. */
export function pngOf(pixels) {
  const canvas = new OffscreenCanvas(pixels.width, pixels.height);
  show(pixels, canvas.getContext('2d'));
  return canvas.convertToBlob({ type: 'image/png' });
}

/** Colours by themselves, as images in a page have them. */
function divided(data) {
  for (let at = 0; at < data.length; at += 4) {
    const opacity = data[at + 3];
    if (opacity === 0 || opacity === 255) continue;
    for (let part = at; part < at + 3; part += 1) data[part] = (data[part] * 255) / opacity;
  }
  return data;
}
