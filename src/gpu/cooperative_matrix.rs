//! Cooperative matrices, which `wgpu` calls experimental: asked for only with this crate's feature `cooperative-matrix`.

/// The side of the matrices in `f16`, summed in `f32`, that `shaders/conv2d_matrix.wgsl` is made for on this adapter.
#[cfg(all(feature = "cooperative-matrix", not(target_arch = "wasm32")))]
pub(super) fn side(adapter: &wgpu::Adapter) -> Option<usize> {
    let features = adapter.features();
    let needed = wgpu::Features::EXPERIMENTAL_COOPERATIVE_MATRIX | wgpu::Features::SHADER_F16;
    let info = adapter.get_info();
    // Only where a subgroup is as large as the kernel's workgroup and never of another size.
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

/// None: the feature is off, or a browser decides.
#[cfg(not(all(feature = "cooperative-matrix", not(target_arch = "wasm32"))))]
pub(super) fn side(_adapter: &wgpu::Adapter) -> Option<usize> {
    None
}

/// What a device must be asked for, to have them.
pub(super) fn features(side: Option<usize>) -> wgpu::Features {
    side.map_or(wgpu::Features::empty(), |_| wgpu::Features::EXPERIMENTAL_COOPERATIVE_MATRIX)
}

/// The consent that `wgpu` asks for.
#[cfg(all(feature = "cooperative-matrix", not(target_arch = "wasm32")))]
pub(super) fn consent() -> wgpu::ExperimentalFeatures {
    // SAFETY: what is experimental may have bugs that reach beyond the kernel. Whoever builds with the feature has chosen that; of
    // all such features the device is asked for this one only, and the kernel stays within its buffers.
    unsafe { wgpu::ExperimentalFeatures::enabled() }
}

/// No consent.
#[cfg(not(all(feature = "cooperative-matrix", not(target_arch = "wasm32"))))]
pub(super) fn consent() -> wgpu::ExperimentalFeatures {
    wgpu::ExperimentalFeatures::disabled()
}
