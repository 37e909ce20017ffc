//! Pipelines compiled by the GPU's driver, kept in the cache directory.

use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;

use resnet_lens::Session;

use crate::failure::Failure;
use crate::{cache, terminal};

/// The cache file of this adapter, and what the session made of its content.
#[derive(Debug)]
pub struct PipelineCache {
    file: PathBuf,
    /// The session's pipelines right after the file was restored. They are compared with the final ones instead of the file's
    /// bytes, because a driver may serialize the same pipelines differently.
    restored: Option<Vec<u8>>,
}

impl PipelineCache {
    /// Passes the pipelines of an earlier run to the session. A file that cannot be used is reported and replaced later.
    /// Returns `None` if the backend has no pipeline cache or the system no cache directory.
    pub fn restore(session: &Session) -> Option<Self> {
        let file = cache::file("pipelines", &session.pipelines_key()?, "bin")?;
        let saved = match fs::read(&file) {
            Ok(saved) => Some(saved),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => {
                terminal::note(&Failure::file(&file, &error));
                None
            }
        };
        let result = saved.map(|saved| session.restore_pipelines(&saved));
        if let Some(Err(error)) = &result {
            terminal::note(&format!("{}; the pipelines are compiled again", Failure::content(&file, error)));
        }
        let restored = result.and_then(Result::ok).and_then(|()| session.pipelines());
        Some(Self { file, restored })
    }

    /// Writes the session's pipelines, if any were compiled since [`PipelineCache::restore`].
    pub fn save(&self, session: &Session) {
        let Some(current) = session.pipelines().filter(|current| self.restored.as_ref() != Some(current)) else {
            return;
        };
        if let Err(error) = cache::write(&self.file, &current) {
            let failure = Failure::file(&self.file, &error);
            terminal::note(&format!("{failure}; the compiled pipelines are not saved"));
        }
    }
}
