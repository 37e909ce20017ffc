// AvgPool2d: y[n,y,x,c] = mean over (ky,kx) of x[n, y·side+ky, x·side+kx, c]; positions outside of the map do not count.
//
// Layout: NHWC, channels padded to a multiple of four. One invocation computes four channels of one output pixel.
// Source: PyTorch torch.nn.AvgPool2d(side, side, ceil_mode=True, count_include_pad=False).
//
// uses lib/invocation_id: linear_id
// uses lib/output_position: output_position

struct Params {
    in_height: u32,
    in_width: u32,
    out_height: u32,
    out_width: u32,
    side: u32,
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
    let top = output.row * params.side;
    let left = output.column * params.side;
    let bottom = min(top + params.side, params.in_height);
    let right = min(left + params.side, params.in_width);

    var sum = vec4<f32>();
    for (var iy = top; iy < bottom; iy++) {
        let line = (output.image * params.in_height + iy) * params.in_width;
        for (var ix = left; ix < right; ix++) {
            sum += x[(line + ix) * params.channel_quads + output.quad];
        }
    }
    y[at] = sum / f32((bottom - top) * (right - left));
}
