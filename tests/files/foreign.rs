//! Files that are not weights: each is refused in one sentence that names its format and a remedy.

use crate::common::torch_save::{Entry, zip};
use resnet_lens::weights::WeightFile;

#[test]
fn formats_are_named_by_their_content() {
    let at = |offset: usize, bytes: &[u8]| [vec![b'x'; offset], bytes.to_vec(), vec![0; 64]].concat();
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4bcd\nsize 102469840\n";
    let archive = |name: &str| zip(&[Entry::new(name, *b"data")]);
    let cases: [(Vec<u8>, &str); 29] = [
        (pointer.into(), "a git-lfs pointer"),
        (b"<!DOCTYPE html>\n<html><body>Sign in</body></html>".to_vec(), "a web page"),
        (b"\n  <html lang=\"en\">".to_vec(), "a web page"),
        (b"<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>".to_vec(), "an XML document"),
        (b"{\"error\": \"Repository not found\"}".to_vec(), "a JSON text"),
        (b"\x08\x07\x12\x07pytorch\x1a\x052.1.0".to_vec(), "an ONNX model"),
        (at(0, b"\x89HDF\r\n\x1a\n"), "an HDF5 file"),
        (at(0, b"GGUF"), "a GGUF file"),
        (at(257, b"ustar"), "a tar archive"),
        (at(0, b"\x1f\x8b\x08"), "a gzip archive"),
        (at(0, b"7z\xbc\xaf\x27\x1c"), "a 7z archive"),
        (at(4, b"TFL3"), "a TensorFlow Lite model"),
        (at(0, b"\x93NUMPY"), "a NumPy array"),
        (at(0, b"\x89PNG"), "a PNG image"),
        (at(0, b"\xff\xd8\xff\xe0"), "a JPEG image"),
        (b"\x80\x04\x95\x10\0\0\0\0\0\0\0}\x94.".to_vec(), "a plain pickle"),
        (archive("arr_0.npy"), "a NumPy archive"),
        (archive("model.weights.h5"), "a Keras model"),
        (archive("export/resnet50.pth"), "a zip archive of weight files"),
        (archive("saved_model.pb"), "a TensorFlow model"),
        (archive("model/archive_format"), "a program of torch.export"),
        (
            b"{\"metadata\": {}, \"weight_map\": {\"conv1.weight\": \"a-00001-of-00002.safetensors\"}}".to_vec(),
            "(shards)",
        ),
        (at(0, b"MATLAB 5.0 MAT-file"), "a MATLAB file"),
        (at(0, b"\x12\x01\0\0\0\0\0\0"), "an MXNet parameter file"),
        (at(0, b"\x78\x9c"), "zlib-compressed data"),
        (at(0, b"\x82\xa6params\x81"), "a MessagePack file"),
        (b"Entry not found".to_vec(), "plain text"),
        (vec![0; 5000], "bytes of an unknown format"),
        (at(0, b"\x04\0\0\0\x01\0\0\0\x03\0\0\0V 1"), "bytes of an unknown format"),
    ];
    for (file, name) in cases {
        let error = pollster::block_on(WeightFile::open(file)).expect_err(name).to_string();
        assert!(error.contains(name) && error.contains("expected") && error.contains("found"), "{name}: {error}");
        assert!(!error.contains('\n') && error.len() < 300, "{error}");
    }
}
