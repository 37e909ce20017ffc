//! What the GPU's driver compiled, kept in the user's cache directory.

use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;

use resnet_lens::Session;

use super::{Failure, cache};

/// Compiled pipelines on their way from one run to the next.
#[derive(Debug)]
pub struct Pipelines {
    file: PathBuf,
    /// What the session told after it took the file over: a driver may pack the same in another way.
    known: Option<Vec<u8>>,
}

impl Pipelines {
    /// Takes over what an earlier run compiled, if there was one. What cannot be used any more is reported and as good as
    /// nothing. None where this adapter or this system keeps no such thing.
    pub fn restore(session: &Session) -> Option<Self> {
        let file = cache::file("pipelines", &session.pipelines_key()?, "bin")?;
        let kept = match fs::read(&file) {
            Ok(kept) => Some(kept),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => {
                eprintln!("note: {}", Failure::file(&file, &error));
                None
            }
        };
        let restored = kept.map(|kept| session.restore_pipelines(&kept));
        if let Some(Err(error)) = &restored {
            eprintln!("note: {}: they are compiled anew", Failure::about(&file, error));
        }
        let known = restored.and_then(|restored| restored.ok().and_then(|()| session.pipelines()));
        Some(Self { file, known })
    }

    /// Keeps what is compiled now, where that is anything new.
    pub fn keep(&self, session: &Session) {
        let Some(now) = session.pipelines().filter(|now| self.known.as_ref() != Some(now)) else { return };
        if let Err(error) = cache::write(&self.file, &now) {
            eprintln!("note: {}: compiled pipelines are not kept", Failure::file(&self.file, &error));
        }
    }
}
