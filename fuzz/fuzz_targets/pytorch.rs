//! A file of PyTorch, archive or old form, byte by byte. What does not begin as one of the two is made to.
#![no_main]

use libfuzzer_sys::fuzz_target;

/// How both forms begin; the second is the magic number's pickle.
const BEGINNINGS: [&[u8]; 2] = [b"PK\x03\x04", b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."];

fuzz_target!(|input: &[u8]| {
    let Some((first, rest)) = input.split_first() else { return };
    resnet_lens_fuzz::read([BEGINNINGS[usize::from(first & 1)], rest].concat());
});
