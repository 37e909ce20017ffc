//! The partial file of a download, and the lock that keeps two processes from writing the same one.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process;

use resnet_lens::hub::hexadecimal;
use sha2::{Digest, Sha256};

use crate::terminal;

/// Bytes per read.
pub const CHUNK: usize = 1 << 16;

/// The lock file of a folder of downloads. It is never deleted, because another process may be waiting for it.
const LOCK: &str = ".lock";

/// The exclusive right to download into a folder, held until it is dropped.
#[derive(Debug)]
pub struct FolderLock {
    /// `None` on a file system without locks.
    file: Option<File>,
}

impl FolderLock {
    /// Creates the folder and waits until no other process downloads into it.
    pub fn acquire(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let file = OpenOptions::new().create(true).write(true).truncate(false).open(folder.join(LOCK))?;
        let locked = match file.try_lock() {
            Ok(()) => true,
            Err(TryLockError::WouldBlock) => {
                terminal::note(&format!("another process is downloading to {}; waiting for it", folder.display()));
                file.lock()?;
                true
            }
            Err(TryLockError::Error(_)) => false,
        };
        Ok(Self { file: locked.then_some(file) })
    }

    /// The path of the partial file for a version of `file`. It is the same in every process, so that a later one can resume
    /// the download; without a lock it is unique to this process.
    pub fn partial_path(&self, file: &Path, version: &str) -> PathBuf {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let version: String = version.chars().filter(char::is_ascii_alphanumeric).take(64).collect();
        let owner = if self.file.is_some() { String::new() } else { format!("-{}", process::id()) };
        file.with_file_name(format!("{name}-{version}{owner}.part"))
    }
}

/// The first bytes of a file, and their digest.
#[derive(Debug)]
pub struct PartialFile {
    path: PathBuf,
    file: File,
    length: u64,
    digest: Sha256,
}

impl PartialFile {
    /// Opens the bytes of an earlier download if `resume` is set, or else an empty file.
    pub fn open(path: &Path, resume: bool) -> Result<Self, String> {
        let open = || {
            let mut file = OpenOptions::new().create(true).read(true).write(true).truncate(!resume).open(path)?;
            let (mut digest, mut length) = (Sha256::new(), 0);
            let mut chunk = vec![0; CHUNK];
            loop {
                match file.read(&mut chunk)? {
                    0 => return Ok((file, length, digest)),
                    read => {
                        digest.update(&chunk[..read]);
                        length += read as u64;
                    }
                }
            }
        };
        let (file, length, digest) = open().map_err(|error| unwritable(path, &error))?;
        Ok(Self { path: path.to_owned(), file, length, digest })
    }

    /// Number of bytes.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// SHA-256 of the bytes in hexadecimal digits.
    pub fn digest(&self) -> String {
        hexadecimal(&self.digest.clone().finalize())
    }

    /// Appends bytes.
    pub fn append(&mut self, bytes: &[u8]) -> Result<(), String> {
        self.file.write_all(bytes).map_err(|error| unwritable(&self.path, &error))?;
        self.digest.update(bytes);
        self.length += bytes.len() as u64;
        Ok(())
    }

    /// Discards all bytes.
    pub fn clear(&mut self) -> Result<(), String> {
        *self = Self::open(&self.path, false)?;
        Ok(())
    }

    /// Gives the file its final name.
    pub fn rename_to(self, path: &Path) -> Result<(), String> {
        // Windows does not rename a file while it is open.
        drop(self.file);
        fs::rename(&self.path, path).map_err(|error| unwritable(path, &error))
    }

    /// Deletes the file.
    pub fn remove(self) {
        drop(self.file);
        // The caller reports why the file is useless. If it stays, the next download resumes it and fails the same check once.
        let _ = fs::remove_file(&self.path);
    }

    /// Where the bytes are.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// The sentence for a path that cannot be written.
pub fn unwritable(path: &Path, error: &io::Error) -> String {
    format!("{} cannot be written: {error}", path.display())
}
