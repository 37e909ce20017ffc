//! The operands of pickle instructions: integers, strings and lines.

use super::bytes::Bytes;
use super::error::{malformed, not_pytorch, truncated};
use super::value::PickleValue;
use crate::error::Result;

/// The bytes of a pickle that are not read yet.
#[derive(Debug)]
pub(super) struct Operands<'a>(Bytes<'a>);

impl<'a> Operands<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(Bytes::new(bytes))
    }

    pub fn remaining(&self) -> usize {
        self.0.len()
    }

    /// The next instruction.
    pub fn code(&mut self) -> Result<u8> {
        self.0.u8().ok_or_else(truncated)
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8]> {
        self.0.take(count).ok_or_else(truncated)
    }

    /// An unsigned integer of `width` bytes, at most eight.
    pub fn number(&mut self, width: usize) -> Result<u64> {
        Ok(self.take(width)?.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    fn length(&mut self, width: usize) -> Result<usize> {
        usize::try_from(self.number(width)?).map_err(|_| truncated())
    }

    pub fn opaque(&mut self, length: usize) -> Result<PickleValue<'a>> {
        self.take(length)?;
        Ok(PickleValue::Opaque)
    }

    pub fn sized_opaque(&mut self, width: usize) -> Result<PickleValue<'a>> {
        let length = self.length(width)?;
        self.opaque(length)
    }

    /// A two's complement integer whose length is given in `width` bytes.
    pub fn long(&mut self, width: usize) -> Result<PickleValue<'a>> {
        let length = self.length(width)?;
        let bytes = self.take(length)?;
        if length > 8 {
            return Ok(PickleValue::Opaque);
        }
        let mut wide = if bytes.last().is_some_and(|byte| *byte > 0x7f) { [0xff; 8] } else { [0; 8] };
        wide[..length].copy_from_slice(bytes);
        Ok(PickleValue::Int(i64::from_le_bytes(wide)))
    }

    /// A decimal integer that ends with a line feed, as in `12`, `12L` or `01` for a boolean.
    pub fn decimal(&mut self) -> Result<PickleValue<'a>> {
        let line = self.line()?;
        Ok(match line {
            "00" | "01" => PickleValue::Bool,
            _ => line.trim_end_matches('L').parse().map_or(PickleValue::Opaque, PickleValue::Int),
        })
    }

    pub fn decimal_key(&mut self) -> Result<u32> {
        self.line()?.parse().map_err(|_| malformed())
    }

    /// Text whose length is given in `width` bytes.
    pub fn text(&mut self, width: usize) -> Result<PickleValue<'a>> {
        let length = self.length(width)?;
        let text = std::str::from_utf8(self.take(length)?);
        text.map(PickleValue::Text).map_err(|_| not_pytorch("text in UTF-8", "other bytes"))
    }

    /// A string of Python 2, which is opaque where it is not UTF-8.
    pub fn byte_string(&mut self, width: usize) -> Result<PickleValue<'a>> {
        let length = self.length(width)?;
        Ok(std::str::from_utf8(self.take(length)?).map_or(PickleValue::Opaque, PickleValue::Text))
    }

    /// A Python string literal that ends with a line feed. Escapes are kept: names of tensors have none.
    pub fn quoted(&mut self) -> Result<PickleValue<'a>> {
        let line = self.line()?;
        let unquoted = ['\'', '"'].iter().find_map(|quote| line.strip_prefix(*quote)?.strip_suffix(*quote));
        unquoted.map(PickleValue::Text).ok_or_else(malformed)
    }

    pub fn line(&mut self) -> Result<&'a str> {
        let line = self.0.line().ok_or_else(truncated)?;
        std::str::from_utf8(line).map_err(|_| not_pytorch("names in UTF-8", "other bytes"))
    }
}
