// Tiles of a canvas: values of an activation as colours.
//
//   strength = sign(s) |s|^gamma, s = (value - low) / (high - low) cut to 0 … 1
//   where the layer has a negative value: s = value / max(|low|, |high|) cut to -1 … 1
//
// One instance, one tile; the values are read where the network left them. The rules are those of `lens::Legend` and
// `lens::Tile` in Rust, which the tests hold this against. Colours are multiplied by their opacity.

struct View {
    width: u32,
    height: u32,
    colormap: u32,
    signed_colormap: u32,
    sign_at: u32,    // where in bounds the minimum stands that tells whether the layer is signed; NONE: it is not
    reach_at: u32,   // where in reach the magnitude common to all layers stands; NONE: the tile's own bounds count
    gamma: f32,
    opacity: f32,
}

struct Tile {
    x: i32,
    y: i32,
    width: u32,
    height: u32,
    first: u32,     // where its first value stands
    stride: u32,    // from a cell to the next
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

/// Two triangles a tile.
@vertex
fn corner(@builtin(vertex_index) vertex: u32, @builtin(instance_index) instance: u32) -> Corner {
    let tile = tiles[instance];
    let right = f32((0x1au >> vertex) & 1u);
    let below = f32((0x34u >> vertex) & 1u);
    let place = vec2<f32>(f32(tile.x), f32(tile.y)) + vec2<f32>(f32(tile.width) * right, f32(tile.height) * below);
    let size = vec2<f32>(f32(view.width), f32(view.height));
    let clip = place / size * 2.0 - 1.0;
    return Corner(vec4<f32>(clip.x, -clip.y, 0.0, 1.0), instance);
}

/// The pixel of the tile that a fragment is.
fn pixel(tile: Tile, position: vec4<f32>) -> vec2<u32> {
    return vec2<u32>(vec2<i32>(floor(position.xy)) - vec2<i32>(tile.x, tile.y));
}

/// First cell that a pixel shows, and the one after the last.
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
    // The power of zero goes through an infinite logarithm.
    if (share == 0.0) { return 0.0; }
    return sign(share) * pow(abs(share), view.gamma);
}

fn layer_is_signed() -> bool {
    if (view.sign_at == NONE) { return false; }
    return bounds[view.sign_at] < 0.0;
}

fn colour(strength: f32, is_signed: bool) -> vec3<f32> {
    let colormap = select(view.colormap, view.signed_colormap, is_signed) * COLOURS;
    let place = select(strength, 0.5 + 0.5 * strength, is_signed) * f32(COLOURS - 1u);
    let below = min(u32(place), COLOURS - 2u);
    return mix(colormaps[colormap + below].rgb, colormaps[colormap + below + 1u].rgb, place - f32(below));
}

/// Cells as they are: crisp where the tile is larger than the map, their mean where it is smaller.
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

/// Bilinear between the centres of the cells, and the more transparent the weaker: to be laid over an image.
@fragment
fn smooth_over(in: Corner) -> @location(0) vec4<f32> {
    let tile = tiles[in.tile];
    let here = vec2<f32>(pixel(tile, in.position)) + 0.5;
    let extent = vec2<f32>(f32(tile.columns), f32(tile.rows));
    let size = vec2<f32>(f32(tile.width), f32(tile.height));
    let place = clamp(here * extent / size - 0.5, vec2<f32>(), extent - 1.0);
    let a = vec2<u32>(place);
    let b = min(a + 1u, vec2<u32>(tile.columns - 1u, tile.rows - 1u));
    let share = fract(place);
    let above = mix(at(tile, a.y, a.x), at(tile, a.y, b.x), share.x);
    let below = mix(at(tile, b.y, a.x), at(tile, b.y, b.x), share.x);
    let is_signed = layer_is_signed();
    let strong = strength(tile, mix(above, below, share.y), is_signed);
    return vec4<f32>(colour(strong, is_signed), 1.0) * (view.opacity * abs(strong));
}

/// Three values a cell as red, green and blue: zero is grey, the largest magnitude of the tile black or full.
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
