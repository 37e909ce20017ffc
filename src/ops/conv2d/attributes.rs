//! The attributes of a convolution, and which algorithms they permit.

use crate::ops::Window;

/// `torch.nn.Conv2d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conv2d {
    /// Channels of the input.
    pub in_channels: usize,
    /// Channels of the output: the number of filters.
    pub out_channels: usize,
    /// Kernel, stride and padding.
    pub window: Window,
    /// The number of groups that input and output channels are split into; 1 except in ResNeXt.
    pub groups: usize,
    /// Whether a learned bias is added to each output channel.
    pub bias: bool,
}

impl Conv2d {
    /// Input channels per group.
    pub(super) fn group_inputs(&self) -> usize {
        self.in_channels / self.groups
    }

    /// Whether cooperative matrices of this side cover its channels without remainder.
    pub(super) fn fills_matrices(&self, side: usize) -> bool {
        let whole = self.in_channels.is_multiple_of(2 * side) && self.out_channels.is_multiple_of(4 * side);
        whole && self.groups == 1 && matches!(side, 8 | 16)
    }

    /// Whether Winograd's F(m x m, 3x3) applies.
    pub(super) fn is_winograd(&self) -> bool {
        self.window.kernel == [3, 3] && self.window.stride == [1, 1]
    }
}
