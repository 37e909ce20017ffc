// MaxPool2d: y[n,y,x,c] = max over (ky,kx) of x[n, y·sy+ky-py, x·sx+kx-px, c]; padding is never the maximum.
//
// Layout: NHWC, channels padded to a multiple of four. One invocation computes four channels of one output pixel. The window
// is clipped to the map before the loop, so that no tap needs a bounds test.
// Source: PyTorch torch.nn.MaxPool2d.
//
// uses lib/invocation_id: linear_id
// uses lib/output_position: output_position

struct Params {
    in_height: u32,
    in_width: u32,
    out_height: u32,
    out_width: u32,
    kernel_height: u32,
    kernel_width: u32,
    stride_y: u32,
    stride_x: u32,
    padding_y: u32,
    padding_x: u32,
    channel_quads: u32,
    quads: u32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;         // [n][iy][ix][c/4]
@group(0) @binding(1) var<storage, read_write> y: array<vec4<f32>>;   // [n][y][x][c/4]
@group(0) @binding(2) var<uniform> params: Params;

const LOWEST = vec4<f32>(-0x1.fffffep+127);

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let at = linear_id(id, groups);
    if (at >= params.quads) { return; }
    let output = output_position(at, params.out_height, params.out_width, params.channel_quads);
    let top = i32(output.row * params.stride_y) - i32(params.padding_y);
    let left = i32(output.column * params.stride_x) - i32(params.padding_x);
    let bottom = min(top + i32(params.kernel_height), i32(params.in_height));
    let right = min(left + i32(params.kernel_width), i32(params.in_width));

    var most = LOWEST;
    for (var iy = max(top, 0); iy < bottom; iy++) {
        let line = (output.image * params.in_height + u32(iy)) * params.in_width;
        for (var ix = max(left, 0); ix < right; ix++) {
            most = max(most, x[(line + u32(ix)) * params.channel_quads + output.quad]);
        }
    }
    y[at] = most;
}
