// MaxPool2d: y[n,y,x,c] = max over (ky,kx) of x[n, y·sy+ky-py, x·sx+kx-px, c]; padding never wins.
//
// Layout: NHWC, channels padded to a multiple of four. One invocation, four channels of one output pixel; the window is cut
// to the map before the loop, so that no tap needs a test.
// Source: PyTorch torch.nn.MaxPool2d.

struct Extents {
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
@group(0) @binding(2) var<uniform> extents: Extents;

const LOWEST = vec4<f32>(-0x1.fffffep+127);

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let at = linear_id(id, groups);
    if (at >= extents.quads) { return; }
    let quad = at % extents.channel_quads;
    let pixel = at / extents.channel_quads;
    let column = pixel % extents.out_width;
    let rows = pixel / extents.out_width;
    let picture = rows / extents.out_height;
    let top = i32(rows % extents.out_height * extents.stride_y) - i32(extents.padding_y);
    let left = i32(column * extents.stride_x) - i32(extents.padding_x);
    let bottom = min(top + i32(extents.kernel_height), i32(extents.in_height));
    let right = min(left + i32(extents.kernel_width), i32(extents.in_width));

    var most = LOWEST;
    for (var iy = max(top, 0); iy < bottom; iy++) {
        let line = (picture * extents.in_height + u32(iy)) * extents.in_width;
        for (var ix = max(left, 0); ix < right; ix++) {
            most = max(most, x[(line + u32(ix)) * extents.channel_quads + quad]);
        }
    }
    y[at] = most;
}
