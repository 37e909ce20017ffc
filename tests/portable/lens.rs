//! Statistics and drawings of the GPU against the CPU references in `src/lens`: every colormap, scale and finish.

use crate::common::{Random, gpu, gpu_tests};
use resnet_lens::gpu::{Activation, Canvas, Drawing, Finish, Gpu, Painter, RenderStyle, StatisticsPass, ValueRange};
use resnet_lens::lens::{Colormap, ColourMapping, Legend, PixelRect, Scale, Statistics};
use resnet_lens::shape::Shape;
use resnet_lens::tensor::HostTensor;

/// Shapes with and without padding channels, and with pixel counts that are and are not multiples of 64.
const SHAPES: [Shape; 6] = [
    Shape::new(1, 64, 56, 56),
    Shape::new(1, 5, 9, 7),
    Shape::new(2, 6, 8, 8),
    Shape::new(1, 2048, 7, 7),
    Shape::new(1, 107, 1, 1),
    Shape::new(1, 1, 13, 20),
];

/// Random values. Every fifth channel has a large mean; in a rectified map every fifth channel is dead.
fn map(random: &mut Random, shape: Shape, rectified: bool) -> HostTensor {
    HostTensor::from_fn(shape, |_, c, _, _| {
        let value = random.uniform(-1.0, 2.0) * (c % 7 + 1) as f32;
        match c % 5 {
            3 if rectified => 0.0,
            4 => value + 1000.0,
            _ if rectified => value.max(0.0),
            _ => value,
        }
    })
}

/// The largest difference between two numbers, in units of `unit`.
fn relative_error(found: f32, expected: f32, unit: f32) -> f32 {
    (found - expected).abs() / unit.max(f32::MIN_POSITIVE)
}

fn check_statistics(what: &str, found: &Statistics, expected: &Statistics) {
    let (f, e) = (&found.channels, &expected.channels);
    assert_eq!((&f.min, &f.max), (&e.min, &e.max), "{what}: extremes are values of the map, not sums");
    for c in 0..e.mean.len() {
        let unit = e.mean[c].abs() + e.std[c];
        for (name, found, expected) in [("mean", f.mean[c], e.mean[c]), ("deviation", f.std[c], e.std[c])] {
            assert!(
                relative_error(found, expected, unit) <= 1e-5,
                "{what}: {name} of channel {c}: {found}, expected {expected}"
            );
        }
        assert!(relative_error(f.zeros[c], e.zeros[c], 1.0) <= 1e-6, "{what}: zeros of channel {c}");
    }
    let (f, e) = (&found.layer, &expected.layer);
    assert_eq!((f.min, f.max), (e.min, e.max), "{what}: extremes of the layer");
    let unit = e.mean.abs() + e.std;
    for (name, found, expected) in [("mean", f.mean, e.mean), ("deviation", f.std, e.std)] {
        assert!(
            relative_error(found, expected, unit) <= 1e-5,
            "{what}: {name} of the layer: {found}, expected {expected}"
        );
    }
    assert!(
        relative_error(f.zeros, e.zeros, 1.0) <= 1e-6,
        "{what}: zeros of the layer: {}, expected {}",
        f.zeros,
        e.zeros
    );
}

async fn computed(activation: &Activation) -> StatisticsPass {
    let statistics = StatisticsPass::new(activation).await.expect("a working device");
    statistics.run();
    statistics
}

/// The largest magnitude of the network in these tests.
const NETWORK_MAX: f32 = 7.5;

/// The expected legend of a channel's tile.
fn legend(statistics: &Statistics, channel: usize, scale: Scale) -> Legend {
    let (channels, layer) = (&statistics.channels, statistics.layer);
    let is_signed = layer.min < 0.0;
    match scale {
        Scale::Channel => Legend::new(channels.min[channel], channels.max[channel], is_signed),
        Scale::Layer => Legend::new(layer.min, layer.max, is_signed),
        Scale::Network => Legend::new(0.0, NETWORK_MAX.max(layer.min.abs()).max(layer.max.abs()), is_signed),
    }
}

/// Tiles that enlarge and reduce the map and extend beyond the canvas, with gaps between them.
fn tiles(channels: usize) -> Vec<(usize, PixelRect)> {
    let tile = |x, y, width, height| PixelRect { x, y, width, height };
    let rectangles =
        [tile(0, 0, 40, 30), tile(41, 2, 7, 5), tile(50, 3, 3, 20), tile(-4, 32, 20, 11), tile(20, 40, 13, 13)];
    rectangles.iter().enumerate().map(|(index, tile)| (index * 3 % channels, *tile)).collect()
}

const SIZE: [u32; 2] = [60, 50];

/// The expected canvas: premultiplied RGBA, 0 to 1.
fn expected(map: &HostTensor, statistics: &Statistics, style: &RenderStyle) -> Vec<[f32; 4]> {
    let mut pixels = vec![[0.0; 4]; (SIZE[0] * SIZE[1]) as usize];
    for (channel, tile) in tiles(map.shape().c) {
        let legend = legend(statistics, channel, style.colour.scale);
        for (row, column) in (0..tile.height).flat_map(|row| (0..tile.width).map(move |column| (row, column))) {
            let (x, y) = (tile.x + column as i32, tile.y + row as i32);
            if !(0..SIZE[0] as i32).contains(&x) || !(0..SIZE[1] as i32).contains(&y) {
                continue;
            }
            let (value, opacity) = match style.finish {
                Finish::SmoothOver => {
                    let value = tile.smooth_value(map, channel, column, row);
                    (value, style.opacity * legend.strength(value, style.colour.gamma).abs())
                }
                _ => (tile.value(map, channel, column, row), style.opacity),
            };
            let [red, green, blue] = style.colour.paint(value, legend).map(|component| component * opacity);
            pixels[(y * SIZE[0] as i32 + x) as usize] = [red, green, blue, opacity];
        }
    }
    pixels
}

/// The largest difference of a drawing from the expected canvas, in levels of 255.
async fn levels_apart(
    gpu: &Gpu,
    painter: &mut Painter,
    canvas: &mut Canvas,
    map: &HostTensor,
    style: RenderStyle,
) -> f32 {
    let activation = Activation::upload(gpu, map).await.expect("a working device");
    let statistics = computed(&activation).await;
    let expected = expected(map, &Statistics::reference(map), &style);
    let drawing =
        Drawing::of_channels(&activation, &statistics, &tiles(map.shape().c), style).expect("a valid drawing");
    painter.draw(canvas, SIZE, &drawing).await.expect("a working device");
    let found = canvas.pixels(gpu).await.expect("a hidden canvas").data;
    assert_eq!(found.len(), expected.len() * 4);
    let pairs = found.iter().zip(expected.as_flattened());
    pairs.map(|(found, expected)| (f32::from(*found) - expected * 255.0).abs()).fold(0.0, f32::max)
}

gpu_tests! {
    async fn statistics_match_the_reference() {
        let (gpu, mut random) = (gpu().await, Random::new(21));
        for shape in SHAPES {
            for rectified in [false, true] {
                let map = map(&mut random, shape, rectified);
                let activation = Activation::upload(&gpu, &map).await.expect("a working device");
                let found = computed(&activation).await.read().await.expect("a working device");
                check_statistics(&format!("{shape}, rectified {rectified}"), &found, &Statistics::reference(&map));
            }
        }
    }

    async fn pixels_and_bounds_are_read_alone() {
        // The tests of this program run at the same time and share a GPU, which counts the bytes of all of them.
        let gpu = crate::common::fresh_gpu().await;
        let map = map(&mut Random::new(22), Shape::new(1, 6, 5, 4), false);
        let activation = Activation::upload(&gpu, &map).await.expect("a working device");
        let before = gpu.bytes_read_back();
        let pixel = activation.read_pixel(3, 2).await.expect("a working device");
        assert_eq!(pixel, (0..6).map(|c| map.at(0, c, 3, 2)).collect::<Vec<_>>());
        assert_eq!(gpu.bytes_read_back() - before, 8 * 4, "eight channels with the padding");
        let reference = Statistics::reference(&map);
        let bounds = computed(&activation).await.read_bounds(Some(5)).await.expect("a working device");
        let channel = (reference.channels.min[5], reference.channels.max[5]);
        assert_eq!(bounds, [reference.layer.min, reference.layer.max, channel.0, channel.1]);
    }

    async fn tiles_match_the_reference() {
        let (gpu, mut random) = (gpu().await, Random::new(23));
        let mut painter = Painter::new(&gpu).await.expect("a working device");
        let mut canvas = Canvas::hidden();
        let range = HostTensor::from_fn(Shape::new(1, 1, 1, 1), |_, _, _, _| NETWORK_MAX);
        let range = Activation::upload(&gpu, &range).await.expect("a working device");
        let maps = [(Shape::new(1, 7, 9, 11), true), (Shape::new(1, 16, 28, 28), false)];
        let maps = maps.map(|(shape, rectified)| map(&mut random, shape, rectified));
        let mut worst = 0f32;
        for colormap in Colormap::ALL {
            for scale in [Scale::Channel, Scale::Layer, Scale::Network] {
                for (gamma, finish, opacity) in [(1.0, Finish::Crisp, 1.0), (0.4, Finish::Crisp, 1.0), (2.0, Finish::SmoothOver, 0.7)] {
                    for map in &maps {
                        let style = RenderStyle { colour: ColourMapping { colormap, scale, gamma }, finish, opacity, range: Some(ValueRange { of: range.clone(), at: 0 }) };
                        let difference = levels_apart(&gpu, &mut painter, &mut canvas, map, style).await;
                        assert!(difference <= 2.0, "{colormap:?} {scale:?} {gamma} {finish:?} {}: {difference} levels apart", map.shape());
                        worst = worst.max(difference);
                    }
                }
            }
        }
        println!("drawn tiles differ by at most {worst:.2} levels of 255 from the reference");
    }

    async fn invalid_drawings_are_errors() {
        let gpu = gpu().await;
        let map = map(&mut Random::new(24), Shape::new(1, 4, 5, 5), true);
        let activation = Activation::upload(&gpu, &map).await.expect("a working device");
        let statistics = computed(&activation).await;
        let valid = RenderStyle { colour: ColourMapping::default(), finish: Finish::Crisp, opacity: 1.0, range: None };
        let tile = PixelRect { x: 0, y: 0, width: 4, height: 4 };
        let message = |tiles: &[(usize, PixelRect)], style: RenderStyle| {
            Drawing::of_channels(&activation, &statistics, tiles, style).expect_err("invalid").to_string()
        };
        assert_eq!(message(&[(4, tile)], valid.clone()), "expected a channel below 4, found 4");
        assert_eq!(
            message(&[(0, PixelRect { width: 0, ..tile })], valid.clone()),
            "a tile: expected sides of 1 to 16384 pixels, found 0 x 4"
        );
        let gamma = RenderStyle { colour: ColourMapping { gamma: f32::NAN, ..valid.colour }, ..valid.clone() };
        assert_eq!(message(&[], gamma), "the colour mapping: expected a gamma of 0.25 to 4, found NaN");
        assert_eq!(message(&[], RenderStyle { opacity: 1.5, ..valid.clone() }), "the opacity: expected 0 to 1, found 1.5");
        let network = RenderStyle { colour: ColourMapping { scale: Scale::Network, ..valid.colour }, ..valid.clone() };
        assert!(message(&[], network).contains("scale of the network"));
        let drawing = Drawing::of_channels(&activation, &statistics, &[(0, tile)], valid).expect("a valid drawing");
        let mut painter = Painter::new(&gpu).await.expect("a working device");
        let message = painter.draw(&mut Canvas::hidden(), [0, 5], &drawing).await.expect_err("an empty canvas").to_string();
        assert!(message.starts_with("the canvas: expected sides of 1 to "), "{message}");
        assert!(Canvas::hidden().pixels(&gpu).await.is_err(), "no drawing");
    }
}
