// Blur pooling, gradient: dx[n,iy,ix,c] = Σ(y,x) weight(y,iy) · weight(x,ix) · dy[n,y,x,c].
//
// Layout: NHWC, channels padded to a multiple of four. One invocation computes four channels of one input pixel, which at most two
// rows and two columns of the output depend on.
// Source: the transposed sum; Zhang 2019, section 3.2.
//
// uses lib/invocation_id: linear_id
// uses lib/output_position: output_position
// uses lib/blur_weight: blur_weight

struct Params {
    in_height: u32,
    in_width: u32,
    out_height: u32,
    out_width: u32,
    channel_quads: u32,
    quads: u32,
}

@group(0) @binding(0) var<storage, read> dy: array<vec4<f32>>;         // [n][y][x][c/4]
@group(0) @binding(1) var<storage, read_write> dx: array<vec4<f32>>;   // [n][iy][ix][c/4]
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let at = linear_id(id, groups);
    if (at >= params.quads) { return; }
    let input = output_position(at, params.in_height, params.in_width, params.channel_quads);
    let bottom = min((input.row + 1u) / 2u + 1u, params.out_height);
    let right = min((input.column + 1u) / 2u + 1u, params.out_width);

    var sum = vec4<f32>();
    for (var y = (max(input.row, 1u) - 1u) / 2u; y < bottom; y++) {
        let line = (input.image * params.out_height + y) * params.out_width;
        let weight = blur_weight(y, input.row, params.in_height);
        for (var x = (max(input.column, 1u) - 1u) / 2u; x < right; x++) {
            sum += weight * blur_weight(x, input.column, params.in_width) * dy[(line + x) * params.channel_quads + input.quad];
        }
    }
    dx[at] = sum;
}
