//! What was measured on this adapter, kept in the user's cache directory.

use std::fs;
use std::path::PathBuf;

use resnet_lens::Session;

use super::{Failure, cache};

/// The file for this adapter, driver and version of the kernels; none where the system has no place for caches.
fn file(session: &Session) -> Option<PathBuf> {
    cache::file("tuning", &session.tuning_key(), "json")
}

/// Computes as an earlier run measured, if there was one. What cannot be used any more is as good as nothing.
pub async fn restore(session: &Session) {
    let saved = file(session).and_then(|file| fs::read_to_string(file).ok());
    if let Some(saved) = saved {
        let _ = session.restore_tuning(&saved).await;
    }
}

/// Measures all that is not known yet and keeps it.
pub async fn tune(session: &Session) -> Result<(), Failure> {
    loop {
        let progress = session.tune(0.0).await?;
        eprint!("\rnote: {} of {} kinds of layers to measure are measured", progress.done, progress.total);
        if progress.done == progress.total {
            break;
        }
    }
    eprintln!();
    let Some(file) = file(session) else { return Ok(()) };
    cache::write(&file, session.tuning().as_bytes()).map_err(|error| Failure::file(&file, &error))
}
