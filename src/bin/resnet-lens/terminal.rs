//! Lines for the terminal. Control characters are escaped: labels, file names and servers' replies must not be able to send
//! escape sequences to the terminal.

use std::borrow::Cow;
use std::fmt::Display;

/// Whether a character controls the terminal or reorders the text around it: C0, DEL, C1, and Unicode's bidirectional
/// embeddings, overrides and isolates.
fn is_unsafe(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The text with every unsafe character escaped as in Rust: `\n`, `\u{1b}`.
pub fn escape(text: &str) -> Cow<'_, str> {
    if !text.contains(is_unsafe) {
        return text.into();
    }
    let mut escaped = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if is_unsafe(c) { escaped.extend(c.escape_default()) } else { escaped.push(c) }
    }
    escaped.into()
}

/// The same for one line of JSON. The serializer has escaped C0 already; DEL and C1 occur inside strings only, where `\u001b`
/// notation keeps their value.
pub fn escape_json(line: &str) -> Cow<'_, str> {
    if !line.contains(is_unsafe) {
        return line.into();
    }
    let mut escaped = String::with_capacity(line.len() + 8);
    for c in line.chars() {
        if is_unsafe(c) { escaped.push_str(&format!("\\u{:04x}", u32::from(c))) } else { escaped.push(c) }
    }
    escaped.into()
}

/// Prints a failure to standard error, as one line.
pub fn error(failure: &impl Display) {
    eprintln!("error: {}", escape(&failure.to_string()));
}

/// Prints a remark to standard error, as one line.
pub fn note(remark: &impl Display) {
    eprintln!("note: {}", escape(&remark.to_string()));
}
