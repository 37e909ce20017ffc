//! Names of file formats that are not decoded, so that an error names what the file is.

/// The format of a file that begins with `start`; `None` if it is not among the known ones.
pub(super) fn format_name(start: &[u8]) -> Option<&'static str> {
    let at = |offset: usize, text: &[u8]| start.get(offset..).is_some_and(|rest| rest.starts_with(text));
    let brand = |brands: &[&[u8]]| at(4, b"ftyp") && brands.iter().any(|brand| at(8, brand));
    let found = [
        (brand(&[b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"]), "a HEIC image"),
        (brand(&[b"crx "]), "a raw image (Canon CR3)"),
        (at(4, b"ftyp"), "a video (MP4 or QuickTime)"),
        (at(0, b"\x1A\x45\xDF\xA3"), "a video (WebM or Matroska)"),
        (at(0, b"\xFF\x0A") || at(0, b"\0\0\0\x0CJXL \r\n\x87\n"), "a JPEG XL image"),
        (at(0, b"\xFF\x4F\xFF\x51") || at(0, b"\0\0\0\x0CjP  \r\n\x87\n"), "a JPEG 2000 image"),
        (at(0, b"FUJIFILMCCD-RAW"), "a raw image (Fujifilm RAF)"),
        (at(0, b"IIRO") || at(0, b"IIRS") || at(0, b"MMOR"), "a raw image (Olympus ORF)"),
        (at(0, b"IIU\0"), "a raw image (Panasonic RW2)"),
        (at(0, b"8BPS"), "a Photoshop document"),
        (at(0, b"%PDF"), "a PDF document"),
        (is_markup(start, "<svg"), "an SVG drawing"),
        (is_markup(start, "<html"), "an HTML page"),
    ];
    found.into_iter().find_map(|(is_it, name)| is_it.then_some(name))
}

/// Whether a text begins with markup that contains `tag` near its beginning.
fn is_markup(start: &[u8], tag: &str) -> bool {
    let text = String::from_utf8_lossy(&start[..start.len().min(1024)]).to_lowercase();
    text.trim_start_matches('\u{FEFF}').trim_start().starts_with('<') && text.contains(tag)
}
