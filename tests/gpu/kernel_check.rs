//! A device that computes wrong values with some kernels: their algorithms are not used, the model's notes name them, and answers
//! stay right. Kernels are broken by replacing a text in their source. In the browser, `tests/e2e/kernel-check.test.js` does the same.

use crate::common::starter_card;
use pollster::block_on;
use resnet_lens::decoded_image::DecodedImage;
use resnet_lens::gpu::DeviceKind;
use resnet_lens::session::{Prediction, faster_device};
use resnet_lens::{Error, Session};

const STARTER: &[u8] = include_bytes!("../../www/assets/starter.safetensors");

/// The predicted fastest algorithms of the software adapters. The kernel for registers is broken in the larger of its two tiles
/// only: it does not select the sums of the pixels behind the eighth.
const FIRST_CHOICES: [[&str; 3]; 3] = [
    ["conv2d", "const WIDE: bool = true;", "const WIDE: bool = false;"],
    ["conv2d_scalar", "= epilogue(sum, channel, at)", "= 0.9 * epilogue(sum, channel, at)"],
    ["conv2d_tiled", "= epilogue(sum, channel, at)", "= 0.9 * epilogue(sum, channel, at)"],
];

const WINOGRAD: [[&str; 3]; 2] = [
    ["winograd_output", "= epilogue(sum, channel, at)", "= 0.9 * epilogue(sum, channel, at)"],
    ["winograd_scalar", "= epilogue(sum, channel, at)", "= 0.9 * epilogue(sum, channel, at)"],
];

fn image() -> DecodedImage {
    DecodedImage { width: 40, height: 30, rgb: (0..40 * 30 * 3_u32).map(|i| (i * 7 % 251) as u8).collect() }
}

async fn session() -> Session {
    crate::common::session().await
}

async fn answer(session: &Session) -> Vec<Prediction> {
    session.classify_image(&image(), 5).await.expect("the model answers").predictions
}

/// A session with the starter model on a device with broken kernels.
async fn broken(kernels: &[[&'static str; 3]]) -> Session {
    let session = session().await;
    kernels.iter().for_each(|replacement| session.break_kernel(*replacement));
    session.load(STARTER, starter_card()).await.expect("other algorithms work");
    session
}

/// The answer of an intact device.
async fn expected() -> Vec<Prediction> {
    answer(&broken(&[]).await).await
}

fn assert_same(found: &[Prediction], expected: &[Prediction]) {
    for (found, expected) in found.iter().zip(expected) {
        let difference = (found.probability - expected.probability).abs();
        assert!(found.index == expected.index && difference < 1e-4, "expected {expected:?}, found {found:?}");
    }
}

/// Measures all algorithms.
async fn tune(session: &Session) {
    loop {
        let progress = session.tune(f64::INFINITY).await.expect("the device works");
        if progress.done == progress.total {
            break;
        }
    }
}

/// The sentences about algorithms in the model's notes.
fn rejections(session: &Session) -> Vec<String> {
    let notes = session.model().expect("a model is loaded").notes.clone();
    notes.into_iter().filter(|note| note.starts_with("on this GPU the algorithm ")).collect()
}

/// No algorithm of an intact device is rejected.
#[test]
fn intact_kernels_are_used() {
    block_on(async {
        assert_eq!(rejections(&broken(&[]).await), [""; 0]);
    });
}

#[test]
fn a_broken_first_choice_is_not_used() {
    block_on(async {
        let session = broken(&FIRST_CHOICES).await;
        let rejections = rejections(&session);
        assert!(
            rejections.iter().any(|note| note.contains("Conv2d 3x3 stride 1") && note.contains("values differ")),
            "{rejections:#?}"
        );
        assert_same(&answer(&session).await, &expected().await);
    });
}

/// The tuner measures no broken algorithm, however fast it is.
#[test]
fn a_broken_algorithm_is_not_tuned() {
    block_on(async {
        let session = broken(&WINOGRAD).await;
        tune(&session).await;
        assert!(!session.tuning().contains("winograd"), "{}", session.tuning());
        assert!(session.tuning().contains("nanoseconds"), "nothing was measured");
        let rejections = rejections(&session);
        assert!(rejections.iter().any(|note| note.contains("Winograd")), "{rejections:#?}");
        assert_same(&answer(&session).await, &expected().await);
    });
}

/// Times saved by an earlier version of the driver, with which the kernel was right.
#[test]
fn a_broken_algorithm_is_not_restored() {
    block_on(async {
        let intact = broken(&[]).await;
        tune(&intact).await;
        // Winograd as the fastest algorithm wherever it was measured.
        let mut table: serde_json::Value = serde_json::from_str(&intact.tuning()).unwrap();
        for entry in table.as_array_mut().unwrap() {
            for measured in entry["nanoseconds"].as_array_mut().unwrap() {
                if measured[0].get("winograd").is_some() {
                    measured[1] = 1.into();
                }
            }
        }
        let saved = table.to_string();
        assert!(saved.contains("winograd"), "{saved}");
        let session = broken(&WINOGRAD).await;
        session.restore_tuning(&saved).await.expect("the table is valid");
        let rejections = rejections(&session);
        assert!(rejections.iter().any(|note| note.contains("Winograd")), "{rejections:#?}");
        assert_same(&answer(&session).await, &expected().await);
    });
}

/// The kernel of an operator that has a single algorithm.
#[test]
fn a_broken_kernel_without_alternative_is_an_error() {
    block_on(async {
        let session = session().await;
        session.break_kernel(["maxpool2d", "y[at] = most;", "y[at] = 0.5 * most;"]);
        let error = session.load(STARTER, starter_card()).await.expect_err("pooling is wrong");
        let sentence = error.to_string();
        assert!(
            matches!(error, Error::Gpu(_)) && sentence.contains("MaxPool2d") && sentence.contains("values differ"),
            "{sentence}"
        );
    });
}

/// The CPU replaces a device that computes its first layer wrongly.
#[test]
fn a_device_with_wrong_values_is_not_chosen() {
    block_on(async {
        let gpu = crate::common::fresh_gpu().await;
        for file in ["conv2d", "conv2d_scalar", "conv2d_tiled"] {
            gpu.break_kernel([file, "= epilogue(sum, channel, at)", "= 0.9 * epilogue(sum, channel, at)"]);
        }
        let name = gpu.report().name.clone();
        let (chosen, reason) = faster_device(gpu).await.expect("the CPU computes the layer");
        assert_eq!(chosen.kind(), DeviceKind::Cpu);
        assert_eq!(reason.as_deref(), Some(&*format!("{name} computes wrong values")));
    });
}
