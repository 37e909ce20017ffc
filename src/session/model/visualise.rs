//! The executable of a feature visualisation.

use super::Model;
use super::checked_plan::checked_plan;
use crate::decoded_image::DecodedImage;
use crate::error::Result;
use crate::gpu::Executable;
use crate::graph::{INPUT, Objective, ascent_name, gradient_name};
use crate::lens::Ascent;
use crate::session::report::VisualisationRequest;
use crate::session::visualisation::Visualisation;

impl Model {
    /// The visualisation of a channel before its first step.
    ///
    /// # Errors
    /// [`crate::Error::Graph`] and [`crate::Error::Shape`] if the network has no such node or channel, [`crate::Error::Gpu`] if the
    /// device fails.
    pub async fn visualise(&mut self, request: VisualisationRequest) -> Result<Visualisation> {
        let graph = self.network.graph.ascent(&request.node)?;
        let graph = graph.gradient(&Objective::channel(ascent_name(&request.node), request.channel), &[INPUT])?;
        let plan = checked_plan(&self.gpu, &graph, &[gradient_name(INPUT)], &mut self.selection).await?;
        let executable = Executable::new(&self.gpu, plan, &self.network.parameters).await?;
        let uniform = |level: u8| self.preprocess(&DecodedImage::from_rgba(1, 1, &[level, level, level, 255])?);
        let ascent = Ascent::new(uniform(0)?, uniform(255)?, request.seed.into());
        Visualisation::begin(executable, ascent, request).await
    }
}
