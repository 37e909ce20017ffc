// Split-K, second step: y = epilogue(Σ(slice) part[slice]).
//
// Layouts: NHWC, channels padded to a multiple of four. One invocation computes four channels of one output pixel.
// Source: split-K, as in NVIDIA CUTLASS' "Efficient GEMM in CUDA", section "Parallelized reductions".
//
// uses lib/invocation_id: linear_id
// uses lib/activation
// uses lib/epilogue: channel_epilogue, epilogue

struct Params {
    out_quads: u32,
    quads: u32,      // of the whole output; also the stride of slices
    slices: u32,
    epilogue: u32,   // flags: see lib/epilogue
}

@group(0) @binding(3) var<storage, read> parts: array<vec4<f32>>;      // [slice][n][y][x][o/4]
@group(0) @binding(4) var<storage, read_write> y: array<vec4<f32>>;    // [n][y][x][o/4]
@group(0) @binding(5) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let at = linear_id(id, groups);
    if (at >= params.quads) { return; }
    var sum = vec4<f32>();
    for (var slice = 0u; slice < params.slices; slice++) {
        sum += parts[slice * params.quads + at];
    }
    y[at] = epilogue(sum, channel_epilogue(at % params.out_quads, params.out_quads), at);
}
