
/// Side of a matrix, and invocations per subgroup on adapters with such matrices: Mesa's llvmpipe with AVX.
const SIDE: u32 = 8u;
const LANES: u32 = 8u;
alias patches = coop_mat8x8<f16, A>;
alias filters = coop_mat8x8<f16, B>;
alias products = coop_mat8x8<f32, C>;
