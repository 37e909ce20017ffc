//! Colormaps: from a number between 0 and 1 to a colour.
//!
//! Viridis and Magma: Smith & van der Walt 2015, from matplotlib, CC0. Cividis: Nuñez, Anderton & Renslow 2018, designed for
//! readers with red-green colour blindness. The lightness of all three increases evenly. The tables hold every fifth of the 256
//! published colours. Diverging: Brewer's eleven-class RdBu, ColorBrewer 2.0, Apache-2.0, reversed: blue below zero and red above;
//! safe for colour-blind readers.

use serde::{Deserialize, Serialize};

/// The number of colours in a colormap's table.
pub const COLORMAP_SIZE: usize = 256;

/// A colormap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Colormap {
    /// Dark violet over green to yellow.
    Viridis,
    /// Black over magenta to cream.
    Magma,
    /// Dark blue over grey to yellow.
    Cividis,
    /// Black to white.
    Grey,
    /// Blue over white to red; white is zero.
    Diverging,
}

impl Colormap {
    /// All colormaps, in the order of the table on the GPU.
    pub const ALL: [Self; 5] = [Self::Viridis, Self::Magma, Self::Cividis, Self::Grey, Self::Diverging];

    /// Evenly spaced colours from 0 to 1, `0xRRGGBB` in sRGB.
    const fn anchors(self) -> &'static [u32] {
        match self {
            Self::Viridis => &VIRIDIS,
            Self::Magma => &MAGMA,
            Self::Cividis => &CIVIDIS,
            Self::Grey => &[0x000000, 0xffffff],
            Self::Diverging => &RED_BLUE,
        }
    }

    /// Evenly spaced colours from 0 to 1: sRGB, components from 0 to 1.
    pub fn table(self) -> [[f32; 3]; COLORMAP_SIZE] {
        let anchors: Vec<[f32; 3]> = self.anchors().iter().map(|colour| unpack(*colour)).collect();
        std::array::from_fn(|index| blend(&anchors, index as f32 / (COLORMAP_SIZE - 1) as f32))
    }
}

fn unpack(colour: u32) -> [f32; 3] {
    let [_, red, green, blue] = colour.to_be_bytes();
    [red, green, blue].map(|component| f32::from(component) / 255.0)
}

/// Interpolates `colours`, evenly spaced from 0 to 1, linearly at `t`.
pub(super) fn blend(colours: &[[f32; 3]], t: f32) -> [f32; 3] {
    let position = t * (colours.len() - 1) as f32;
    let below = (position as usize).min(colours.len() - 2);
    let share = position - below as f32;
    let [from, to] = [colours[below], colours[below + 1]];
    std::array::from_fn(|component| from[component] + share * (to[component] - from[component]))
}

#[rustfmt::skip]
const VIRIDIS: [u32; 52] = [
    0x440154, 0x46085c, 0x471063, 0x481769, 0x481d6f, 0x482475, 0x472a7a, 0x46307e, 0x453781,
    0x433d84, 0x414287, 0x3f4889, 0x3d4e8a, 0x3a538b, 0x38598c, 0x355e8d, 0x33638d, 0x31688e,
    0x2e6d8e, 0x2c718e, 0x2a768e, 0x297b8e, 0x27808e, 0x25848e, 0x23898e, 0x218e8d, 0x20928c,
    0x1f978b, 0x1e9c89, 0x1fa188, 0x21a585, 0x24aa83, 0x28ae80, 0x2eb37c, 0x35b779, 0x3dbc74,
    0x46c06f, 0x50c46a, 0x5ac864, 0x65cb5e, 0x70cf57, 0x7cd250, 0x89d548, 0x95d840, 0xa2da37,
    0xb0dd2f, 0xbddf26, 0xcae11f, 0xd8e219, 0xe5e419, 0xf1e51d, 0xfde725,
];

#[rustfmt::skip]
const MAGMA: [u32; 52] = [
    0x000004, 0x02020b, 0x050416, 0x090720, 0x0e0b2b, 0x140e36, 0x1a1042, 0x21114e, 0x29115a,
    0x311165, 0x390f6e, 0x420f75, 0x4a1079, 0x52137c, 0x5a167e, 0x621980, 0x6a1c81, 0x721f81,
    0x792282, 0x812581, 0x892881, 0x912b81, 0x992d80, 0xa1307e, 0xaa337d, 0xb2357b, 0xba3878,
    0xc23b75, 0xca3e72, 0xd2426f, 0xd9466b, 0xe04c67, 0xe75263, 0xec5860, 0xf1605d, 0xf4695c,
    0xf7725c, 0xf97b5d, 0xfb8560, 0xfc8e64, 0xfd9869, 0xfea16e, 0xfeaa74, 0xfeb47b, 0xfebd82,
    0xfec68a, 0xfecf92, 0xfed89a, 0xfde2a3, 0xfdebac, 0xfcf4b6, 0xfcfdbf,
];

#[rustfmt::skip]
const CIVIDIS: [u32; 52] = [
    0x00224e, 0x002656, 0x002a5f, 0x002d68, 0x003070, 0x083370, 0x163770, 0x203a6f, 0x273e6e,
    0x2e416d, 0x34456c, 0x3a486c, 0x3f4c6c, 0x444f6c, 0x49536c, 0x4e566c, 0x535a6d, 0x575d6d,
    0x5c616e, 0x60646f, 0x656870, 0x696b71, 0x6d6f72, 0x727274, 0x767676, 0x7a7a78, 0x7e7d78,
    0x838179, 0x888578, 0x8d8878, 0x928c78, 0x969077, 0x9b9476, 0xa09875, 0xa59c74, 0xaaa073,
    0xafa471, 0xb5a86f, 0xbaac6d, 0xbfb06b, 0xc4b468, 0xc9b965, 0xcfbd62, 0xd4c15f, 0xdac65b,
    0xdfca57, 0xe5cf52, 0xead34c, 0xf0d846, 0xf6dd3f, 0xfce236, 0xfee838,
];

#[rustfmt::skip]
const RED_BLUE: [u32; 11] = [
    0x053061, 0x2166ac, 0x4393c3, 0x92c5de, 0xd1e5f0, 0xf7f7f7, 0xfddbc7, 0xf4a582, 0xd6604d, 0xb2182b, 0x67001f,
];
