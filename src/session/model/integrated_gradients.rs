//! Integrated Gradients of the latest image.
//!
//! The derivative of the logit along the path jumps wherever a ReLU switches. Half of the gradients are evenly spaced; each further one is
//! placed where the rule misses the change of the logit, which every run returns as well, by most.

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
        if steps < 2 {
            return Err(Error::Request(format!("{WHAT}: expected at least two steps, found {steps}")));
        }
        let network = self.network_with(edits)?;
        let logits = network.graph.nodes()[network.graph.output()].name.clone();
        let graph = network.graph.gradient(&Objective::channel(logits, class), &[INPUT])?;
        let name = gradient_name(INPUT);
        let (executable, output) = self.run_once(WHAT, &network.with_graph(graph), &[&name]).await?;
        let image = executable.read_input().await?;
        let baseline = self.preprocess(&DecodedImage::from_rgba(1, 1, &[0, 0, 0, 255])?)?;
        let mut path = Path { executable, gradient: name, class, image, baseline, points: Vec::new() };
        let uniform = steps.div_ceil(2).max(2);
        for done in 1..=steps {
            let (index, position) =
                if done <= uniform { (done - 1, (done - 1) as f64 / (uniform - 1) as f64) } else { path.least_exact() };
            path.evaluate(index, position).await?;
            if on_progress(Progress { done, total: steps }).is_break() {
                return Ok(None);
            }
        }
        path.result(f64::from(output.data()[class])).map(Some)
    }
}

/// The straight line from the baseline, at 0, to the image, at 1.
struct Path {
    executable: Executable,
    /// The node of the gradient with respect to the input.
    gradient: String,
    class: usize,
    image: HostTensor,
    baseline: HostTensor,
    /// In ascending order.
    points: Vec<Point>,
}

/// A point of the path.
struct Point {
    position: f64,
    logit: f64,
    /// The derivative of the logit along the path.
    slope: f64,
    gradient: HostTensor,
}

impl Path {
    /// Measures the point at `position`, which gets this index.
    async fn evaluate(&mut self, index: usize, position: f64) -> Result<()> {
        let between = |(from, to): (&f32, &f32)| from + position as f32 * (to - from);
        let values = self.baseline.data().iter().zip(self.image.data()).map(between).collect();
        let logits = self.executable.run(&HostTensor::new(self.image.shape(), values)?).await?;
        let gradient = self.executable.read(&self.gradient).await?;
        let slope = self.differences().zip(gradient.data()).map(|(by, value)| by * f64::from(*value)).sum();
        self.points.insert(index, Point { position, logit: f64::from(logits.data()[self.class]), slope, gradient });
        Ok(())
    }

    fn differences(&self) -> impl Iterator<Item = f64> {
        self.image.data().iter().zip(self.baseline.data()).map(|(image, baseline)| f64::from(image - baseline))
    }

    /// The middle of the interval over which the trapezoidal rule misses the change of the logit most, and the index of a point there.
    fn least_exact(&self) -> (usize, f64) {
        let error = |[before, after]: &[&Point; 2]| {
            let by = after.position - before.position;
            (by * (before.slope + after.slope) / 2.0 - (after.logit - before.logit)).abs()
        };
        let intervals = self.points.windows(2).map(|pair| [&pair[0], &pair[1]]).enumerate();
        let worst = intervals.max_by(|(_, one), (_, other)| error(one).total_cmp(&error(other)));
        let (index, [before, after]) = worst.expect("at least two points");
        (index + 1, (before.position + after.position) / 2.0)
    }

    /// The integral by the trapezoidal rule; `output` is the logit of the image.
    fn result(&self, output: f64) -> Result<IntegratedGradients> {
        let mut mean = vec![0f64; self.image.data().len()];
        for (index, point) in self.points.iter().enumerate() {
            let at = |index: usize| self.points.get(index).map_or(point.position, |other| other.position);
            let weight = (at(index + 1) - at(index.saturating_sub(1))) / 2.0;
            mean.iter_mut().zip(point.gradient.data()).for_each(|(mean, value)| *mean += weight * f64::from(*value));
        }
        let attributions: Vec<f64> = self.differences().zip(mean).map(|(by, mean)| by * mean).collect();
        let values = attributions.iter().map(|value| *value as f32).collect();
        let baseline = self.points[0].logit;
        let (sum, change) = (attributions.iter().sum::<f64>(), output - baseline);
        Ok(IntegratedGradients {
            map: HostTensor::new(self.image.shape(), values)?,
            output,
            baseline,
            sum,
            gap: if change == 0.0 { sum.abs() } else { ((sum - change) / change).abs() },
        })
    }
}
