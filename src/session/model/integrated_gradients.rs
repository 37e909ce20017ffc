//! Integrated Gradients of the latest image.

use std::ops::ControlFlow;

use super::Model;
use crate::decoded_image::DecodedImage;
use crate::error::{Error, Result};
use crate::gpu::Executable;
use crate::graph::{INPUT, Objective, Surgery, gradient_name};
use crate::session::report::{IntegratedGradients, Progress};
use crate::tensor::HostTensor;

/// What the call is named in errors.
const WHAT: &str = "the integrated gradients";

impl Model {
    /// See [`crate::Session::integrated_gradients`].
    ///
    /// # Errors
    /// As there.
    pub async fn integrated_gradients(
        &mut self,
        class: usize,
        steps: usize,
        edits: Option<&[Surgery]>,
        on_progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<Option<IntegratedGradients>> {
        if steps == 0 {
            return Err(Error::Request(format!("{WHAT}: expected at least one step, found 0")));
        }
        let network = self.network_with(edits)?;
        let logits = network.graph.nodes()[network.graph.output()].name.clone();
        let graph = network.graph.gradient(&Objective::channel(logits, class), &[INPUT])?;
        let name = gradient_name(INPUT);
        let (mut executable, output) = self.run_once(WHAT, &network.with_graph(graph), &[&name]).await?;
        let image = executable.read_input().await?;
        let baseline = self.preprocess(&DecodedImage::from_rgba(1, 1, &[0, 0, 0, 255])?)?;
        let start = executable.run(&baseline).await?;
        let mut sum = vec![0f64; image.data().len()];
        for step in 0..steps {
            // The middle of the interval.
            let position = (step as f32 + 0.5) / steps as f32;
            let gradient = gradient_at(&mut executable, &name, &baseline, &image, position).await?;
            sum.iter_mut().zip(gradient.data()).for_each(|(sum, value)| *sum += f64::from(*value));
            if on_progress(Progress { done: step + 1, total: steps }).is_break() {
                return Ok(None);
            }
        }
        let difference = image.data().iter().zip(baseline.data()).map(|(image, baseline)| f64::from(image - baseline));
        let attributions: Vec<f64> = difference.zip(sum).map(|(by, sum)| by * sum / steps as f64).collect();
        let values = attributions.iter().map(|value| *value as f32).collect();
        let [output, baseline] = [&output, &start].map(|logits| f64::from(logits.data()[class]));
        let total: f64 = attributions.iter().sum();
        let change = output - baseline;
        Ok(Some(IntegratedGradients {
            map: HostTensor::new(image.shape(), values)?,
            output,
            baseline,
            sum: total,
            gap: if change == 0.0 { total.abs() } else { ((total - change) / change).abs() },
        }))
    }
}

/// The gradient at a position from 0 at the baseline to 1 at the image.
async fn gradient_at(
    executable: &mut Executable,
    name: &str,
    baseline: &HostTensor,
    image: &HostTensor,
    position: f32,
) -> Result<HostTensor> {
    let between = |(from, to): (&f32, &f32)| from + position * (to - from);
    let values = baseline.data().iter().zip(image.data()).map(between).collect();
    executable.run(&HostTensor::new(image.shape(), values)?).await?;
    executable.read(name).await
}
