//! Random access to the bytes of a weight file.

use std::ops::Range;

use crate::error::Result;

/// A file of known length that is read in ranges: bytes in memory, a file on disk, a download in progress.
#[expect(async_fn_in_trait, reason = "futures stay on the thread that made them: WebGPU objects cannot leave it")]
pub trait ByteSource {
    /// The length of the file in bytes.
    fn length(&self) -> u64;

    /// The bytes of `range`, which is inside the file.
    ///
    /// # Errors
    /// [`crate::Error::Weights`] when they cannot be read.
    async fn read(&self, range: Range<u64>) -> Result<Vec<u8>>;
}

/// The bounds of a source that a session keeps after loading: `Send + Sync + 'static` natively, `'static` in the browser, whose
/// objects cannot leave their thread.
#[cfg(not(target_arch = "wasm32"))]
pub trait MaybeSendSync: Send + Sync + 'static {}

#[cfg(not(target_arch = "wasm32"))]
impl<S: Send + Sync + 'static> MaybeSendSync for S {}

/// The bounds of a source that a session keeps after loading: `Send + Sync + 'static` natively, `'static` in the browser, whose
/// objects cannot leave their thread.
#[cfg(target_arch = "wasm32")]
pub trait MaybeSendSync: 'static {}

#[cfg(target_arch = "wasm32")]
impl<S: 'static> MaybeSendSync for S {}

impl ByteSource for &[u8] {
    fn length(&self) -> u64 {
        self.len() as u64
    }

    async fn read(&self, range: Range<u64>) -> Result<Vec<u8>> {
        Ok(self[range.start as usize..range.end as usize].to_vec())
    }
}

impl ByteSource for Vec<u8> {
    fn length(&self) -> u64 {
        self.len() as u64
    }

    async fn read(&self, range: Range<u64>) -> Result<Vec<u8>> {
        self.as_slice().read(range).await
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl ByteSource for std::fs::File {
    /// Zero when the length cannot be determined: the file is then refused as too short.
    fn length(&self) -> u64 {
        self.metadata().map_or(0, |metadata| metadata.len())
    }

    async fn read(&self, range: Range<u64>) -> Result<Vec<u8>> {
        use std::io::{Read, Seek, SeekFrom};
        let mut file = self;
        let mut bytes = vec![0; (range.end - range.start) as usize];
        let read = file.seek(SeekFrom::Start(range.start)).and_then(|_| file.read_exact(&mut bytes));
        read.map_err(|error| {
            crate::Error::Weights(format!("the weight file cannot be read at byte {}: {error}", range.start))
        })?;
        Ok(bytes)
    }
}
