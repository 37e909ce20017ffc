// Layout of the image view. Pure arithmetic in CSS pixels.

/** Largest display size of one image pixel, so that tiny images do not fill the view. */
const LARGEST_PIXEL = 64;
/** Smallest display width and height of an image. */
const THINNEST = 2;
/** A crop displayed smaller than this is shown again, enlarged, next to the image. */
const SMALLEST_CROP = 40;
const LOUPE = 260;

/**
 * Returns `{ frame, crop, loupe }`, rectangles `{ x, y, width, height }` in the box: the whole image, the crop on it (null without
 * `crop`) and the enlarged crop (null if the crop is large enough).
 */
export function layOut(image, crop, box) {
  const scale = Math.min(box.width / image.width, box.height / image.height, LARGEST_PIXEL);
  const frame = {
    width: Math.max(THINNEST, image.width * scale),
    height: Math.max(THINNEST, image.height * scale),
  };
  const small = crop && Math.min(crop.width, crop.height) * scale < SMALLEST_CROP;
  const flat = image.width >= image.height;
  const side = small ? Math.min(LOUPE, box.width * 0.6, box.height * 0.6) : 0;
  const gap = side / 4;
  const taken = small ? side + gap : 0;
  frame.x = (box.width - frame.width - (flat ? 0 : taken)) / 2;
  frame.y = (box.height - frame.height - (flat ? taken : 0)) / 2;
  const loupe = !small ? null : flat
    ? { x: (box.width - side) / 2, y: frame.y + frame.height + gap, width: side, height: side }
    : { x: frame.x + frame.width + gap, y: (box.height - side) / 2, width: side, height: side };
  return { frame, crop: crop && within(frame, image, crop), loupe };
}

function within(frame, image, crop) {
  return {
    x: frame.x + (crop.x / image.width) * frame.width,
    y: frame.y + (crop.y / image.height) * frame.height,
    width: (crop.width / image.width) * frame.width,
    height: (crop.height / image.height) * frame.height,
  };
}
