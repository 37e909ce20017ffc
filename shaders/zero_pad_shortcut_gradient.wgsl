// Option A shortcut, gradient: dx[n,y,x,c] = dy[n,y/stride,x/stride,c+before] where stride divides y and x, else 0.
//
// Layout: NHWC, channels padded with zeros to a multiple of four. One invocation computes four channels of one pixel of dx.
// Source: He et al. 2015, section 3.3, option A.
//
// uses lib/invocation_id: linear_id
// uses lib/output_position: output_position

struct Params {
    in_height: u32,
    in_width: u32,
    in_channels: u32,
    in_quads: u32,
    out_height: u32,
    out_width: u32,
    out_quads: u32,
    stride: u32,
    before: u32,
    quads: u32,       // of dx
}

@group(0) @binding(0) var<storage, read> dy: array<vec4<f32>>;         // [n][y/stride][x/stride][o/4]
@group(0) @binding(1) var<storage, read_write> dx: array<vec4<f32>>;   // [n][y][x][i/4]
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let at = linear_id(id, groups);
    if (at >= params.quads) { return; }
    let position = output_position(at, params.in_height, params.in_width, params.in_quads);
    let row = position.row / params.stride;
    let column = position.column / params.stride;
    let is_kept = (position.row == row * params.stride) & (position.column == column * params.stride);
    let first = ((position.image * params.out_height + row) * params.out_width + column) * params.out_quads;

    var value = vec4<f32>();
    for (var i = 0u; i < 4u; i++) {
        let channel = position.quad * 4u + i;
        if (is_kept & (channel < params.in_channels)) {
            let out_channel = channel + params.before;
            value[i] = dy[first + out_channel / 4u][out_channel % 4u];
        }
    }
    dx[at] = value;
}
