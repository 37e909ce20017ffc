//! The uniform block of a kernel, declared once: a struct whose field names are checked against the WGSL.

/// Values of a kernel's `var<uniform> params`, a WGSL struct of `u32` members.
pub trait UniformParams {
    /// The names of the members, in order.
    const FIELDS: &'static [&'static str];

    /// The values of the members, in order.
    fn words(&self) -> Vec<u32>;
}

/// Declares a struct that implements [`UniformParams`]: `params!(struct Name { a, b })`. `struct Name(base: Base) { c }` starts
/// with the members of another such struct.
macro_rules! params {
    ($(#[$meta:meta])* $vis:vis struct $name:ident $(($base:ident: $Base:ty))? { $($field:ident),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        $vis struct $name {
            $(pub $base: $Base,)?
            $(pub $field: usize,)+
        }

        impl $crate::kernel::UniformParams for $name {
            const FIELDS: &'static [&'static str] = {
                const OWN: &[&str] = &[$(stringify!($field)),+];
                const LENGTH: usize = OWN.len() $(+ <$Base as $crate::kernel::UniformParams>::FIELDS.len())?;
                &$crate::kernel::concat_fields::<LENGTH>(&[$(<$Base as $crate::kernel::UniformParams>::FIELDS,)? OWN])
            };

            fn words(&self) -> Vec<u32> {
                let mut words: Vec<u32> = Vec::with_capacity(Self::FIELDS.len());
                $(words.extend($crate::kernel::UniformParams::words(&self.$base));)?
                words.extend([$(self.$field as u32),+]);
                words
            }
        }
    };
}
pub(crate) use params;

/// The `N` names of `parts`, one list after the other.
pub(crate) const fn concat_fields<const N: usize>(parts: &[&[&'static str]]) -> [&'static str; N] {
    let mut names = [""; N];
    let (mut part, mut index, mut count) = (0, 0, 0);
    while part < parts.len() {
        while index < parts[part].len() {
            names[count] = parts[part][index];
            index += 1;
            count += 1;
        }
        part += 1;
        index = 0;
    }
    names
}
