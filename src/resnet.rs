//! The ResNet family: configuration, recognition by tensors, and graph.
//!
//! He, Zhang, Ren & Sun, *Deep Residual Learning for Image Recognition*, 2015 (arXiv 1512.03385), tables 1 and 6, figure 5;
//! `torchvision/models/resnet.py`. Included: wide ResNets (Zagoruyko & Komodakis 2016), ResNeXt (Xie et al. 2017), ResNet-C and -D
//! (He et al. 2019, arXiv 1812.01187), SE-ResNets (Hu et al. 2017, arXiv 1709.01507), group normalisation, anti-aliased
//! networks (Zhang 2019, arXiv 1904.11486). Node names are those of `torchvision.models.feature_extraction`.

mod build;
mod config;
mod infer;
mod unsupported;

pub use config::{AntiAlias, Block, Normalisation, ResNetConfig, Shortcut, Stem, StridePlacement};
