//! A pickle in an archive that is good, beside storages that it may speak of.
#![no_main]

#[path = "../../tests/common/containers.rs"]
#[allow(dead_code, reason = "the tests' helpers, of which this needs one")]
mod containers;
#[path = "../../tests/common/torch_save.rs"]
#[allow(dead_code, reason = "the tests' helpers, of which this needs one")]
mod torch_save;

use libfuzzer_sys::fuzz_target;
use torch_save::{Entry, zip};

fuzz_target!(|pickle: &[u8]| {
    let storage = |key: usize| Entry::new(&format!("a/data/{key}"), vec![0; 64 * key]);
    let entries: Vec<Entry> =
        std::iter::once(Entry::new("a/data.pkl", pickle)).chain((0..8).map(storage)).collect();
    resnet_lens_fuzz::read(zip(&entries));
});
