//! A safetensors header, with as many bytes behind it as the input has left: `<length> <header> <data>`.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|file: &[u8]| resnet_lens_fuzz::read(file.to_vec()));
