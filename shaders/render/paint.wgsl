// Draws tiles on a canvas: values of an activation as colours.
//
//   strength = sign(s) |s|^gamma, s = (value - low) / (high - low) clamped to 0 … 1;
//   if the layer has a negative value: s = value / max(|low|, |high|) clamped to -1 … 1
//
// One instance per tile; values are read from the activation's buffer. The rules are those of `lens::Legend` and `lens::Tile` in
// Rust, against which the tests check this file. Colours are premultiplied by their opacity.

struct View {
    width: u32,
    height: u32,
    colormap: u32,
    signed_colormap: u32,
    sign_at: u32,    // index in bounds of the minimum that decides whether the layer is signed; NONE: it is not
    reach_at: u32,   // index in reach of the magnitude common to all layers; NONE: the tile has its own bounds
    gamma: f32,
    opacity: f32,
}

struct Tile {
    x: i32,
    y: i32,
    width: u32,
    height: u32,
    first: u32,     // index of its first value
    stride: u32,    // from one cell to the next
    columns: u32,
    rows: u32,
    low_at: u32,
    high_at: u32,
}

const NONE = 0xffffffffu;
const COLOURS = 256u;

@group(0) @binding(0) var<storage, read> values: array<f32>;
@group(0) @binding(1) var<storage, read> bounds: array<f32>;
@group(0) @binding(2) var<storage, read> reach: array<f32>;
@group(0) @binding(3) var<storage, read> colormaps: array<vec4<f32>>;   // [colormap][colour]
@group(0) @binding(4) var<storage, read> tiles: array<Tile>;
@group(0) @binding(5) var<uniform> view: View;

struct Corner {
    @builtin(position) position: vec4<f32>,
    @location(0) @interpolate(flat, either) tile: u32,
}

/// Two triangles per tile.
@vertex
fn corner(@builtin(vertex_index) vertex: u32, @builtin(instance_index) instance: u32) -> Corner {
    let tile = tiles[instance];
    let right = f32((0x1au >> vertex) & 1u);
    let below = f32((0x34u >> vertex) & 1u);
    let position = vec2<f32>(f32(tile.x), f32(tile.y)) + vec2<f32>(f32(tile.width) * right, f32(tile.height) * below);
    let size = vec2<f32>(f32(view.width), f32(view.height));
    let clip = position / size * 2.0 - 1.0;
    return Corner(vec4<f32>(clip.x, -clip.y, 0.0, 1.0), instance);
}

/// The position of a fragment in its tile.
fn pixel(tile: Tile, position: vec4<f32>) -> vec2<u32> {
    return vec2<u32>(vec2<i32>(floor(position.xy)) - vec2<i32>(tile.x, tile.y));
}

/// The range of cells that a pixel shows: first, and one after the last.
fn cells(pixel: u32, pixels: u32, cells: u32) -> vec2<u32> {
    let first = pixel * cells / pixels;
    return vec2<u32>(first, max(first + 1u, (pixel + 1u) * cells / pixels));
}

fn at(tile: Tile, row: u32, column: u32) -> f32 {
    return values[tile.first + (row * tile.columns + column) * tile.stride];
}

/// -1 … 1 in a signed layer, else 0 … 1.
fn strength(tile: Tile, value: f32, is_signed: bool) -> f32 {
    var low = bounds[tile.low_at];
    var high = bounds[tile.high_at];
    if (view.reach_at != NONE) {
        high = max(reach[view.reach_at], max(abs(low), abs(high)));
        low = 0.0;
    }
    if (is_signed) {
        high = max(abs(low), abs(high));
        low = 0.0;
    }
    if (high <= low) { return 0.0; }
    let share = clamp((value - low) / (high - low), select(0.0, -1.0, is_signed), 1.0);
    // pow(0, gamma) may be computed through log(0).
    if (share == 0.0) { return 0.0; }
    return sign(share) * pow(abs(share), view.gamma);
}

fn layer_is_signed() -> bool {
    if (view.sign_at == NONE) { return false; }
    return bounds[view.sign_at] < 0.0;
}

fn colour(strength: f32, is_signed: bool) -> vec3<f32> {
    let colormap = select(view.colormap, view.signed_colormap, is_signed) * COLOURS;
    let index = select(strength, 0.5 + 0.5 * strength, is_signed) * f32(COLOURS - 1u);
    let below = min(u32(index), COLOURS - 2u);
    return mix(colormaps[colormap + below].rgb, colormaps[colormap + below + 1u].rgb, index - f32(below));
}

/// Nearest cell where the tile is larger than the map, mean of the cells where it is smaller.
@fragment
fn crisp(in: Corner) -> @location(0) vec4<f32> {
    let tile = tiles[in.tile];
    let here = pixel(tile, in.position);
    let columns = cells(here.x, tile.width, tile.columns);
    let rows = cells(here.y, tile.height, tile.rows);
    var sum = 0.0;
    for (var row = rows.x; row < rows.y; row++) {
        for (var column = columns.x; column < columns.y; column++) {
            sum += at(tile, row, column);
        }
    }
    let value = sum / f32((rows.y - rows.x) * (columns.y - columns.x));
    let is_signed = layer_is_signed();
    return vec4<f32>(colour(strength(tile, value, is_signed), is_signed), 1.0) * view.opacity;
}

/// Bilinear between the centres of cells, with opacity proportional to strength: drawn over an image.
@fragment
fn smooth_over(in: Corner) -> @location(0) vec4<f32> {
    let tile = tiles[in.tile];
    let here = vec2<f32>(pixel(tile, in.position)) + 0.5;
    let map = vec2<f32>(f32(tile.columns), f32(tile.rows));
    let size = vec2<f32>(f32(tile.width), f32(tile.height));
    let cell = clamp(here * map / size - 0.5, vec2<f32>(), map - 1.0);
    let a = vec2<u32>(cell);
    let b = min(a + 1u, vec2<u32>(tile.columns - 1u, tile.rows - 1u));
    let share = fract(cell);
    let above = mix(at(tile, a.y, a.x), at(tile, a.y, b.x), share.x);
    let below = mix(at(tile, b.y, a.x), at(tile, b.y, b.x), share.x);
    let is_signed = layer_is_signed();
    let strong = strength(tile, mix(above, below, share.y), is_signed);
    return vec4<f32>(colour(strong, is_signed), 1.0) * (view.opacity * abs(strong));
}

/// Three values per cell as red, green and blue: zero is mid-grey, plus and minus the largest magnitude of the tile are full and black.
@fragment
fn coloured(in: Corner) -> @location(0) vec4<f32> {
    let tile = tiles[in.tile];
    let here = pixel(tile, in.position);
    let row = cells(here.y, tile.height, tile.rows).x;
    let column = cells(here.x, tile.width, tile.columns).x;
    let start = tile.first + (row * tile.columns + column) * tile.stride;
    let most = max(bounds[tile.high_at], 1e-30);
    let value = vec3<f32>(values[start], values[start + 1u], values[start + 2u]) / most;
    return vec4<f32>(0.5 + 0.5 * value, 1.0) * view.opacity;
}
