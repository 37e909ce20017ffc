// Conv2d in registers, one input value at a time: for SwiftShader, whose run time is proportional to the number of instructions.
//
//   sum[n,y,x,o] = Σ(ky,kx,i) x[n, y·sy+ky-py, x·sx+kx-px, i] · weight[ky,kx,i,o], then the epilogue.
//
// Layouts: activations NHWC, weights [ky][kx][i][o], channels padded with zeros to multiples of four.
// One invocation computes 7 neighbouring pixels of 16 neighbouring channels: ResNet's maps are multiples of 7 wide. SwiftShader
// needs about a hundred instructions per load of a value, half of them bounds checks:
//   - x is declared as rows of CHUNK channels, so that it is checked once per row; within a row the loop bounds the index;
//   - the body of the loop fits the processor's first-level cache of 32 KiB; with two input channels per step it would not.
// With subgroups, four invocations compute 28 pixels of 16 channels together, with half the loads: see lib/quad_sums.
// The sums pass through an array, so that the epilogue is compiled once and not seven times.
// Source: He et al. 2015, figure 5; PyTorch torch.nn.Conv2d.
//
// uses lib/activation
// uses lib/epilogue: channel_epilogue
// uses lib/conv_params: params, store_channel
// uses lib/conv_window
// uses lib/scalar_sums or lib/quad_sums: TILE_PIXELS, TILE_QUADS, first_pixel, first_quad, pixel_at, sums, tile_index
// uses lib/weight_f32 or lib/weight_f16
// uses lib/chunk_4 or lib/chunk_28 or lib/chunk_64

@compute @workgroup_size(4)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) invocation: u32,
) {
    let n = params.out_quads;
    let tile = tile_index(group, groups, invocation);
    let quad = first_quad(tile, invocation);
    let pixel = first_pixel(tile);
    if (pixel >= params.pixels) { return; }
    var all = sums(pixel, quad, group.z, invocation);
    for (var q = 0u; q < min(TILE_QUADS, n - min(quad, n)); q++) {
        let channel = channel_epilogue(quad + q, n);
        for (var p = 0u; p < TILE_PIXELS; p++) {
            store_channel(channel, pixel + pixel_at(p, invocation), quad + q, group.z, all[q * TILE_PIXELS + p]);
        }
    }
}
