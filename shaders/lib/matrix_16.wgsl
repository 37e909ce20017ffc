
/// Side of a matrix, and invocations per subgroup on adapters with such matrices: NVIDIA GPUs.
const SIDE: u32 = 16u;
const LANES: u32 = 32u;
alias patches = coop_mat16x16<f16, A>;
alias filters = coop_mat16x16<f16, B>;
alias products = coop_mat16x16<f32, C>;
