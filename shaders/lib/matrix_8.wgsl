
/// Side of a matrix, and invocations of a subgroup on the adapters that have such matrices: Mesa's llvmpipe in AVX.
const SIDE: u32 = 8u;
const LANES: u32 = 8u;
alias patches = coop_mat8x8<f16, A>;
alias filters = coop_mat8x8<f16, B>;
alias products = coop_mat8x8<f32, C>;
