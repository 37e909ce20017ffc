//! The configuration files of a repository on the hub.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|files: &str| resnet_lens_fuzz::read_hub(files));
