// Conv2d, weights for its input gradient with a stride: turned[j][k][o][phase][i] = weight[tap_y][tap_x][i][o], zero where a phase has
// no such tap. Row stride·q + r of the map takes tap rest + stride·t from row q + whole - t of dy, where whole and rest are the quotient
// and the remainder of (r + padding) / stride; tap j of the convolution of dy is at row q + first + j.
//
// Layouts: weight [ky][kx][i][o], turned [j][k][o][phase][i], all channel counts padded with zeros to multiples of four. One invocation
// computes four neighbouring input channels. Once per network, so each value is read alone.
// Source: Shi et al. 2016 (arXiv 1609.05158), section 3; Dumoulin & Visin 2016, section 4.
//
// uses lib/invocation_id: linear_id
// uses lib/weight_f32 or lib/weight_f16: weight_at

struct Params {
    kernel_height: u32,   // of the forward operator
    kernel_width: u32,
    stride_y: u32,
    stride_x: u32,
    padding_y: u32,
    padding_x: u32,
    rows: u32,            // of turned
    columns: u32,
    first_y: u32,         // of an i32
    first_x: u32,
    inputs: u32,          // channels of the forward operator, without padding
    outputs: u32,
    quads: u32,           // of turned
}

@group(0) @binding(5) var<storage, read_write> turned: array<vec4<f32>>;   // [j][k][o][phase][i/4]
@group(0) @binding(6) var<uniform> params: Params;

/// The tap of the forward operator at `place` of a phase; -1 where there is none.
fn tap_of(phase: u32, place: u32, stride: u32, padding: u32, first: u32, kernel: u32) -> i32 {
    let whole = i32((phase + padding) / stride);
    let t = whole - bitcast<i32>(first) - i32(place);
    let tap = i32((phase + padding) % stride) + i32(stride) * t;
    return select(-1, tap, (t >= 0) & (tap < i32(kernel)));
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let at = linear_id(id, groups);
    if (at >= params.quads) { return; }
    let in_quads = (params.inputs + 3u) / 4u;
    let out_quads = (params.outputs + 3u) / 4u;
    let phases = params.stride_y * params.stride_x;
    let phase = at / in_quads % phases;
    let output = at / in_quads / phases % (out_quads * 4u);
    let place = at / in_quads / phases / (out_quads * 4u);
    let tap_y = tap_of(phase / params.stride_x, place / params.columns, params.stride_y, params.padding_y, params.first_y, params.kernel_height);
    let tap_x = tap_of(phase % params.stride_x, place % params.columns, params.stride_x, params.padding_x, params.first_x, params.kernel_width);
    var value = vec4<f32>();
    if ((tap_y >= 0) & (tap_x >= 0) & (output < params.outputs)) {
        let tap = u32(tap_y) * params.kernel_width + u32(tap_x);
        for (var lane = 0u; lane < 4u; lane++) {
            let i = at % in_quads * 4u + lane;
            if (i < params.inputs) {
                value[lane] = weight_at((tap * in_quads * 4u + i) * out_quads + output / 4u)[output % 4u];
            }
        }
    }
    turned[at] = value;
}
