// Conv2d in registers, one input value at a time: for SwiftShader, whose time is the number of instructions that its compiler makes.
//
//   sum[n,y,x,o] = Σ(ky,kx,i) x[n, y·sy+ky-py, x·sx+kx-px, i] · weight[ky,kx,i,o], then the epilogue.
//
// Layouts: activations NHWC, weights [ky][kx][i][o], channels padded with zeros to multiples of four.
// One invocation computes 7 neighbouring pixels of 16 neighbouring channels: ResNet's maps are multiples of 7 wide. SwiftShader
// reads any value of a buffer in some hundred instructions, whatever its neighbours read, and half of them are bounds checks:
//   - x lies in rows of CHUNK channels, so that it is checked once a row, since within a row the loop's bound is checked instead;
//   - the loop's body is as large as fits the processor's first cache of 32 KiB: two input channels a step do not.
// The sums go through an array in the end, for the epilogue to be compiled once and not seven times.
// Source: He et al. 2015, figure 5; PyTorch torch.nn.Conv2d.

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
        let same = ending(quad + q, n);
        for (var p = 0u; p < 7u; p++) {
            store_as(same, pixel + p, quad + q, id.z, all[q * 7u + p]);
        }
    }
}
