"""Make tests/golden/preprocess: what Pillow and torchvision make of small, awkward pictures.

resize/   pictures, and what torchvision's Resize + CenterCrop make of them (compared exactly)
decode/   one picture in many encodings, and the RGB pixels that they stand for
cases.json  the list of both

Needs: pip install numpy pillow torchvision
Run:   python tools/make_preprocess_golden.py
"""

import json
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps
from torchvision import transforms
from torchvision.transforms import InterpolationMode

GOLDEN = Path(__file__).parent.parent / "tests" / "golden" / "preprocess"
EXIF_ORIENTATION = 0x0112
ROUNDING = "16-bit samples are rounded to 8 bits, where Pillow cuts"
EXACT = "libjpeg-turbo's integer arithmetic"
IDCT = "decoders differ in the rounding of the inverse cosine transform, chroma upsampling and colour conversion"


def noise(width, height):
    """Every sample independent: each wrong weight or off-by-one shows."""
    seed = width * 1000 + height
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def rings(width, height):
    """Black and white edges at every angle and frequency: bicubic overshoots and is clipped everywhere."""
    y, x = np.mgrid[0:height, 0:width]
    radius = (x - width / 3) ** 2 + (y - height / 2) ** 2
    planes = [np.sin(radius * scale) > 0 for scale in (0.004, 0.002, 0.001)]
    return np.stack(planes, axis=-1).astype(np.uint8) * 255


RESIZE_INPUTS = {
    "dot": noise(1, 1),
    "speck": noise(3, 2),
    "portrait": noise(37, 61),
    "landscape": noise(97, 53),
    "square": noise(64, 64),
    "wide": noise(300, 7),
    "tall": noise(5, 211),
    "rings": rings(451, 300),
}

# input, interpolation, resize, crop
RESIZE_CASES = [
    ("dot", "bilinear", 8, 6),
    ("dot", "bicubic", 8, 9),
    ("speck", "bilinear", 9, 7),
    ("speck", "bicubic", 12, 12),
    ("portrait", "bilinear", 80, 61),
    ("portrait", "bicubic", 80, 64),
    ("portrait", "bilinear", 20, 17),
    ("portrait", "bicubic", 20, 16),
    ("portrait", "bilinear", 16, 21),
    ("portrait", "bicubic", 16, 40),
    ("landscape", "bilinear", 24, 19),
    ("landscape", "bicubic", 24, 20),
    ("landscape", "bilinear", 53, 46),
    ("landscape", "bilinear", 3, 3),
    ("square", "bilinear", 64, 64),
    ("square", "bicubic", 64, 57),
    ("square", "bilinear", 33, 33),
    ("wide", "bilinear", 32, 28),
    ("wide", "bicubic", 5, 4),
    ("tall", "bilinear", 10, 8),
    ("tall", "bicubic", 40, 35),
    ("rings", "bilinear", 146, 128),
    ("rings", "bilinear", 256, 224),
    ("rings", "bicubic", 232, 224),
]


def crop_box(width, height, resize, crop):
    """The crop in pixels of the source, from torchvision's two rules written out."""
    short, long = min(width, height), max(width, height)
    boxes = []
    for side in (width, height):
        resized = resize if side == short else int(resize * long / short)
        start = round((resized - crop) / 2) if crop <= resized else -((crop - resized) // 2)
        boxes.append((start * side / resized, crop * side / resized))
    (x, box_width), (y, box_height) = boxes
    return {"x": x, "y": y, "width": box_width, "height": box_height}


def make_resize_cases():
    folder = GOLDEN / "resize"
    folder.mkdir(parents=True, exist_ok=True)
    for name, pixels in RESIZE_INPUTS.items():
        save_png(Image.fromarray(pixels), folder / f"{name}.png")
    cases = []
    for name, interpolation, resize, crop in RESIZE_CASES:
        picture = Image.fromarray(RESIZE_INPUTS[name])
        mode = InterpolationMode(interpolation)
        see = transforms.Compose([transforms.Resize(resize, mode), transforms.CenterCrop(crop)])
        output = f"resize/{name}-{interpolation}-{resize}-{crop}.png"
        save_png(see(picture), GOLDEN / output)
        cases.append({
            "input": f"resize/{name}.png",
            "resize": resize,
            "interpolation": interpolation,
            "crop": crop,
            "output": output,
            "crop_box": crop_box(*picture.size, resize, crop),
        })
    return cases


def make_decode_cases():
    """Writes one small picture in every encoding that has to be read."""
    folder = GOLDEN / "decode"
    folder.mkdir(parents=True, exist_ok=True)
    # Smooth, so that chroma subsampling loses little, and different in all four corners.
    y, x = np.mgrid[0:20, 0:28]
    pixels = np.stack([x * 9, y * 12, 255 - x * 4 - y * 6], axis=-1).astype(np.uint8)
    rgb = Image.fromarray(pixels)
    alpha = Image.fromarray(((x * 31 + y * 17) % 256).astype(np.uint8))
    rgba = rgb.copy()
    rgba.putalpha(alpha)
    grey = rgb.convert("L")
    palette = rgb.quantize(32)
    cases = []

    def case(file, expected, tolerance=0, why="lossless"):
        output = f"decode/{file.replace('.', '-')}-expected.png"
        save_png(expected, GOLDEN / output)
        cases.append({"file": f"decode/{file}", "expected": output, "tolerance": tolerance, "why": why})

    def written(picture, file, **options):
        picture.save(folder / file, **options)
        return Image.open(folder / file)

    case("rgb.png", written(rgb, "rgb.png").convert("RGB"))
    case("rgba.png", written(rgba, "rgba.png").convert("RGB"))
    case("grey.png", written(grey, "grey.png").convert("RGB"))
    case("grey-alpha.png", written(Image.merge("LA", [grey, alpha]), "grey-alpha.png").convert("RGB"))
    case("palette.png", written(palette, "palette.png").convert("RGB"))
    case("palette-transparent.png", written(palette, "palette-transparent.png", transparency=3).convert("RGB"))
    case("one-bit.png", written(grey.convert("1"), "one-bit.png").convert("RGB"))

    deep = np.asarray(grey).astype(np.uint16) * 257
    written(Image.fromarray(deep), "grey16.png")
    case("grey16.png", grey.convert("RGB"), 1, ROUNDING)
    (folder / "rgb16.png").write_bytes(rgb16_png(x, y))
    case("rgb16.png", Image.open(folder / "rgb16.png").convert("RGB"), 1, ROUNDING)

    case("rgb.bmp", written(rgb, "rgb.bmp").convert("RGB"))
    case("rgb.tiff", written(rgb, "rgb.tiff", compression="tiff_lzw").convert("RGB"))
    case("palette.gif", written(palette, "palette.gif").convert("RGB"))
    case("palette-transparent.gif", written(palette, "palette-transparent.gif", transparency=3).convert("RGB"))
    case("lossless.webp", written(rgba, "lossless.webp", lossless=True, exact=True).convert("RGB"))
    case("lossy.webp", written(rgb, "lossy.webp", quality=90).convert("RGB"), 3, IDCT)

    def jpeg(file, picture, **options):
        case(file, written(picture, file, quality=95, **options).convert("RGB"), 0, EXACT)

    jpeg("rgb.jpg", rgb)
    jpeg("progressive.jpg", rgb, progressive=True)
    jpeg("grey.jpg", grey)
    # Odd sizes, whose last chroma samples cover less than a whole block.
    odd = rgb.crop((0, 0, 27, 19))
    for name, subsampling in [("444", 0), ("422", 1), ("420", 2)]:
        jpeg(f"odd-{name}.jpg", odd, subsampling=subsampling)
    jpeg("restart.jpg", rgb, subsampling=2, restart_marker_blocks=1)
    jpeg("cmyk.jpg", rgb.convert("CMYK"))
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[EXIF_ORIENTATION] = orientation
        file = f"orientation-{orientation}.jpg"
        turned = ImageOps.exif_transpose(written(rgb, file, quality=95, subsampling=0, exif=exif))
        case(file, turned.convert("RGB"), 0, EXACT)
    exif = Image.Exif()
    exif[EXIF_ORIENTATION] = 6
    case("orientation-6.png", ImageOps.exif_transpose(written(rgb, "orientation-6.png", exif=exif)).convert("RGB"))
    return cases


def rgb16_png(x, y):
    """A 16-bit RGB PNG, which Pillow reads but does not write."""
    import struct
    import zlib

    samples = np.stack([x * 2400 + 77, y * 3200 + 200, 65535 - x * 1000 - y * 1500], axis=-1).astype(">u2")
    rows = b"".join(b"\0" + row.tobytes() for row in samples)

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", x.shape[1], x.shape[0], 16, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")


def save_png(picture, path):
    picture.save(path, optimize=True)


def main():
    cases = {"resize": make_resize_cases(), "decode": make_decode_cases()}
    (GOLDEN / "cases.json").write_text(json.dumps(cases, indent=1) + "\n")


if __name__ == "__main__":
    main()
