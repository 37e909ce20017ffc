//! Compiled pipelines are taken over by another device, and other bytes are refused.

use crate::common;
use resnet_lens::Session;
use resnet_lens::decoded_image::DecodedImage;

const STARTER: &[u8] = include_bytes!("../../www/assets/starter.safetensors");

async fn session() -> Session {
    crate::common::session().await
}

/// The starter model's likeliest classes of an image, with the bits of their probabilities.
async fn answer(session: &Session) -> Vec<(usize, u32)> {
    session.load(STARTER, common::starter_card()).await.expect("the starter model");
    let rgb = (0..150 * 200 * 3_u32).map(|i| (i * 7 % 251 / (1 + i / 30_000)) as u8).collect();
    let image = DecodedImage { width: 200, height: 150, rgb };
    let answer = session.classify_image(&image, 5).await.expect("it answers");
    answer.predictions.iter().map(|class| (class.index, class.probability.to_bits())).collect()
}

#[test]
fn pipelines_are_taken_over_by_another_device() {
    pollster::block_on(async {
        let first = session().await;
        let empty = first.pipelines();
        let expected = answer(&first).await;
        // Only Vulkan provides them.
        assert_eq!(first.pipelines_key().is_some(), first.adapter().backend == "Vulkan", "{:?}", first.adapter());
        assert_eq!(empty.is_some(), first.pipelines_key().is_some());
        let Some(kept) = first.pipelines() else { return };
        println!("{} bytes before, {} bytes after", empty.map_or(0, |empty| empty.len()), kept.len());

        let second = session().await;
        assert_eq!(second.pipelines_key(), first.pipelines_key());
        second.restore_pipelines(&kept).expect("what was kept");
        let restored = second.pipelines().expect("this adapter provides them");
        assert!(restored.len() >= kept.len(), "{} bytes of {} were taken over", restored.len(), kept.len());
        assert_eq!(answer(&second).await, expected);
        let after = second.pipelines().expect("this adapter provides them");
        assert_eq!(after.len(), restored.len(), "a pipeline was compiled although it had been taken over");
        session().await.restore_pipelines(&after).expect("what was kept twice");
    });
}

#[test]
fn other_bytes_are_refused_and_have_no_effect() {
    pollster::block_on(async {
        let session = session().await;
        let expected = answer(&session).await;
        let kept = session.pipelines().unwrap_or_else(|| vec![7; 100]);
        let flipped = |at: usize| {
            let mut bytes = kept.clone();
            bytes[at] ^= 1;
            bytes
        };
        let cases = [
            ("no bytes", Vec::new()),
            ("half of it", kept[..kept.len() / 2].to_vec()),
            ("all but the last byte", kept[..kept.len() - 1].to_vec()),
            ("a byte more", [&kept[..], &[0]].concat()),
            ("without its digest", kept[32..].to_vec()),
            ("another digest", flipped(0)),
            ("another header", flipped(40)),
            ("another last byte", flipped(kept.len() - 1)),
            ("noise", (0..4096_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect()),
        ];
        for (what, bytes) in cases {
            let error = session.restore_pipelines(&bytes).expect_err(what).to_string();
            assert!(error.starts_with("compiled pipelines: expected "), "{what}: {error}");
            assert!(!error.contains('\n') && error.contains(", found "), "{what}: {error}");
        }
        assert_eq!(answer(&session).await, expected);
    });
}
