//! Class names, model cards and catalogs.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| resnet_lens_fuzz::read_labels(text));
