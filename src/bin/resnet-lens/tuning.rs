//! Measured times of the candidate algorithms, kept in the cache directory.

use std::fs;
use std::path::PathBuf;

use resnet_lens::Session;

use crate::cache;
use crate::failure::Failure;

/// The file for this adapter, driver and version of the kernels; `None` if the system has no cache directory.
fn file(session: &Session) -> Option<PathBuf> {
    cache::file("tuning", &session.tuning_key(), "json")
}

/// Applies the results of an earlier `--tune`, if there are any. A file that cannot be used is ignored: the default algorithms
/// give the same answers.
pub async fn restore(session: &Session) {
    let saved = file(session).and_then(|file| fs::read_to_string(file).ok());
    if let Some(saved) = saved {
        let _ = session.restore_tuning(&saved).await;
    }
}

/// Measures everything that has not been measured yet, and saves the results.
pub async fn tune(session: &Session) -> Result<(), Failure> {
    loop {
        let progress = session.tune(0.0).await?;
        eprint!("\rnote: measured {} of {} kinds of layers", progress.done, progress.total);
        if progress.done == progress.total {
            break;
        }
    }
    eprintln!();
    let Some(file) = file(session) else { return Ok(()) };
    cache::write(&file, session.tuning().as_bytes()).map_err(|error| Failure::file(&file, &error))
}
