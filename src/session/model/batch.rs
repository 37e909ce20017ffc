//! Runs of several images at once.

use super::Model;
use super::checked_plan::checked_plan;
use crate::error::Result;
use crate::gpu::Executable;
use crate::shape::Shape;
use crate::tensor::HostTensor;

impl Model {
    /// The logits of each input, and whether this was the first run with this batch size.
    pub async fn run_batch(&mut self, inputs: &[HostTensor]) -> Result<(Vec<HostTensor>, bool)> {
        let shape = Shape { n: inputs.len(), ..self.network.graph.input() };
        let first_run = self.batch.as_ref().is_none_or(|batch| batch.graph().input() != shape);
        if first_run {
            let graph = self.config.graph(shape.n, shape.h, shape.w)?.edit(&self.edits)?;
            let plan = checked_plan(&self.gpu, &graph, &[""; 0], &mut self.selection).await?;
            // Frees the previous batch first: the buffers of both may exceed the memory.
            self.batch = None;
            self.batch = Some(Executable::new(&self.gpu, plan, &self.network.parameters).await?);
        }
        let Some(batch) = &mut self.batch else { return Ok((Vec::new(), first_run)) };
        let values = inputs.iter().flat_map(HostTensor::data).copied().collect();
        let logits = batch.run(&HostTensor::new(shape, values)?).await?;
        let row = Shape { n: 1, ..logits.shape() };
        let rows = logits.data().chunks_exact(row.len()).map(|values| HostTensor::new(row, values.to_vec()));
        Ok((rows.collect::<Result<_>>()?, first_run))
    }
}
