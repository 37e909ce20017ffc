//! Statistics of an activation: minimum, maximum, mean, standard deviation and share of zeros, per channel and for the layer.
//!
//! Sums of squares lose precision in channels whose mean is large. The GPU therefore computes the mean and the sum of squared
//! differences of every 64 pixels and merges them. Source: Chan, Golub & LeVeque 1983, equation 2.1.

use serde::Serialize;

use crate::kernel::{Dispatch, Kernel, UniformParams, bindings, params, wgsl};
use crate::shape::Shape;
use crate::tensor::HostTensor;

/// Pixels per invocation of the first kernel.
const PART: usize = 64;

/// Statistics per channel: minimum, maximum, mean, standard deviation, share of zeros.
const STATISTICS: usize = 5;

params!(struct PartsParams { pixels, channel_quads, threads });

static PARTS: Kernel = Kernel::new(
    "statistics_parts",
    wgsl!("statistics_parts", "invocation_id"),
    bindings!(x => parts),
    PartsParams::FIELDS,
);

params!(struct ChannelsParams { pixels, channel_quads });

static CHANNELS: Kernel = Kernel::new(
    "statistics_channels",
    wgsl!("statistics_channels", "invocation_id"),
    bindings!(parts => y),
    ChannelsParams::FIELDS,
);

params!(struct LayerParams { pixels, channel_quads, channels });

static LAYER: Kernel =
    Kernel::new("statistics_layer", wgsl!("statistics_layer", "invocation_id"), bindings!(=> y), LayerParams::FIELDS);

pub(super) static KERNELS: [&Kernel; 3] = [&PARTS, &CHANNELS, &LAYER];

/// What [`StatisticsLayout::dispatches`] bind.
#[derive(Debug, Clone, Copy)]
pub(crate) enum StatisticsBuffer {
    Activation,
    /// [`StatisticsLayout::parts_len`] values.
    Parts,
    /// [`StatisticsLayout::result_len`] values.
    Result,
}

/// The dispatches that compute the statistics of an activation, and the layout of their result.
///
/// The result is `[5][channels, padded to a multiple of four]`, then the five statistics of the layer, padded to eight.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StatisticsLayout {
    shape: Shape,
}

impl StatisticsLayout {
    /// The layout for an activation of this shape.
    pub fn new(shape: Shape) -> Self {
        Self { shape }
    }

    fn pixels(&self) -> usize {
        self.shape.n * self.shape.h * self.shape.w
    }

    fn stride(&self) -> usize {
        self.shape.channel_quads() * 4
    }

    /// The length of the intermediate buffer in `f32`.
    pub fn parts_len(&self) -> usize {
        self.pixels().div_ceil(PART) * STATISTICS * self.stride()
    }

    /// The length of the result in `f32`.
    pub fn result_len(&self) -> usize {
        self.layer_at() + 8
    }

    /// The positions of a channel's minimum and maximum in the result.
    pub fn channel_bounds_at(&self, channel: usize) -> [usize; 2] {
        [channel, self.stride() + channel]
    }

    /// The position of the layer's statistics in the result, minimum and maximum first.
    pub fn layer_at(&self) -> usize {
        STATISTICS * self.stride()
    }

    /// The three passes: parts of channels, channels, layer.
    pub fn dispatches(&self) -> [Dispatch<StatisticsBuffer>; 3] {
        use StatisticsBuffer::{Activation, Parts, Result};
        let (pixels, channel_quads, channels) = (self.pixels(), self.shape.channel_quads(), self.shape.c);
        let threads = pixels.div_ceil(PART) * channel_quads;
        let parts = PartsParams { pixels, channel_quads, threads };
        let layer = LayerParams { pixels, channel_quads, channels };
        [
            Dispatch::new(&PARTS, &parts, &[("x", Activation), ("parts", Parts)], threads),
            Dispatch::new(
                &CHANNELS,
                &ChannelsParams { pixels, channel_quads },
                &[("parts", Parts), ("y", Result)],
                channel_quads,
            ),
            Dispatch::new(&LAYER, &layer, &[("y", Result)], 1),
        ]
    }

    /// Parses the result of the dispatches: [`StatisticsLayout::result_len`] values.
    pub fn statistics(&self, values: &[f32]) -> Statistics {
        let row = |row: usize| values[row * self.stride()..][..self.shape.c].to_vec();
        let layer = &values[self.layer_at()..];
        Statistics {
            channels: ChannelStatistics { min: row(0), max: row(1), mean: row(2), std: row(3), zeros: row(4) },
            layer: LayerStatistics { min: layer[0], max: layer[1], mean: layer[2], std: layer[3], zeros: layer[4] },
        }
    }
}

/// Statistics of an activation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Statistics {
    /// Of each channel.
    pub channels: ChannelStatistics,
    /// Of all values.
    pub layer: LayerStatistics,
}

/// Statistics of each channel: every vector has one entry per channel.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ChannelStatistics {
    /// The smallest value.
    pub min: Vec<f32>,
    /// The largest value.
    pub max: Vec<f32>,
    /// The mean.
    pub mean: Vec<f32>,
    /// The sample standard deviation, divided by `count - 1` as in PyTorch's `std`; 0 for a single value.
    pub std: Vec<f32>,
    /// The share of zeros, 0 to 1.
    pub zeros: Vec<f32>,
}

/// Statistics of all values of a layer.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct LayerStatistics {
    /// The smallest value.
    pub min: f32,
    /// The largest value.
    pub max: f32,
    /// The mean.
    pub mean: f32,
    /// The sample standard deviation.
    pub std: f32,
    /// The share of zeros, 0 to 1.
    pub zeros: f32,
}

impl LayerStatistics {
    fn reference(values: impl Iterator<Item = f32> + Clone) -> Self {
        let count = values.clone().count() as f64;
        let mean = values.clone().map(f64::from).sum::<f64>() / count;
        let squares: f64 = values.clone().map(|value| (f64::from(value) - mean).powi(2)).sum();
        let zeros = values.clone().filter(|value| *value == 0.0).count() as f64;
        Self {
            min: values.clone().fold(f32::INFINITY, f32::min),
            max: values.fold(f32::NEG_INFINITY, f32::max),
            mean: mean as f32,
            std: (squares / (count - 1.0).max(1.0)).sqrt() as f32,
            zeros: (zeros / count) as f32,
        }
    }
}

impl Statistics {
    /// The CPU reference with sums in `f64`.
    pub fn reference(map: &HostTensor) -> Self {
        let Shape { n, c, h, w } = map.shape();
        let of_channel = |channel: usize| {
            let planes = (0..n).flat_map(move |image| &map.data()[(image * c + channel) * h * w..][..h * w]);
            LayerStatistics::reference(planes.copied())
        };
        let channels: Vec<LayerStatistics> = (0..c).map(of_channel).collect();
        let row = |statistic: fn(&LayerStatistics) -> f32| channels.iter().map(statistic).collect();
        Self {
            channels: ChannelStatistics {
                min: row(|s| s.min),
                max: row(|s| s.max),
                mean: row(|s| s.mean),
                std: row(|s| s.std),
                zeros: row(|s| s.zeros),
            },
            layer: LayerStatistics::reference(map.data().iter().copied()),
        }
    }
}
