//! Winograd's F(m x m, 3x3): `shaders/winograd_input.wgsl`, `winograd_output.wgsl`, `winograd_weight.wgsl`.
//! Source: Lavin & Gray 2015, "Fast Algorithms for Convolutional Neural Networks", sections 4.1 and 4.2.

use super::convolution::Epilogue;
use super::pool::Map;
use crate::cpu::call::Call;
use crate::cpu::threads::for_parts;

/// `y = M x` of four channels, for a matrix with up to six columns.
type Lanes = [f32; 4];

/// Bᵀ of F(2,3) and F(4,3).
const INPUT_2: [[f32; 4]; 4] = [[1., 0., -1., 0.], [0., 1., 1., 0.], [0., -1., 1., 0.], [0., 1., 0., -1.]];
const INPUT_4: [[f32; 6]; 6] = [
    [4., 0., -5., 0., 1., 0.],
    [0., -4., -4., 1., 1., 0.],
    [0., 4., -4., -1., 1., 0.],
    [0., -2., -1., 2., 1., 0.],
    [0., 2., -1., -2., 1., 0.],
    [0., 4., 0., -5., 0., 1.],
];
/// Aᵀ.
const OUTPUT_2: [[f32; 4]; 2] = [[1., 1., 1., 0.], [0., 1., -1., -1.]];
const OUTPUT_4: [[f32; 6]; 4] =
    [[1., 1., 1., 1., 1., 0.], [0., 1., -1., 2., -2., 0.], [0., 1., 1., 4., 4., 0.], [0., 1., -1., 8., -8., 1.]];
/// G.
const WEIGHT_2: [[f32; 3]; 4] = [[1., 0., 0.], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0., 0., 1.]];
const WEIGHT_4: [[f32; 3]; 6] = [
    [1. / 4., 0., 0.],
    [-1. / 6., -1. / 6., -1. / 6.],
    [-1. / 6., 1. / 6., -1. / 6.],
    [1. / 24., 1. / 12., 1. / 6.],
    [1. / 24., -1. / 12., 1. / 6.],
    [0., 0., 1.],
];

/// `matrix · tile · matrixᵀ` for four channels.
fn transform<const TO: usize, const FROM: usize>(
    matrix: &[[f32; FROM]; TO],
    tile: &[[Lanes; FROM]; FROM],
) -> [[Lanes; TO]; TO] {
    let row = |row: &[Lanes; FROM]| {
        matrix.map(|factors| {
            let mut sum = [0.0; 4];
            for (factor, lanes) in factors.iter().zip(row) {
                for (sum, lane) in sum.iter_mut().zip(lanes) {
                    *sum += factor * lane;
                }
            }
            sum
        })
    };
    // Rows first; then the columns of the result are the rows of the transposed matrix.
    let rows = tile.each_ref().map(row);
    let columns: [[Lanes; TO]; TO] = std::array::from_fn(|column| row(&rows.map(|row| row[column])));
    std::array::from_fn(|at| columns.map(|column| column[at]))
}

fn lanes(values: &[f32]) -> Lanes {
    values.first_chunk().copied().unwrap_or_default()
}

/// Tiles of the output map.
struct Tiles {
    rows: usize,
    columns: usize,
    /// Of all images.
    count: usize,
}

impl Tiles {
    fn new(call: &Call<'_>) -> Self {
        let [rows, columns, count] = ["tile_rows", "tile_columns", "tiles"].map(|name| call.param(name));
        Self { rows, columns, count }
    }

    /// Image, row and column of a tile.
    fn place(&self, tile: usize) -> [usize; 3] {
        let rows = tile / self.columns;
        [rows / self.rows, rows % self.rows, tile % self.columns]
    }
}

pub(super) fn input(call: &mut Call<'_>) {
    match call.constant("OUTPUTS") {
        2 => input_of(call, &INPUT_2),
        _ => input_of(call, &INPUT_4),
    }
}

fn input_of<const SIDE: usize>(call: &mut Call<'_>, matrix: &[[f32; SIDE]; SIDE]) {
    let tiles = Tiles::new(call);
    let [height, width, channels] = [call.param("in_height"), call.param("in_width"), call.param("in_quads") * 4];
    let [padding_y, padding_x] = ["padding_y", "padding_x"].map(|name| call.param(name));
    let x = Map { values: call.read("x"), height, width, channels };
    let plane = tiles.count * channels;
    let v = &mut call.write("v")[..SIDE * SIDE * plane];
    for tile in 0..tiles.count {
        let [image, row, column] = tiles.place(tile);
        let [top, left] = [row, column].map(|at| at * (SIDE - 2));
        for quad in (0..channels).step_by(4) {
            let load = |y: usize, x_at: usize| {
                let iy = (top + y).checked_sub(padding_y).filter(|iy| *iy < height);
                let ix = (left + x_at).checked_sub(padding_x).filter(|ix| *ix < width);
                iy.zip(ix).map_or([0.0; 4], |(iy, ix)| lanes(&x.pixel(image, iy, ix)[quad..]))
            };
            let values = std::array::from_fn(|y| std::array::from_fn(|x_at| load(y, x_at)));
            for (at, lanes) in transform(matrix, &values).iter().flatten().enumerate() {
                v[at * plane + tile * channels + quad..][..4].copy_from_slice(lanes);
            }
        }
    }
}

pub(super) fn weight(call: &mut Call<'_>) {
    match call.constant("OUTPUTS") {
        2 => weight_of(call, &WEIGHT_2),
        _ => weight_of(call, &WEIGHT_4),
    }
}

fn weight_of<const SIDE: usize>(call: &mut Call<'_>, matrix: &[[f32; 3]; SIDE]) {
    let tap = call.param("quads") * 4;
    let (weight, u) = (call.read("weight"), call.write("u"));
    for quad in (0..tap).step_by(4) {
        let filter = std::array::from_fn(|ky| std::array::from_fn(|kx| lanes(&weight[(ky * 3 + kx) * tap + quad..])));
        for (at, lanes) in transform(matrix, &filter).iter().flatten().enumerate() {
            u[at * tap + quad..][..4].copy_from_slice(lanes);
        }
    }
}

pub(super) fn output(call: &mut Call<'_>) {
    match call.constant("OUTPUTS") {
        2 => output_of(call, &OUTPUT_2),
        _ => output_of(call, &OUTPUT_4),
    }
}

fn output_of<const SIDE: usize, const OUTPUTS: usize>(call: &mut Call<'_>, matrix: &[[f32; SIDE]; OUTPUTS]) {
    let (tiles, epilogue) = (Tiles::new(call), Epilogue::new(call));
    let [height, width, channels] = [call.param("map_height"), call.param("map_width"), call.param("out_quads") * 4];
    let (products, plane) = (call.read("products"), tiles.count * channels);
    let images = tiles.count / (tiles.rows * tiles.columns);
    let y = &mut call.write("y")[..images * height * width * channels];
    for tile in 0..tiles.count {
        let [image, row, column] = tiles.place(tile);
        for quad in (0..channels).step_by(4) {
            let load = |at: usize| lanes(&products[at * plane + tile * channels + quad..]);
            let values = std::array::from_fn(|y| std::array::from_fn(|x| load(y * SIDE + x)));
            for (at, lanes) in transform(matrix, &values).iter().flatten().enumerate() {
                let [y_at, x_at] = [row * OUTPUTS + at / OUTPUTS, column * OUTPUTS + at % OUTPUTS];
                if y_at < height && x_at < width {
                    y[((image * height + y_at) * width + x_at) * channels + quad..][..4].copy_from_slice(lanes);
                }
            }
        }
    }
    let work = y.len();
    for_parts(y, channels, work, |first, values| epilogue.apply(first, values));
}
