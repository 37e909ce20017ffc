// Conv2d whose channels are in groups: each output channel sums over the input channels of its own group only.
//
//   sum[n,y,x,o] = Σ(ky,kx,i) x[n, y·sy+ky-py, x·sx+kx-px, o/GROUP_OUTPUTS·GROUP_INPUTS + i] · weight[ky,kx,i,o], then the epilogue.
//
// Layouts: activations NHWC, weights [ky][kx][i][o] with i counted inside the group, both channel counts padded with zeros to
// multiples of four. One invocation computes 4 neighbouring pixels of 4 channels: groups are narrow, so that wider tiles would share
// few loads; every weight is used for four pixels.
// If the sizes of groups are multiples of four, the four channels belong to one group and are loaded as quads; otherwise each is
// loaded separately.
// Source: Xie et al. 2017 (ResNeXt), figure 3c; PyTorch torch.nn.Conv2d, groups.
//
// uses lib/invocation_id: linear_id
// uses lib/activation
// uses lib/epilogue
// uses lib/conv_params: params, store
// uses lib/conv_window: window_origin, tap_offset
// uses lib/weight_f32 or lib/weight_f16: weight_at

/// Channels per group.
override GROUP_INPUTS: u32 = 4;
override GROUP_OUTPUTS: u32 = 4;

@group(0) @binding(3) var<storage, read> x: array<vec4<f32>>;          // [n][iy][ix][i/4]

fn load(start: i32, quad: u32) -> vec4<f32> {
    return select(vec4<f32>(), x[u32(max(start, 0)) + quad], start >= 0);
}

fn channel(start: i32, at: u32) -> f32 {
    return load(start, at / 4u)[at % 4u];
}

/// Four channels with arbitrary indices.
fn gather(start: i32, at: vec4<u32>) -> vec4<f32> {
    return vec4<f32>(channel(start, at.x), channel(start, at.y), channel(start, at.z), channel(start, at.w));
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let n = params.out_quads;
    let tile = linear_id(id, groups);
    let quad = tile % n;
    let pixel = tile / n * 4u;
    if (pixel >= params.pixels) { return; }

    // Outside of the loops, because division is expensive. Indices of padding channels are clamped to x; their weights are zero.
    let p0 = window_origin(pixel);
    let p1 = window_origin(pixel + 1u);
    let p2 = window_origin(pixel + 2u);
    let p3 = window_origin(pixel + 3u);
    let outputs = vec4<u32>(quad * 4u) + vec4<u32>(0u, 1u, 2u, 3u);
    let inputs = outputs / GROUP_OUTPUTS * GROUP_INPUTS;
    let last = vec4<u32>(params.in_quads * 4u - 1u);
    let rows = (GROUP_INPUTS + 3u) / 4u * 4u;

    var s0 = vec4<f32>(); var s1 = vec4<f32>(); var s2 = vec4<f32>(); var s3 = vec4<f32>();
    var w = quad;
    for (var ky = 0u; ky < params.kernel_height; ky++) {
        for (var kx = 0u; kx < params.kernel_width; kx++) {
            let t0 = tap_offset(p0, ky, kx);
            let t1 = tap_offset(p1, ky, kx);
            let t2 = tap_offset(p2, ky, kx);
            let t3 = tap_offset(p3, ky, kx);
            if ((GROUP_INPUTS | GROUP_OUTPUTS) % 4u == 0u) {
                let first = min(inputs.x, last.x) / 4u;
                for (var i = 0u; i < GROUP_INPUTS / 4u; i++) {
                    let at = w + i * 4u * n;
                    let weights = mat4x4<f32>(weight_at(at), weight_at(at + n), weight_at(at + 2u * n), weight_at(at + 3u * n));
                    s0 += weights * load(t0, first + i);
                    s1 += weights * load(t1, first + i);
                    s2 += weights * load(t2, first + i);
                    s3 += weights * load(t3, first + i);
                }
            } else {
                for (var i = 0u; i < GROUP_INPUTS; i++) {
                    let weights = weight_at(w + i * n);
                    let at = min(inputs + i, last);
                    s0 += weights * gather(t0, at);
                    s1 += weights * gather(t1, at);
                    s2 += weights * gather(t2, at);
                    s3 += weights * gather(t3, at);
                }
            }
            w += rows * n;
        }
    }
    store(pixel, quad, 0u, s0);
    store(pixel + 1u, quad, 0u, s1);
    store(pixel + 2u, quad, 0u, s2);
    store(pixel + 3u, quad, 0u, s3);
}
