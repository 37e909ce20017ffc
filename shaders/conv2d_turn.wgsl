// Conv2d, weights for its input gradient: turned[last - tap][o'][i] = weight[tap][i'][o], the filters turned by 180 degrees, with
// input and output channels exchanged. i' and o' are counted inside the group that i belongs to.
//
// Layouts: weight [ky][kx][i'][o], turned [ky][kx][o'][i], both channel counts padded with zeros to multiples of four. One invocation
// computes four neighbouring input channels. Once per network, so each value is read alone.
// Source: Dumoulin & Visin 2016, section 4.
//
// uses lib/invocation_id: linear_id
// uses lib/weight_f32 or lib/weight_f16: weight_at

struct Params {
    taps: u32,            // of the window
    group_inputs: u32,    // channels of a group, without padding
    group_outputs: u32,
    in_channels: u32,     // of all groups, without padding
    in_quads: u32,
    out_quads: u32,
    quads: u32,           // of turned
}

@group(0) @binding(5) var<storage, read_write> turned: array<vec4<f32>>;   // [ky][kx][o'][i/4]
@group(0) @binding(6) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let at = linear_id(id, groups);
    if (at >= params.quads) { return; }
    let rows = (params.group_outputs + 3u) / 4u * 4u;
    let output = at / params.in_quads % rows;
    let tap = params.taps - 1u - at / params.in_quads / rows;
    let inputs = (params.group_inputs + 3u) / 4u * 4u;
    var value = vec4<f32>();
    for (var lane = 0u; lane < 4u; lane++) {
        let i = at % params.in_quads * 4u + lane;
        if ((i < params.in_channels) & (output < params.group_outputs)) {
            let group = i / params.group_inputs;
            let o = group * params.group_outputs + output;
            let row = tap * inputs + i - group * params.group_inputs;
            value[lane] = weight_at(row * params.out_quads + o / 4u)[o % 4u];
        }
    }
    turned[at] = value;
}
