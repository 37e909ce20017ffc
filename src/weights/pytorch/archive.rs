//! Zip archives of `torch.save` and `torch.jit.save`: `<name>/data.pkl` names the tensors, `<name>/data/<key>` are their storages.

use std::collections::HashMap;

use super::error::not_pytorch;
use super::named_tensors::named_tensors;
use super::pickled::Pickled;
use super::storage::{Location, MAX_PICKLE, check_overlap, locate};
use super::unpickler::Unpickler;
use super::zip::Archive;
use crate::error::Result;
use crate::weights::inflate;
use crate::weights::source::ByteSource;

pub(super) async fn tensors(source: &impl ByteSource, archive: &Archive) -> Result<Pickled> {
    let pickles = archive.names().filter_map(|name| name.strip_suffix("data.pkl"));
    let folders: Vec<&str> = pickles.filter(|folder| folder.is_empty() || folder.ends_with('/')).collect();
    let [folder] = folders[..] else {
        return Err(not_pytorch("one entry data.pkl in the archive", &folders.len().to_string()));
    };
    let order = format!("{folder}byteorder");
    if archive.names().any(|name| name == order) && entry(source, archive, &order, 6).await? != b"little" {
        return Err(not_pytorch("numbers with the low byte first", "another order"));
    }
    let name = format!("{folder}data.pkl");
    let Location { bytes, .. } = archive.locate(source, &name).await?;
    let length = bytes.end - bytes.start;
    if length > MAX_PICKLE {
        let expected = format!("tensors beside a pickle of at most {MAX_PICKLE} bytes");
        let found = format!("{length} bytes, as where the weights are NumPy arrays; save tensors instead");
        return Err(not_pytorch(&expected, &found));
    }
    let pickle = entry(source, archive, &name, MAX_PICKLE).await?;
    let mut unpickler = Unpickler::new(&pickle);
    let root = unpickler.run()?;
    let arena = &unpickler.arena;
    let mut locations: HashMap<&str, Location> = HashMap::new();
    let mut tensors = Vec::new();
    let named = named_tensors(arena, root)?;
    for (name, index) in named.tensors {
        let tensor = &arena.tensors[index];
        let storage = &arena.storages[tensor.storage];
        if !locations.contains_key(storage.key) {
            locations.insert(storage.key, archive.locate(source, &format!("{folder}data/{}", storage.key)).await?);
        }
        let view = locate(&name, tensor, storage, locations[storage.key].clone())?;
        tensors.push((name, view));
    }
    check_overlap(&tensors)?;
    Ok(Pickled { tensors, unreadable: named.unreadable })
}

/// The bytes of an entry of at most `limit` bytes.
async fn entry(source: &impl ByteSource, archive: &Archive, name: &str, limit: u64) -> Result<Vec<u8>> {
    let Location { bytes, deflated } = archive.locate(source, name).await?;
    let length = bytes.end - bytes.start;
    if length > limit {
        return Err(not_pytorch(&format!("an entry {name} of at most {limit} bytes"), &length.to_string()));
    }
    match deflated {
        None => source.read(bytes).await,
        Some(deflated) => inflate::range(source, &deflated, bytes).await,
    }
}
