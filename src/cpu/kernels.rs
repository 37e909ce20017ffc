//! The functions by the names of their kernels.

mod blur;
mod convolution;
mod elementwise;
mod gate;
mod gradient;
mod group_norm;
mod lens;
mod matrix;
mod pool;
mod resize;
mod shortcut;
mod statistics;
mod thumbnails;

use super::call::Call;
use crate::kernel::Kernel;

type Function = fn(&mut Call<'_>);

/// By [`Kernel::name`]. Kernels that only GPUs use are missing: `conv2d_matrix`, `conv2d_pair`, `conv2d_reduce`, `conv2d_rows`,
/// `conv2d_scalar`, `conv2d_tiled`, `linear_pooled`, `winograd_input`, `winograd_output`, `winograd_scalar`, `winograd_weight`.
static FUNCTIONS: &[(&str, Function)] = &[
    ("add", elementwise::add),
    ("avgpool", pool::average),
    ("avgpool2d", pool::average_window),
    ("avgpool_gradient", pool::average_gradient),
    ("batchnorm2d", elementwise::norm),
    ("batchnorm2d_gradient", elementwise::norm_gradient),
    ("blurpool2d", blur::pool),
    ("blurpool2d_gradient", blur::gradient),
    ("channel", lens::channel),
    ("channel_gate", gate::gate),
    ("channel_gate_gradient", gate::gate_gradient),
    ("class_map", lens::class_map),
    ("conv2d", convolution::plain),
    ("conv2d_grouped", convolution::grouped),
    ("conv2d_phases", gradient::phases),
    ("conv2d_turn", gradient::turn),
    ("grad_cam", lens::grad_cam),
    ("groupnorm", group_norm::normalise),
    ("groupnorm_gradient", group_norm::gradient),
    ("groupnorm_gradient_means", group_norm::gradient_means),
    ("groupnorm_statistics", group_norm::statistics),
    ("interleave", gradient::interleave),
    ("linear", matrix::linear),
    ("linear_gradient", matrix::linear_gradient),
    ("maxpool2d", pool::maximum),
    ("maxpool2d_gradient", pool::maximum_gradient),
    ("one_hot", gradient::one_hot),
    ("relu", elementwise::relu),
    ("relu_gradient", elementwise::relu_gradient),
    ("residual_sums", lens::residual_sums),
    ("resize_horizontal", resize::horizontal),
    ("resize_vertical", resize::vertical),
    ("scale", elementwise::scale),
    ("silu", elementwise::silu),
    ("silu_gradient", elementwise::silu_gradient),
    ("softmax", matrix::softmax),
    ("softmax_gradient", matrix::softmax_gradient),
    ("spread", gradient::spread),
    ("statistics_channels", statistics::channels),
    ("statistics_layer", statistics::layer),
    ("statistics_parts", statistics::parts),
    ("thumbnail", thumbnails::cells),
    ("thumbnail_bounds", thumbnails::bounds),
    ("thumbnail_lines", thumbnails::lines),
    ("zero_pad_shortcut", shortcut::zero_pad),
    ("zero_pad_shortcut_gradient", shortcut::zero_pad_gradient),
];

/// A kernel and its function.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    pub kernel: &'static Kernel,
    pub function: Function,
}

/// The kernel with this [`Kernel::label`] and its function.
pub(crate) fn find(label: &str) -> Option<Entry> {
    let declared = [crate::ops::kernels(), crate::lens::kernels(), crate::plan::kernels()];
    let kernel = declared.into_iter().flatten().find(|kernel| kernel.label() == label)?;
    let (_, function) = FUNCTIONS.iter().find(|(name, _)| *name == kernel.name)?;
    Some(Entry { kernel, function: *function })
}

/// Whether a kernel has a function.
pub fn has_function(kernel: &Kernel) -> bool {
    FUNCTIONS.iter().any(|(name, _)| *name == kernel.name)
}
