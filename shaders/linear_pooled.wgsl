// Global average pooling and a fully connected layer: y[n,o] = bias[o] + Σ(i) mean[n,i] · weight[i,o], mean[n,i] = (1 / pixels) Σ(p) x[n,p,i].
//
// Layouts: the map NHWC, vectors padded to a multiple of four, weights [i][o] so that neighbouring invocations read neighbouring weights.
// A workgroup computes outputs of one image (z). It computes the means that it needs in workgroup memory, CHUNK quads at a time: each
// workgroup reads the whole map, which is small at the end of a network, and saves a dispatch that would leave a GPU almost idle. Its 256
// invocations shorten the loop over pixels, whose loads have to wait for each other.
// PARTS invocations share four outputs, as in linear.wgsl.
// Source: Lin et al. 2013, section 3.2; PyTorch torch.nn.AdaptiveAvgPool2d(1) and torch.nn.Linear.
//
// uses lib/weight_f32 or lib/weight_f16: weight_at

override PARTS: u32 = 1;

const CHUNK: u32 = 512u;

struct Params {
    pixels: u32,
    in_quads: u32,
    out_quads: u32,
}

@group(0) @binding(2) var<storage, read> bias: array<vec4<f32>>;      // [o/4]
@group(0) @binding(3) var<storage, read> x: array<vec4<f32>>;         // [n][p][i/4]
@group(0) @binding(5) var<storage, read_write> y: array<vec4<f32>>;   // [n][o/4]
@group(0) @binding(6) var<uniform> params: Params;

var<workgroup> means: array<vec4<f32>, CHUNK>;
var<workgroup> sums: array<vec4<f32>, 256>;

@compute @workgroup_size(256)
fn main(
    @builtin(local_invocation_index) thread: u32,
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
) {
    let columns = 256u / PARTS;
    let part = thread / columns;
    let quad = (group.x + group.y * groups.x) * columns + thread % columns;
    let n = params.out_quads;
    let column = min(quad, n - 1u);
    let image = group.z * params.pixels * params.in_quads;
    var sum = vec4<f32>();
    for (var begin = 0u; begin < params.in_quads; begin += CHUNK) {
        let count = min(CHUNK, params.in_quads - begin);
        for (var i = thread; i < count; i += 256u) {
            var mean = vec4<f32>();
            for (var p = 0u; p < params.pixels; p++) { mean += x[image + p * params.in_quads + begin + i]; }
            means[i] = mean / f32(params.pixels);
        }
        workgroupBarrier();
        for (var i = part; i < count; i += PARTS) {
            let w = (begin + i) * 4u * n + column;
            sum += mat4x4<f32>(weight_at(w), weight_at(w + n), weight_at(w + 2u * n), weight_at(w + 3u * n)) * means[i];
        }
        workgroupBarrier();
    }
    if (PARTS > 1u) {
        sums[thread] = sum;
        workgroupBarrier();
        for (var other = part + 1u; other < PARTS; other++) { sum += sums[thread + (other - part) * columns]; }
    }
    if ((quad < n) & (part == 0u)) { y[group.z * n + quad] = sum + bias[quad]; }
}
