// Blur pooling: y[n,y,x,c] = Σ(iy,ix) weight(y,iy) · weight(x,ix) · x[n,iy,ix,c], the filter (1, 2, 1) / 4 with stride 2 in both directions.
//
// Layout: NHWC, channels padded to a multiple of four. One invocation computes four channels of one output pixel.
// Source: Zhang 2019, section 3.2; timm BlurPool2d.
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

@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;         // [n][iy][ix][c/4]
@group(0) @binding(1) var<storage, read_write> y: array<vec4<f32>>;   // [n][y][x][c/4]
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let at = linear_id(id, groups);
    if (at >= params.quads) { return; }
    let output = output_position(at, params.out_height, params.out_width, params.channel_quads);
    let top = max(2u * output.row, 1u) - 1u;
    let left = max(2u * output.column, 1u) - 1u;
    let bottom = min(2u * output.row + 2u, params.in_height);
    let right = min(2u * output.column + 2u, params.in_width);

    var sum = vec4<f32>();
    for (var iy = top; iy < bottom; iy++) {
        let line = (output.image * params.in_height + iy) * params.in_width;
        let weight = blur_weight(output.row, iy, params.in_height);
        for (var ix = left; ix < right; ix++) {
            sum += weight * blur_weight(output.column, ix, params.in_width) * x[(line + ix) * params.channel_quads + output.quad];
        }
    }
    y[at] = sum;
}
