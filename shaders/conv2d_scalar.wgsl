// Conv2d in registers, one input value at a time: for SwiftShader, whose run time is proportional to the number of instructions.
//
//   sum[n,y,x,o] = Σ(ky,kx,i) x[n, y·sy+ky-py, x·sx+kx-px, i] · weight[ky,kx,i,o], then the epilogue.
//
// Layouts: activations NHWC, weights [ky][kx][i][o], channels padded with zeros to multiples of four.
// One invocation computes 7 neighbouring pixels of 16 neighbouring channels: ResNet's maps are multiples of 7 wide. SwiftShader
// needs about a hundred instructions per load of a value, half of them bounds checks:
//   - x is declared as rows of CHUNK channels, so that it is checked once per row; within a row the loop bounds the index;
//   - the body of the loop fits the processor's first-level cache of 32 KiB; with two input channels per step it would not.
// The sums pass through an array, so that the epilogue is compiled once and not seven times.
// Source: He et al. 2015, figure 5; PyTorch torch.nn.Conv2d.
//
// uses lib/activation
// uses lib/epilogue: channel_epilogue
// uses lib/conv_params: params, store_channel
// uses lib/conv_window
// uses lib/scalar_sums: sums
// uses lib/weight_f32 or lib/weight_f16
// uses lib/chunk_4 or lib/chunk_28 or lib/chunk_64

@compute @workgroup_size(4)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let n = params.out_quads;
    let columns = (n + 3u) / 4u;
    let tile = id.x + id.y * groups.x * 4u;
    let quad = tile % columns * 4u;
    let pixel = tile / columns * 7u;
    if (pixel >= params.pixels) { return; }
    var all = sums(pixel, quad, id.z);
    for (var q = 0u; q < min(4u, n - quad); q++) {
        let channel = channel_epilogue(quad + q, n);
        for (var p = 0u; p < 7u; p++) {
            store_channel(channel, pixel + p, quad + q, id.z, all[q * 7u + p]);
        }
    }
}
