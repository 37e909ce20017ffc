//! Grad-CAM in every run, for the overlay on images and frames.

use super::Model;
use super::attribution::Attribution;
use super::checked_plan::checked_plan;
use super::observed_nodes::observed_nodes;
use crate::error::{Error, Result};
use crate::graph::{Graph, grad_cam_name};
use crate::plan::{AlgorithmSelection, Plan};

impl Model {
    /// Computes the Grad-CAM of a node's value for the logit of a class in every run from now on, or none with `None`. Without a class
    /// it is that of the most probable one. Runs the latest image again.
    ///
    /// # Errors
    /// As [`Graph::grad_cam`], and [`crate::Error::Gpu`] if the device fails. The model then computes what it did before.
    pub async fn attribute(&mut self, layer: Option<&str>, class: Option<usize>) -> Result<()> {
        let wanted = layer.map(|layer| Attribution { layer: layer.to_owned(), class });
        if wanted == self.attribution {
            return Ok(());
        }
        if let Some(attribution) = &wanted {
            attribution.extend(&self.network.graph)?;
        }
        let former = std::mem::replace(&mut self.attribution, wanted);
        if let Err(error) = self.plan_again().await {
            self.attribution = former;
            return Err(error);
        }
        self.refresh().await
    }

    /// Checks that runs compute the Grad-CAM of `layer`.
    ///
    /// # Errors
    /// [`Error::State`] if they do not, and as [`Graph::grad_cam`] if the network with its edits has none.
    pub fn check_attribution(&self, layer: &str) -> Result<()> {
        match &self.attribution {
            Some(attribution) if attribution.layer == layer => attribution.extend(&self.network.graph).map(|_| ()),
            _ => Err(Error::State(format!(
                "the Grad-CAM of {layer}: expected it to be computed in every run, found another or none"
            ))),
        }
    }

    /// Replaces the executable by one that observes the same nodes.
    async fn plan_again(&mut self) -> Result<()> {
        let names: Vec<String> = self.observed().map(|node| node.name.clone()).collect();
        let observed = observed_nodes(&self.network.graph, &names)?;
        let mut selection = self.selection.clone();
        let plan = self.plan(&self.network.graph, &observed, &mut selection).await?;
        self.execute(plan).await?;
        self.selection = selection;
        Ok(())
    }

    /// The plan of the runs: the network, the thumbnails where they are shown, and the Grad-CAM where it is wanted and the network with
    /// its edits has one.
    ///
    /// # Errors
    /// As [`checked_plan`].
    pub(super) async fn plan(
        &self,
        graph: &Graph,
        observed: &[impl AsRef<str>],
        selection: &mut AlgorithmSelection,
    ) -> Result<Plan> {
        let mut observed: Vec<&str> = observed.iter().map(AsRef::as_ref).collect();
        let attribution =
            self.attribution.as_ref().and_then(|one| Some((grad_cam_name(&one.layer), one.extend(graph).ok()?)));
        let plan = match &attribution {
            Some((name, extended)) => {
                observed.push(name);
                checked_plan(&self.gpu, extended, &observed, selection).await?
            }
            None => checked_plan(&self.gpu, graph, &observed, selection).await?,
        };
        Ok(if self.thumbnails { plan.with_thumbnails() } else { plan })
    }
}
