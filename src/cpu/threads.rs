//! Work divided among the processors. A browser's worker has one.

/// The least number of multiplications, or values moved, that a thread of its own pays off for.
const WORTH: usize = 1 << 16;

/// Calls `part(first, values)` with consecutive parts of `output`, each a whole number of units of `unit` values; `first` is the index
/// of its first unit. `work` is what all units need together, in multiplications or values moved.
pub(super) fn for_parts(output: &mut [f32], unit: usize, work: usize, part: impl Fn(usize, &mut [f32]) + Sync) {
    let units = output.len() / unit;
    let threads = processors().min(work / WORTH).min(units).max(1);
    if threads == 1 {
        return part(0, output);
    }
    let units_per_thread = units.div_ceil(threads);
    std::thread::scope(|scope| {
        let mut parts = output.chunks_mut(units_per_thread * unit).enumerate();
        let own = parts.next();
        for (index, values) in parts {
            let part = &part;
            scope.spawn(move || part(index * units_per_thread, values));
        }
        if let Some((_, values)) = own {
            part(0, values);
        }
    });
}

/// The number of processors that this program may use.
#[cfg(not(target_arch = "wasm32"))]
pub(super) fn processors() -> usize {
    use std::sync::OnceLock;
    static PROCESSORS: OnceLock<usize> = OnceLock::new();
    *PROCESSORS.get_or_init(|| std::thread::available_parallelism().map_or(1, usize::from))
}

/// A module without shared memory has no threads.
#[cfg(target_arch = "wasm32")]
pub(super) fn processors() -> usize {
    1
}
