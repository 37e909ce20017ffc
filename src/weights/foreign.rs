//! Files that are not weights in a supported format, by their signatures, so that the error can name the format and a remedy.

use crate::error::{Error, Result};

/// What a file is, and what to do about it.
struct Format {
    name: &'static str,
    remedy: &'static str,
}

const fn format(name: &'static str, remedy: &'static str) -> Format {
    Format { name, remedy }
}

const DOWNLOAD: &str = "download the weight file itself";
const CONVERT: &str = "export the network's tensors from PyTorch with safetensors or torch.save";
/// A member of the index of a model in several files.
const WEIGHT_MAP: &[u8] = b"\"weight_map\"";

const RESAVE: &str = "load it in Python and save the network's state_dict() with torch.save";
const UNPACK: &str = "unpack it and open the weight file inside";
const IMAGE: &str = "open it as an image, and a weight file as the model";

/// Signatures: byte offset, bytes, format.
const SIGNATURES: [(usize, &[u8], Format); 38] = [
    (
        0,
        b"version https://git-lfs",
        format("a git-lfs pointer in place of the file", "run git lfs pull, or download the file itself"),
    ),
    (0, b"\x89HDF\r\n\x1a\n", format("an HDF5 file, as Keras writes", CONVERT)),
    (0, b"GGUF", format("a GGUF file of a language model", CONVERT)),
    (0, b"GGML", format("a GGML file", CONVERT)),
    (0, b"ggjt", format("a GGML file", CONVERT)),
    (4, b"TFL3", format("a TensorFlow Lite model", CONVERT)),
    (4, b"ET12", format("an ExecuTorch program", CONVERT)),
    (4, b"ORTM", format("an ONNX Runtime model", CONVERT)),
    (0, b"\x93NUMPY", format("a NumPy array (.npy)", "save the network's state_dict() with torch.save instead")),
    (257, b"ustar", format("a tar archive", UNPACK)),
    (0, b"\x1f\x8b", format("a gzip archive", UNPACK)),
    (0, b"BZh", format("a bzip2 archive", UNPACK)),
    (0, b"\xfd7zXZ\0", format("an xz archive", UNPACK)),
    (0, b"\x28\xb5\x2f\xfd", format("a zstd archive", UNPACK)),
    (0, b"7z\xbc\xaf\x27\x1c", format("a 7z archive", UNPACK)),
    (0, b"Rar!", format("a RAR archive", UNPACK)),
    (0, b"PK\x05\x06", format("an empty zip archive", DOWNLOAD)),
    (0, b"MATLAB", format("a MATLAB file (.mat)", CONVERT)),
    (0, b"\x12\x01\0\0\0\0\0\0", format("an MXNet parameter file", CONVERT)),
    (0, b"\x78\x9c", format("zlib-compressed data, as joblib writes", RESAVE)),
    (0, b"\x78\xda", format("zlib-compressed data, as joblib writes", RESAVE)),
    (0, b"\x78\x5e", format("zlib-compressed data, as joblib writes", RESAVE)),
    (0, b"ptrt", format("a TensorRT engine", CONVERT)),
    (0, b"%PDF", format("a PDF document", DOWNLOAD)),
    (0, b"\x7fELF", format("a program", DOWNLOAD)),
    (0, b"MZ\x90", format("a program", DOWNLOAD)),
    (0, b"\0asm", format("a WebAssembly module", DOWNLOAD)),
    (0, b"\x89PNG", format("a PNG image", IMAGE)),
    (0, b"\xff\xd8\xff", format("a JPEG image", IMAGE)),
    (0, b"GIF8", format("a GIF image", IMAGE)),
    (8, b"WEBP", format("a WebP image", IMAGE)),
    (4, b"ftyp", format("a video or an AVIF or HEIC image", IMAGE)),
    (0, b"BM", format("a BMP image", IMAGE)),
    (0, b"II*\0", format("a TIFF image", IMAGE)),
    (0, b"MM\0*", format("a TIFF image", IMAGE)),
    (0, b"7767517", format("an ncnn parameter file", CONVERT)),
    (0, b"name: \"", format("a Caffe network description", CONVERT)),
    (0, b"\x0a", format("a protocol buffer, as TensorFlow, Caffe and Core ML write", CONVERT)),
];

/// Entries that show what a zip archive is: the end of a name, and the format.
const ENTRIES: [(&str, Format); 14] = [
    ("archive_format", format("a program of torch.export (.pt2)", CONVERT)),
    (".npy", format("a NumPy archive (.npz)", "save the network's state_dict() with torch.save instead")),
    ("model.weights.h5", format("a Keras model", CONVERT)),
    ("saved_model.pb", format("a TensorFlow model", CONVERT)),
    (".mlmodel", format("a Core ML model", CONVERT)),
    ("[Content_Types].xml", format("an office document", DOWNLOAD)),
    ("AndroidManifest.xml", format("an Android package", DOWNLOAD)),
    (".safetensors", format("a zip archive of weight files", UNPACK)),
    (".pth", format("a zip archive of weight files", UNPACK)),
    (".pt", format("a zip archive of weight files", UNPACK)),
    (".bin", format("a zip archive of weight files", UNPACK)),
    (".ckpt", format("a zip archive of weight files", UNPACK)),
    (".onnx", format("a zip archive of an ONNX model", CONVERT)),
    (".h5", format("a zip archive of an HDF5 file", CONVERT)),
];

/// Refuses a file by its first bytes if they are those of another format.
///
/// # Errors
/// [`Error::Weights`] with the format and what to do.
pub(super) fn refuse(probe: &[u8]) -> Result<()> {
    if is_safetensors(probe) {
        return Ok(());
    }
    let text = probe.trim_ascii_start();
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let starts = |prefix: &[u8]| text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix));
    let starts_any = |prefixes: &[&[u8]]| prefixes.iter().any(|prefix| starts(prefix));
    if starts_any(&[b"<!doctype", b"<html", b"<head", b"<!--", b"<?xml", b"<error", b"<svg"]) {
        let name = if starts_any(&[b"<?xml", b"<error", b"<svg"]) { "an XML document" } else { "a web page (HTML)" };
        return Err(refusal(&format(
            name,
            "the address leads to a page or an error message; download the weight file itself",
        )));
    }
    if starts(b"{") && probe.windows(WEIGHT_MAP.len()).any(|window| window == WEIGHT_MAP) {
        let name = "the index of a model in several files (shards)";
        return Err(refusal(&format(name, "load it in Python and save all tensors in one file")));
    }
    if starts(b"{") || starts(b"[") {
        return Err(refusal(&format("a JSON text, such as a configuration or an error message", DOWNLOAD)));
    }
    if is_onnx(probe) {
        return Err(refusal(&format("an ONNX model", CONVERT)));
    }
    if probe.first() == Some(&0x80) && probe.get(1).is_some_and(|protocol| (2..=5).contains(protocol)) {
        return Err(refusal(&format("a plain pickle that torch.save did not write", RESAVE)));
    }
    let found = |(offset, bytes, _): &&(usize, &[u8], Format)| {
        probe.get(*offset..).is_some_and(|rest| rest.starts_with(bytes)) && probe.len() > 4
    };
    if let Some((_, _, format)) = SIGNATURES.iter().find(found) {
        return Err(refusal(format));
    }
    if is_flax(probe) {
        return Err(refusal(&format("a MessagePack file, as Flax writes", CONVERT)));
    }
    if is_text(probe) {
        return Err(refusal(&format("plain text, such as an error message", DOWNLOAD)));
    }
    if probe.get(8).is_some_and(|byte| *byte != b'{') {
        return Err(refusal(&format("bytes of an unknown format", DOWNLOAD)));
    }
    Ok(())
}

/// Refuses a zip archive whose entries show that neither `torch.save` nor `torch.jit.save` wrote it.
///
/// # Errors
/// [`Error::Weights`] with the format and what to do.
pub(super) fn refuse_archive<'a>(names: impl Iterator<Item = &'a str>) -> Result<()> {
    let names: Vec<&str> = names.collect();
    if names.iter().any(|name| name.ends_with("data.pkl")) {
        return Ok(());
    }
    let found = ENTRIES.iter().find(|(end, _)| names.iter().any(|name| name.ends_with(end)));
    found.map_or(Ok(()), |(_, format)| Err(refusal(format)))
}

fn refusal(format: &Format) -> Error {
    let Format { name, remedy } = format;
    Error::Weights(format!(
        "this file is not a weight file: expected safetensors or a file of torch.save, found {name}; {remedy}"
    ))
}

/// Whether the length of a header and the beginning of a JSON object are at the start.
fn is_safetensors(probe: &[u8]) -> bool {
    probe.get(8) == Some(&b'{') && probe[3..8] == [0; 5]
}

/// Whether a MessagePack map of at most fifteen entries begins whose first key is a text.
fn is_flax(probe: &[u8]) -> bool {
    matches!(probe, [0x81..=0x8f, length @ (0xa1..=0xbf), rest @ ..]
        if rest.get(..usize::from(length & 0x1f)).is_some_and(is_text))
}

/// Whether bytes are printable ASCII and white space.
fn is_text(bytes: &[u8]) -> bool {
    bytes.len() > 4 && bytes.iter().all(|byte| matches!(byte, b' '..=b'~' | b'\t' | b'\n' | b'\r'))
}

/// Whether a protocol buffer begins as `onnx.ModelProto`: `ir_version`, then a string or a message of fields 2 to 8.
fn is_onnx(probe: &[u8]) -> bool {
    let field = |key: u8| key & 7 == 2 && (2..=8).contains(&(key >> 3));
    matches!(probe, [0x08, version, key, ..] if (1..32).contains(version) && field(*key))
}
