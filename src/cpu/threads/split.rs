//! How the pixels of a convolution are divided among threads.

use std::ops::Range;

/// Columns of the matrix kernel: a part that is a multiple of them wastes no lane.
const UNIT: usize = 4;

/// Divides `pixels` output pixels into at most `threads` consecutive parts of about the same size, of which none is empty; one part if
/// the smallest would have less than `worth` of the `work` of all. There is at least one part.
pub fn split(pixels: usize, threads: usize, work: usize, worth: usize) -> Vec<Range<usize>> {
    let threads = threads.min(work / worth).min(pixels / UNIT).max(1);
    let bound = |part: usize| if part == threads { pixels } else { pixels * part / threads / UNIT * UNIT };
    (0..threads).map(|part| bound(part)..bound(part + 1)).collect()
}
