//! Locks that a panic elsewhere cannot take away.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// What a mutex guards, even where another thread panicked while it held it: no section of this crate leaves a guarded value half
/// changed.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
