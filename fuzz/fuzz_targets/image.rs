//! An image file, byte by byte.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|file: &[u8]| resnet_lens_fuzz::decode_image(file));
