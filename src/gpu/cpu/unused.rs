//! Parts of `wgpu` that this crate does not use.

/// What a call of this crate would have to be changed for.
#[expect(clippy::panic, reason = "no call of this crate reaches these parts with any input")]
pub(super) fn unused(what: &str) -> ! {
    panic!("the device that computes on the CPU: expected no call for {what}, found one")
}
