//! Deletion and insertion curves of the latest image.

use std::ops::ControlFlow;

use super::Model;
use crate::error::{Error, Result};
use crate::lens::Deletion;
use crate::ops::{Operator, ParameterValues, Softmax};
use crate::session::report::{DeletionCurves, Progress};
use crate::tensor::HostTensor;

/// What the call is named in errors.
const WHAT: &str = "the deletion curves";

impl Model {
    /// See [`crate::Session::deletion_curves`].
    ///
    /// # Errors
    /// As there.
    pub async fn deletion_curves(
        &mut self,
        map: &HostTensor,
        class: usize,
        steps: usize,
        on_progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<Option<DeletionCurves>> {
        let classes = self.labels.len();
        if class >= classes {
            return Err(Error::Request(format!("{WHAT}: expected a class below {classes}, found {class}")));
        }
        if steps == 0 {
            return Err(Error::Request(format!("{WHAT}: expected at least one step, found 0")));
        }
        let network = self.network.clone();
        let (mut executable, _) = self.run_once(WHAT, &network, &[""; 0]).await?;
        let deletion = Deletion::new(executable.read_input().await?, map)?;
        let fractions: Vec<f64> = (0..=steps).map(|step| step as f64 / steps as f64).collect();
        let mut curves = DeletionCurves { fractions, deletion: Vec::new(), insertion: Vec::new() };
        for (done, fraction) in (1..).zip(curves.fractions.clone()) {
            for (curve, image) in [
                (&mut curves.deletion, deletion.deleted(fraction)),
                (&mut curves.insertion, deletion.inserted(fraction)),
            ] {
                let logits = executable.run(&image).await?;
                curve.push(Softmax.reference(&[&logits], &ParameterValues::new()).data()[class]);
            }
            if on_progress(Progress { done, total: steps + 1 }).is_break() {
                return Ok(None);
            }
        }
        Ok(Some(curves))
    }
}
