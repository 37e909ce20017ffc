//! Cooperative matrices, an experimental feature of `wgpu`: requested only with the crate's feature `cooperative-matrix`.

/// The side of the `f16` matrices with `f32` sums that `shaders/conv2d_matrix.wgsl` uses on this adapter.
#[cfg(all(feature = "cooperative-matrix", not(target_arch = "wasm32")))]
pub(super) fn side(adapter: &wgpu::Adapter) -> Option<usize> {
    let features = adapter.features();
    let needed = wgpu::Features::EXPERIMENTAL_COOPERATIVE_MATRIX | wgpu::Features::SHADER_F16;
    let info = adapter.get_info();
    // The kernel needs subgroups of exactly its workgroup's size.
    let lanes = (info.subgroup_min_size == info.subgroup_max_size).then_some(info.subgroup_max_size)?;
    let side = [(8, 8), (16, 32)].into_iter().find(|(_, subgroup)| *subgroup == lanes)?.0;
    let fits = |found: &wgpu::CooperativeMatrixProperties| {
        [found.m_size, found.n_size, found.k_size] == [side; 3]
            && found.ab_type == wgpu::CooperativeScalarType::F16
            && found.cr_type == wgpu::CooperativeScalarType::F32
    };
    let offered = features.contains(needed) && adapter.cooperative_matrix_properties().iter().any(fits);
    offered.then_some(side as usize)
}

/// `None` without the feature and in browsers.
#[cfg(not(all(feature = "cooperative-matrix", not(target_arch = "wasm32"))))]
pub(super) fn side(_adapter: &wgpu::Adapter) -> Option<usize> {
    None
}

/// The features that a device needs for matrices of this side.
pub(super) fn features(side: Option<usize>) -> wgpu::Features {
    side.map_or(wgpu::Features::empty(), |_| wgpu::Features::EXPERIMENTAL_COOPERATIVE_MATRIX)
}

/// The consent to experimental features that `wgpu` requires.
#[cfg(all(feature = "cooperative-matrix", not(target_arch = "wasm32")))]
pub(super) fn consent() -> wgpu::ExperimentalFeatures {
    // SAFETY: experimental features may have bugs that affect more than the kernel. Building with the feature accepts that. The
    // device is requested with this experimental feature only, and the kernel stays within its buffers.
    unsafe { wgpu::ExperimentalFeatures::enabled() }
}

/// No consent.
#[cfg(not(all(feature = "cooperative-matrix", not(target_arch = "wasm32"))))]
pub(super) fn consent() -> wgpu::ExperimentalFeatures {
    wgpu::ExperimentalFeatures::disabled()
}
