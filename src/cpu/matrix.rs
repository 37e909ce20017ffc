//! Matrix products by the crate `gemm`.

/// The most terms of a sum that are added at once. `gemm` itself divides longer sums, in a manner that depends on the number of rows;
/// with sums this short it does not, so a row has the same value in whichever product it is computed.
const TERMS: usize = 512;

/// A matrix of values that are `row_stride` apart from one row to the next and neighbours within a row.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a> {
    pub values: &'a [f32],
    pub row_stride: usize,
}

/// `y[m, n] = Σ(k) a[m, k] · b[k, n]`. The rows of `y` are `y_stride` apart; their number is that of the output. Every row of `y` is
/// the same to the bit if it is computed with other rows, or alone.
pub(super) fn multiply(y: &mut [f32], y_stride: usize, [m, n, k]: [usize; 3], a: Rows<'_>, b: Rows<'_>) {
    let fits = |length: usize, stride: usize, rows: usize, columns: usize| {
        rows == 0 || columns == 0 || (rows - 1) * stride + columns <= length
    };
    assert!(
        k > 0
            && fits(y.len(), y_stride, m, n)
            && fits(a.values.len(), a.row_stride, m, k)
            && fits(b.values.len(), b.row_stride, k, n),
        "a matrix product within its operands"
    );
    let chunk = k.div_ceil(k.div_ceil(TERMS));
    for first in (0..k).step_by(chunk) {
        let adds = first > 0;
        // SAFETY: the assertion shows that every element of the three matrices is within its slice, and `first` is below k; `y` is
        // borrowed exclusively.
        unsafe {
            gemm::gemm(
                m,
                n,
                chunk.min(k - first),
                y.as_mut_ptr(),
                1,
                y_stride as isize,
                adds,
                a.values.as_ptr().add(first),
                1,
                a.row_stride as isize,
                b.values.as_ptr().add(first * b.row_stride),
                1,
                b.row_stride as isize,
                if adds { 1.0 } else { 0.0 },
                1.0,
                false,
                false,
                false,
                gemm::Parallelism::None,
            );
        }
    }
}
