//! The latency of reading a few bytes back.

use crate::common::{gpu, gpu_tests};
use resnet_lens::gpu::Activation;
use resnet_lens::shape::Shape;
use resnet_lens::tensor::HostTensor;
use web_time::Instant;

gpu_tests! {
    /// Firefox would take 100 ms for each, see `src/gpu/wait.rs`.
    async fn small_reads_do_not_wait_for_a_timer() {
        let gpu = gpu().await;
        let few = HostTensor::from_fn(Shape::new(1, 4, 1, 1), |_, c, _, _| c as f32);
        let activation = Activation::upload(&gpu, &few).await.expect("the device takes it");
        activation.read().await.expect("the device answers");
        let mut times = Vec::new();
        for _ in 0..21 {
            let started = Instant::now();
            assert_eq!(activation.read().await.expect("the device answers"), few);
            times.push(started.elapsed().as_secs_f64() * 1e3);
        }
        times.sort_by(f64::total_cmp);
        println!("{:.1} ms to read four values back, {:.1} at most", times[10], times[20]);
        assert!(times[10] < 60.0, "{times:?} ms to read four values back");
    }
}
