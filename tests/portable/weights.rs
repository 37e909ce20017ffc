//! Weight files that are broken, hostile or of another network: each is refused in one line that says what was expected and what
//! was found, nothing panics, and the model loaded before goes on answering. In the browser, too, where `usize` has 32 bits.

use crate::common::containers::{Tensor, encode, read_safetensors, with_header, write_safetensors};
use crate::common::gpu_tests;
use resnet_lens::decoded_image::DecodedImage;
use resnet_lens::preprocess::Preprocess;
use resnet_lens::{ModelCard, Session};

const BASIC: &[u8] = include_bytes!("../golden/resnet/basic.safetensors");
const CHECKPOINT: &[u8] = include_bytes!("../golden/pytorch/checkpoint.pth");
const LEGACY: &[u8] = include_bytes!("../golden/pytorch/legacy.pth");

/// A file of one tensor `a` described by the header's entry.
fn lying(entry: &str, data: usize) -> Vec<u8> {
    with_header(&format!(r#"{{"a":{entry}}}"#), &vec![0; data])
}

/// The tensors of a small ResNet of basic blocks that loads.
fn good() -> Vec<Tensor> {
    read_safetensors(BASIC)
}

/// The good file with one tensor changed.
fn changed(name: &str, change: impl Fn(&mut Tensor)) -> Vec<u8> {
    let mut tensors = good();
    change(tensors.iter_mut().find(|tensor| tensor.name == name).expect("one of the good file's"));
    write_safetensors(&tensors)
}

/// The good file with one tensor in another type, all halves but value number 3.
fn poisoned(name: &str, dtype: &'static str, value: f32) -> Vec<u8> {
    changed(name, |tensor| {
        let count = tensor.data.len() / 4;
        tensor.dtype = dtype;
        tensor.data = (0..count).flat_map(|index| encode(dtype, if index == 3 { value } else { 0.5 })).collect();
    })
}

/// The good file with a note of its author's.
fn noted(name: &str, text: &str) -> Vec<u8> {
    let file = write_safetensors(&good());
    let (length, rest) = file.split_first_chunk().expect("a length");
    let (header, data) = rest.split_at(u64::from_le_bytes(*length) as usize);
    let mut header: serde_json::Value = serde_json::from_slice(header).expect("JSON");
    header["__metadata__"] = serde_json::json!({ "format": "pt", name: text });
    with_header(&header.to_string(), data)
}

fn card() -> ModelCard {
    ModelCard {
        preprocess: Some(Preprocess { resize: 40, crop: 32, ..Preprocess::default() }),
        ..ModelCard::torchvision("small")
    }
}

fn image() -> DecodedImage {
    let rgb = (0..40 * 40 * 3u32).map(|i| (i * 7 % 251) as u8).collect();
    DecodedImage { width: 40, height: 40, rgb }
}

/// Loads each file over a good model: an error of one line with all the words; then the good model answers as before.
async fn refused(cases: Vec<(&str, Vec<u8>, &[&str])>) {
    let session = crate::common::session().await;
    let info = session.load(write_safetensors(&good()), card()).await.expect("the good file loads");
    let answer = session.classify_image(&image(), 6).await.expect("it answers").predictions;
    for (what, bytes, words) in cases {
        let Err(error) = session.load(bytes, card()).await else { panic!("{what}: it was loaded") };
        let message = error.to_string();
        let one_line = !message.contains(['\n', '\r']) && message.len() < 400;
        assert!(one_line && message.contains("expected") && message.contains("found"), "{what}: {message}");
        for word in words {
            assert!(message.contains(word), "{what}: no {word:?} in: {message}");
        }
        println!("{what}: {message}");
    }
    assert_eq!(session.model().as_deref(), Some(&info), "the earlier model is still the model");
    let again = session.classify_image(&image(), 6).await.expect("it still answers");
    assert_eq!(again.predictions, answer);
    assert!(!again.first_run, "it is the same model, not a fresh copy");
}

gpu_tests! {
    /// What PyTorch wrote of the same network answers as safetensors do.
    async fn files_of_pytorch() {
        let session = crate::common::session().await;
        session.load(BASIC, card()).await.expect("safetensors");
        let expected = session.classify_image(&image(), 6).await.expect("it answers").predictions;
        for (what, file) in [("an archive", CHECKPOINT), ("the old form", LEGACY)] {
            session.load(file, card()).await.unwrap_or_else(|error| panic!("{what}: {error}"));
            let found = session.classify_image(&image(), 6).await.expect("it answers").predictions;
            assert_eq!(found, expected, "{what}");
        }
    }

    /// What the classes are called may stand in the file; a card's own names go before it.
    async fn files_with_labels() {
        let session = crate::common::session().await;
        let names = |session: &Session| session.labels().iter().map(|label| label.name.clone()).collect::<Vec<_>>();
        let expected = ["ant", "bee", "cat", "dog", "elk", "fox"];
        let by_index = r#"{"5":"fox","4":"elk","3":"dog","2":"cat","1":"bee","0":"ant"}"#;
        for file in [noted("labels", &serde_json::json!(expected).to_string()), noted("id2label", by_index)] {
            session.load(file.clone(), card()).await.expect("it loads");
            assert_eq!(names(&session), expected);
            let own = Some((0..6).map(|index| format!("own {index}").into()).collect());
            session.load(file, ModelCard { labels: own, ..card() }).await.expect("it loads");
            assert_eq!(names(&session)[5], "own 5");
        }
        // Names that cannot be used are a note, not a refusal.
        for (text, words) in [("ant\nbee", "6 classes, found 2"), ("", "found none"), (r#"["ant""#, "labels: expected")] {
            let info = session.load(noted("labels", text), card()).await.expect("it loads");
            assert!(info.notes.iter().any(|note| note.contains("not used") && note.contains(words)), "{:?}", info.notes);
            assert_eq!(names(&session)[0], "class 0");
        }
    }

    /// Finite weights whose sums are not: every image has the same sentence, and the next model answers.
    async fn outputs_that_are_not_finite() {
        let session = crate::common::session().await;
        let huge = changed("fc.weight", |tensor| tensor.data = 3e38f32.to_le_bytes().repeat(tensor.data.len() / 4));
        session.load(huge, card()).await.expect("its weights are finite");
        for _ in 0..2 {
            let error = session.classify_image(&image(), 5).await.expect_err("infinite outputs").to_string();
            assert!(error.contains("expected 6 finite numbers, found"), "{error}");
            let error = session.classify_images(&[image(), image()], 5).await.expect_err("infinite outputs");
            assert!(error.to_string().contains("finite"), "{error}");
        }
        session.load(write_safetensors(&good()), card()).await.expect("the good file loads");
        assert_eq!(session.classify_image(&image(), 5).await.expect("it answers").predictions.len(), 5);
    }

    async fn files_that_are_none() {
        let length = |length: u64| [&length.to_le_bytes()[..], b"{}"].concat();
        refused(vec![
            ("a text", b"conv1.weight = some numbers, one hopes\n".to_vec(), &["safetensors", "found plain text"]),
            ("nothing", vec![], &["at least 8 bytes", "found 0"]),
            ("seven bytes", vec![0; 7], &["at least 8 bytes", "found 7"]),
            ("zeros", vec![0; 64], &["unknown format"]),
            ("a header of 4 GB", length(1 << 32), &["4294967296"]),
            ("a header of all there is", length(u64::MAX), &["18446744073709551615"]),
            ("a header of 9 exabytes", length(i64::MAX as u64), &["9223372036854775807"]),
            ("a header longer than the file", length(3), &["cut off", "11 bytes", "found 10"]),
            ("half a file", write_safetensors(&good())[..60_000].to_vec(), &["cut off", "found 60000"]),
            ("half a header", write_safetensors(&good())[..100].to_vec(), &["cut off", "found 100"]),
            ("a byte too many", [write_safetensors(&good()), vec![0]].concat(), &["as its header says"]),
            ("no JSON", with_header("{]", &[]), &["JSON header"]),
            ("a list", with_header("[1, 2]", &[]), &["unknown format"]),
            ("no UTF-8", [&2u64.to_le_bytes()[..], &[0xff, 0xfe]].concat(), &["unknown format"]),
            ("a deep well", with_header(&"[".repeat(100_000), &[]), &["unknown format"]),
        ])
        .await;
    }

    async fn headers_that_lie() {
        let twice = r#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}}"#;
        let overlap = r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}"#;
        let gap = r#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}"#;
        // Eight tensors that end just below 2^64: with the header's own bytes the count would begin again at 0.
        let each = (1u64 << 61) - 1;
        let tensor = |i: u64| format!(r#""{i}":{{"dtype":"U8","shape":[{each}],"data_offsets":[{},{}]}}"#, i * each, (i + 1) * each);
        let beyond = format!("{{{}}}", (0..8).map(tensor).collect::<Vec<_>>().join(","));
        refused(vec![
            ("overlapping tensors", with_header(overlap, &[0; 12]), &["JSON header", "b"]),
            ("a gap", with_header(gap, &[0; 12]), &["JSON header", "b"]),
            ("one name twice", with_header(twice, &[0; 4]), &["names each tensor once", "a twice"]),
            ("more values than bytes", lying(r#"{"dtype":"F32","shape":[3],"data_offsets":[0,8]}"#, 8), &["a: ", "as many bytes as"]),
            ("fewer values than bytes", lying(r#"{"dtype":"F16","shape":[3],"data_offsets":[0,8]}"#, 8), &["a: ", "as many bytes as"]),
            ("an end before the start", lying(r#"{"dtype":"F32","shape":[1],"data_offsets":[4,0]}"#, 4), &["a: ", "as many bytes as"]),
            ("more bytes than there are", lying(r#"{"dtype":"F32","shape":[64],"data_offsets":[0,256]}"#, 4), &["cut off"]),
            (
                "dims beyond counting",
                lying(r#"{"dtype":"F32","shape":[1048576,1048576,1048576,1048576],"data_offsets":[0,8]}"#, 8),
                &["a: ", "1048576x1048576x1048576x1048576"],
            ),
            (
                "dims beyond counting beside a zero",
                lying(r#"{"dtype":"F32","shape":[0,1099511627776,1099511627776],"data_offsets":[0,0]}"#, 0),
                &["a"],
            ),
            (
                "offsets beyond counting",
                lying(r#"{"dtype":"F32","shape":[1],"data_offsets":[18446744073709551612,18446744073709551616]}"#, 4),
                &["JSON header"],
            ),
            ("a length beyond counting", with_header(&beyond, &[0; 4]), &[]),
            ("a negative extent", lying(r#"{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}"#, 4), &["JSON header"]),
            ("many dims", lying(&format!(r#"{{"dtype":"F32","shape":[1{}],"data_offsets":[0,4]}}"#, ",1".repeat(9999)), 4), &["a: ", "10000"]),
            ("an unknown type", lying(r#"{"dtype":"F99","shape":[1],"data_offsets":[0,4]}"#, 4), &["JSON header", "F99"]),
            ("a type of two lines", lying(r#"{"dtype":"F\n99","shape":[1],"data_offsets":[0,4]}"#, 4), &["JSON header"]),
            ("no offsets", lying(r#"{"dtype":"F32","shape":[1]}"#, 4), &["JSON header", "data_offsets"]),
            ("a number for a tensor", with_header(r#"{"a":7}"#, &[]), &["JSON header"]),
        ])
        .await;
    }

    async fn tensors_of_another_network() {
        let vgg = ["features.0.weight", "features.0.bias", "classifier.6.weight", "classifier.6.bias"];
        let of_vgg = |name: &&str| Tensor { name: (*name).to_owned(), dtype: "F32", shape: vec![1], data: vec![0; 4] };
        let without = |name: &str| write_safetensors(&good().into_iter().filter(|tensor| tensor.name != name).collect::<Vec<_>>());
        let with = |name: &str| {
            let extra = Tensor { name: name.to_owned(), dtype: "F32", shape: vec![2], data: vec![0; 8] };
            write_safetensors(&[good(), vec![extra]].concat())
        };
        refused(vec![
            ("no tensors", with_header("{}", &[]), &["conv1.weight", "none among the 0"]),
            ("VGG", write_safetensors(&vgg.iter().map(of_vgg).collect::<Vec<_>>()), &["features.0", "a VGG"]),
            ("no statistics", write_safetensors(&good().into_iter().filter(|t| !t.name.contains("running")).collect::<Vec<_>>()), &["bn1.running_mean", "group normalisation"]),
            ("a head of two layers", {
                let layer = |name: &str, shape: [usize; 2]| Tensor { name: name.to_owned(), dtype: "F32", shape: shape.to_vec(), data: vec![0; 4 * shape[0] * shape[1]] };
                let body = good().into_iter().filter(|tensor| !tensor.name.starts_with("fc."));
                write_safetensors(&body.chain([layer("fc.0.weight", [8, 40]), layer("fc.3.weight", [6, 8])]).collect::<Vec<_>>())
            }, &["fc.3.weight", "one of 2 layers", "fc.0.weight"]),
            ("no stem", without("conv1.weight"), &["conv1.weight"]),
            ("no head", without("fc.weight"), &["fc.weight"]),
            ("no first block", without("layer1.0.conv1.weight"), &["layer1.0.conv1.weight"]),
            ("a tensor missing", without("layer2.0.bn1.bias"), &["layer2.0.bn1.bias", "tensor of 10", "none of that name"]),
            ("a variance missing", without("bn1.running_var"), &["bn1.running_var", "tensor of 5"]),
            ("a tensor too many", with("layer1.0.gate.weight"), &["layer1.0.gate.weight", "found this one"]),
            ("a bias of other dims", with("conv1.bias"), &["conv1.bias", "a tensor of 5, found 2"]),
            ("a name of two lines", with("two\nlines"), &["printable", r"two\nlines"]),
            ("a name without an end", with(&"x".repeat(100_000)), &["256", "xxx", "100000 bytes"]),
            ("two channels", changed("conv1.weight", |t| {
                t.shape[1] = 2;
                t.data.truncate(t.data.len() / 3 * 2);
            }), &["conv1.weight", "3 input channels", "found 2"]),
            ("a 5x5 stem", changed("conv1.weight", |t| {
                t.shape = vec![5, 3, 5, 5];
                t.data.truncate(5 * 3 * 25 * 4);
            }), &["conv1.weight", "5x3x7x7", "5x3x5x5"]),
            ("a stem of rank 1", changed("conv1.weight", |t| t.shape = vec![t.shape.iter().product()]), &["conv1.weight", "735"]),
            ("no classes", changed("fc.weight", |t| {
                t.shape[0] = 0;
                t.data.clear();
            }), &["fc.weight", "0x40"]),
            ("a turned head", changed("fc.weight", |t| t.shape.reverse()), &["fc.weight", "40x40", "40x6"]),
            ("whole numbers", changed("fc.bias", |t| {
                t.dtype = "I64";
                t.data.extend(t.data.clone());
            }), &["fc.bias", "F32, F16 or BF16", "I64"]),
        ])
        .await;
    }

    async fn values_that_are_no_weights() {
        refused(vec![
            ("not a number", poisoned("conv1.weight", "F32", f32::NAN), &["conv1.weight", "finite", "NaN at index 3"]),
            ("infinity", poisoned("layer4.0.bn2.bias", "F32", f32::INFINITY), &["layer4.0.bn2.bias", "inf at index 3"]),
            ("f16 not a number", poisoned("fc.weight", "F16", f32::NAN), &["fc.weight", "NaN at index 3"]),
            ("f16 infinity", poisoned("fc.weight", "F16", f32::NEG_INFINITY), &["fc.weight", "-inf at index 3"]),
            ("bf16 not a number", poisoned("fc.bias", "BF16", f32::NAN), &["fc.bias", "NaN at index 3"]),
            ("a negative variance", poisoned("bn1.running_var", "F32", -0.25), &["bn1.running_var", "-0.25 at index 3"]),
            ("an overflowing scale", changed("bn1.weight", |tensor| {
                tensor.data = [3e38f32; 5].iter().flat_map(|value| value.to_le_bytes()).collect();
            }), &["bn1", "finite"]),
        ])
        .await;
    }

    /// A card can be wrong, too.
    async fn cards_that_do_not_fit() {
        let session = crate::common::session().await;
        let wrong = ModelCard { labels: Some(vec!["cat".to_owned().into()]), ..card() };
        let error = session.load(BASIC, wrong).await.expect_err("six classes").to_string();
        assert_eq!(error, "the labels of model \"own\": expected one for each of the network's 6 classes, found 1");
        let wrong = ModelCard { preprocess: Some(Preprocess { crop: 0, ..Preprocess::default() }), ..card() };
        let error = session.load(BASIC, wrong).await.expect_err("no pixel").to_string();
        assert!(error.contains("preprocess.crop: expected a side of 1 to 4096 pixels, found 0"), "{error}");
        assert!(session.model().is_none() && session.layers().is_empty() && session.timings().is_none());
        let error = session.classify_image(&image(), 1).await.expect_err("no model").to_string();
        assert_eq!(error, "the session: expected a loaded model, found none");
    }
}
