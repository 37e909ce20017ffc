// Where things go in the picture view. Pure arithmetic in CSS pixels.

/** One picture pixel never grows beyond this: a 1×1 picture is a swatch, not a wall. */
const LARGEST_PIXEL = 64;
/** Nothing is drawn thinner, however long the strip. */
const THINNEST = 2;
/** A crop drawn smaller than this is repeated enlarged beside the picture. */
const SMALLEST_CROP = 40;
const LOUPE = 260;

/**
 * `{ frame, crop, loupe }`, rectangles `{ x, y, width, height }` in the box: the whole picture, the
 * crop on it (null without `crop`), and its enlargement (null where the crop is large enough).
 */
export function layOut(picture, crop, box) {
  const scale = Math.min(box.width / picture.width, box.height / picture.height, LARGEST_PIXEL);
  const frame = {
    width: Math.max(THINNEST, picture.width * scale),
    height: Math.max(THINNEST, picture.height * scale),
  };
  const small = crop && Math.min(crop.width, crop.height) * scale < SMALLEST_CROP;
  const flat = picture.width >= picture.height;
  const side = small ? Math.min(LOUPE, box.width * 0.6, box.height * 0.6) : 0;
  const gap = side / 4;
  const taken = small ? side + gap : 0;
  frame.x = (box.width - frame.width - (flat ? 0 : taken)) / 2;
  frame.y = (box.height - frame.height - (flat ? taken : 0)) / 2;
  const loupe = !small ? null : flat
    ? { x: (box.width - side) / 2, y: frame.y + frame.height + gap, width: side, height: side }
    : { x: frame.x + frame.width + gap, y: (box.height - side) / 2, width: side, height: side };
  return { frame, crop: crop && within(frame, picture, crop), loupe };
}

function within(frame, picture, crop) {
  return {
    x: frame.x + (crop.x / picture.width) * frame.width,
    y: frame.y + (crop.y / picture.height) * frame.height,
    width: (crop.width / picture.width) * frame.width,
    height: (crop.height / picture.height) * frame.height,
  };
}
