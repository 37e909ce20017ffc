//! What a model keeps of the nodes that are looked at: where they lie, their statistics, the class map, the kernels.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::model::Model;
use crate::error::{Error, Result};
use crate::gpu::{Activation, ClassActivationMap, StatisticsPass, ThumbnailAtlas, ValueRange};
use crate::graph::{Graph, ValueRef};
use crate::lens::{ClassifierHead, Scale, pointwise};
use crate::ops::{Role, Window};
use crate::shape::Shape;
use crate::tensor::HostTensor;

/// Things on the GPU that looking takes, made when first needed.
#[derive(Debug, Default)]
pub(super) struct InspectionCache {
    nodes: HashMap<usize, Inspected>,
    heat: Option<(usize, ClassActivationMap)>,
    /// The run whose values `heat` was computed from.
    heat_of: u64,
    /// The weights of the network's head: they are needed for class maps only.
    head_weight: Option<Activation>,
    filters: Option<(String, Filters)>,
    /// The run whose thumbnails were finished.
    atlas_of: u64,
}

impl InspectionCache {
    /// Forgets what belongs to the buffers of an executable that is no more.
    pub fn moved(&mut self) {
        self.nodes.clear();
        self.heat = None;
        self.atlas_of = 0;
    }
}

/// An observed node.
#[derive(Debug)]
pub(super) struct Inspected {
    pub activation: Activation,
    pub measure: StatisticsPass,
    /// The run whose values were measured.
    of: u64,
}

/// The filters of a convolution of three channels.
#[derive(Debug)]
pub(super) struct Filters {
    /// One image a filter.
    pub values: Activation,
    /// The largest magnitude of each, in a channel of its own.
    pub largest: Activation,
}

impl Model {
    /// An observed node with the statistics of its value for the latest image.
    ///
    /// # Errors
    /// [`Error::Graph`] when there is no such node, [`Error::State`] when it is not observed or no image went through since,
    /// [`Error::Gpu`] when the device fails.
    pub async fn look(&mut self, name: &str) -> Result<&Inspected> {
        let node = self.graph.find(name)?;
        let activation = self.executable.activation(name)?;
        let run = self.current_run(name)?;
        let looked = match self.looks.nodes.entry(node) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => {
                let measure = StatisticsPass::new(&activation).await?;
                entry.insert(Inspected { activation, measure, of: 0 })
            }
        };
        if looked.of != run {
            looked.measure.run();
            looked.of = run;
        }
        Ok(looked)
    }

    /// The thumbnails of all steps for the latest image. They are made from the first call on, which runs the image again.
    ///
    /// # Errors
    /// [`Error::State`] when no image went through yet, [`Error::Gpu`] when the device fails.
    pub async fn thumbnail_atlas(&mut self) -> Result<&ThumbnailAtlas> {
        self.keep_map().await?;
        let run = self.current_run("the network's map")?;
        let missing = || Error::State("the network's map: expected thumbnails in the plan, found none".to_owned());
        let thumbnail_atlas = self.executable.thumbnail_atlas().ok_or_else(missing)?;
        if self.looks.atlas_of != run {
            thumbnail_atlas.run();
            self.looks.atlas_of = run;
        }
        Ok(thumbnail_atlas)
    }

    /// The largest magnitude in the network for the latest image, where the scale asks for it.
    ///
    /// # Errors
    /// As [`Model::thumbnail_atlas`].
    pub async fn reach(&mut self, scale: Scale) -> Result<Option<ValueRange>> {
        if scale == Scale::Network { Ok(Some(self.thumbnail_atlas().await?.value_range())) } else { Ok(None) }
    }

    /// The class activation map of a class for the latest image.
    ///
    /// # Errors
    /// [`Error::Request`] when the network has no head for it or no such class, [`Error::State`] when no image went through yet,
    /// [`Error::Weights`] when the weights cannot be read again, [`Error::Gpu`] when the device fails.
    pub async fn heat(&mut self, class: usize) -> Result<&ClassActivationMap> {
        let Some(head) = ClassifierHead::of(&self.graph) else {
            let expected = "global average pooling and one linear layer at the end";
            return Err(Error::Request(format!("a class activation map: expected {expected}, found another network")));
        };
        let classes = self.graph.nodes()[head.linear].shape.c;
        if class >= classes {
            return Err(Error::Request(format!("expected a class below {classes}, found {class}")));
        }
        let name = self.graph.nodes()[head.map].name.clone();
        let run = self.current_run(&name)?;
        if self.looks.head_weight.is_none() {
            let weight = self.weights.parameters(&self.graph.nodes()[head.linear]).await?.remove("weight");
            let shape = Shape::new(classes, self.graph.nodes()[head.map].shape.c, 1, 1);
            let weight = HostTensor::new(shape, weight.unwrap_or_default())?;
            self.looks.head_weight = Some(Activation::upload(&self.gpu, &weight).await?);
        }
        let looks = &mut self.looks;
        if looks.heat.as_ref().is_none_or(|(of, _)| *of != class)
            && let Some(weight) = &looks.head_weight
        {
            let heat = ClassActivationMap::new(&self.executable.activation(&name)?, weight, class).await?;
            (looks.heat, looks.heat_of) = (Some((class, heat)), 0);
        }
        let (_, heat) =
            looks.heat.as_ref().ok_or_else(|| Error::State("no class activation map was made".to_owned()))?;
        if looks.heat_of != run {
            heat.run();
            looks.heat_of = run;
        }
        Ok(heat)
    }

    /// The filters of a convolution whose input has three channels.
    ///
    /// # Errors
    /// [`Error::Graph`] when there is no such node, [`Error::Request`] when it is no such convolution, [`Error::Weights`] when the
    /// weights cannot be read again, [`Error::Gpu`] when the device fails.
    pub async fn filters(&mut self, name: &str) -> Result<&Filters> {
        if self.looks.filters.as_ref().is_none_or(|(of, _)| of != name) {
            let node = &self.graph.nodes()[self.graph.find(name)?];
            let (Role::Convolution, Some(Window { kernel: [height, width], .. })) = (node.op.role(), node.op.window())
            else {
                return Err(not_pictures(name, node.op.kind()));
            };
            let channels = self.graph.shape(node.inputs[0]).c;
            if channels != 3 {
                return Err(not_pictures(name, &format!("{channels} input channels")));
            }
            let filters = node.shape.c;
            let weight = self.weights.parameters(node).await?.remove("weight").unwrap_or_default();
            let most = |filter: &[f32]| filter.iter().fold(0f32, |most, weight| most.max(weight.abs()));
            let largest = weight.chunks_exact(3 * height * width).map(most).collect();
            let largest = HostTensor::new(Shape::new(1, filters, 1, 1), largest)?;
            let values = HostTensor::new(Shape::new(filters, 3, height, width), weight)?;
            let values = Activation::upload(&self.gpu, &values).await?;
            let largest = Activation::upload(&self.gpu, &largest).await?;
            self.looks.filters = Some((name.to_owned(), Filters { values, largest }));
        }
        let filters = self.looks.filters.as_ref().map(|(_, filters)| filters);
        filters.ok_or_else(|| Error::State(format!("{name}: its filters were not read")))
    }

    /// The number of the run whose values the buffers hold.
    fn current_run(&self, name: &str) -> Result<u64> {
        if self.current {
            return Ok(self.runs);
        }
        let expected = "expected an image to have gone through the network since its nodes were chosen";
        Err(Error::State(format!("{name}: {expected}, found none")))
    }
}

/// The nodes that are kept when `names` are observed: with each node behind a 1x1 convolution the values that it multiplies, and
/// the last map, for class maps. All of them are stored anyway, so that none costs a dispatch.
///
/// # Errors
/// [`Error::Graph`] when there is no such node.
pub(super) fn kept(graph: &Graph, names: &[impl AsRef<str>]) -> Result<Vec<String>> {
    let mut kept: Vec<String> = names.iter().map(|name| name.as_ref().to_owned()).collect();
    for name in names {
        if let Some((_, ValueRef::Node(source))) = pointwise(graph, graph.find(name.as_ref())?) {
            kept.push(graph.nodes()[source].name.clone());
        }
    }
    kept.extend(ClassifierHead::of(graph).map(|head| graph.nodes()[head.map].name.clone()));
    Ok(kept)
}

fn not_pictures(name: &str, found: &str) -> Error {
    Error::Request(format!("{name}: expected a convolution of three input channels to show as images, found {found}"))
}
