//! Inspection of a model: statistics, thumbnails, class activation maps, filters.

use std::collections::hash_map::Entry;

use super::Model;
use super::inspection_cache::{CachedClassMap, Filters, Inspected};
use crate::error::{Error, Result};
use crate::gpu::{Activation, ClassActivationMap, StatisticsPass, ThumbnailAtlas, ValueRange};
use crate::graph::Node;
use crate::lens::{ClassifierHead, Scale};
use crate::ops::{ParameterValues, Role, Window};
use crate::shape::Shape;
use crate::tensor::HostTensor;

impl Model {
    /// An observed node with the statistics of its value for the latest image.
    ///
    /// # Errors
    /// [`Error::Graph`] if the network has no such node, [`Error::State`] if it is not observed or no image has been classified
    /// since, [`Error::Gpu`] if the device fails.
    pub async fn inspect(&mut self, name: &str) -> Result<&Inspected> {
        let node = self.executable.graph().find(name)?;
        let activation = self.executable.activation(name)?;
        let run = self.current_run(name)?;
        let inspected = match self.cache.nodes.entry(node) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => {
                let statistics = StatisticsPass::new(&activation).await?;
                entry.insert(Inspected { activation, statistics, run: 0 })
            }
        };
        if inspected.run != run {
            inspected.statistics.run();
            inspected.run = run;
        }
        Ok(inspected)
    }

    /// The parameters of a node of the edited network: those of the weight file, unless they are drawn anew.
    ///
    /// # Errors
    /// [`Error::Weights`] if they cannot be read.
    pub async fn read_parameters(&self, node: &Node) -> Result<ParameterValues> {
        if let Some(parameters) = self.network.own_parameters(node) {
            return Ok(parameters);
        }
        self.weights.parameters(&self.loaded.graph.nodes()[node.parameters]).await
    }

    /// The index of the step that computes a node; `None` if its value is not used, as in a branch that is switched off.
    ///
    /// # Errors
    /// [`Error::Graph`] if the network has no such node.
    pub fn step_of(&self, name: &str) -> Result<Option<usize>> {
        Ok(self.executable.plan().step_of(self.network.graph.find(name)?))
    }

    /// The thumbnails of all steps for the latest image. The first call enables them and runs the image again.
    ///
    /// # Errors
    /// [`Error::State`] if no image has been classified, [`Error::Gpu`] if the device fails.
    pub async fn thumbnail_atlas(&mut self) -> Result<&ThumbnailAtlas> {
        self.enable_thumbnails().await?;
        let run = self.current_run("the thumbnails")?;
        let missing = || Error::State("the thumbnails: expected them in the plan, found none".to_owned());
        let atlas = self.executable.thumbnail_atlas().ok_or_else(missing)?;
        if self.cache.thumbnails_run != run {
            atlas.run();
            self.cache.thumbnails_run = run;
        }
        Ok(atlas)
    }

    /// The largest magnitude in the network for the latest image if `scale` needs it.
    ///
    /// # Errors
    /// As [`Model::thumbnail_atlas`].
    pub async fn network_range(&mut self, scale: Scale) -> Result<Option<ValueRange>> {
        if scale == Scale::Network { Ok(Some(self.thumbnail_atlas().await?.value_range())) } else { Ok(None) }
    }

    /// The class activation map of a class for the latest image.
    ///
    /// # Errors
    /// [`Error::Request`] if the network has no suitable head or no such class, [`Error::State`] if no image has been classified,
    /// [`Error::Weights`] if the weights cannot be read, [`Error::Gpu`] if the device fails.
    pub async fn class_activation_map(&mut self, class: usize) -> Result<&ClassActivationMap> {
        let head = self.classifier_head("the class activation map", class)?;
        let [map, linear] = [head.map, head.linear].map(|node| self.network.graph.nodes()[node].clone());
        let classes = linear.shape.c;
        let run = self.current_run(&map.name)?;
        let weight = match self.cache.head_weight.take() {
            Some(weight) => weight,
            None => {
                let weight = self.read_parameters(&linear).await?.remove("weight").unwrap_or_default();
                let weight = HostTensor::new(Shape::new(classes, map.shape.c, 1, 1), weight)?;
                Activation::upload(&self.gpu, &weight).await?
            }
        };
        let cached = match self.cache.class_map.take() {
            Some(cached) if cached.class == class => cached,
            _ => {
                let map = ClassActivationMap::new(&self.executable.activation(&map.name)?, &weight, class).await?;
                CachedClassMap { class, map, run: 0 }
            }
        };
        self.cache.head_weight = Some(weight);
        let cached = self.cache.class_map.insert(cached);
        if cached.run != run {
            cached.map.run();
            cached.run = run;
        }
        Ok(&cached.map)
    }

    /// The head of the network, for `what` of a class.
    ///
    /// # Errors
    /// [`Error::Request`] if the network has no suitable head or no such class.
    pub fn classifier_head(&self, what: &str, class: usize) -> Result<ClassifierHead> {
        let error = |expected: &str, found: &str| Error::Request(format!("{what}: expected {expected}, found {found}"));
        let head = ClassifierHead::of(&self.network.graph).ok_or_else(|| {
            error("a network that ends with global average pooling and one linear layer", "another network")
        })?;
        let classes = self.network.graph.nodes()[head.linear].shape.c;
        if class >= classes {
            return Err(error(&format!("a class below {classes}"), &class.to_string()));
        }
        Ok(head)
    }

    /// The filters of a convolution with three input channels.
    ///
    /// # Errors
    /// [`Error::Graph`] if the network has no such node, [`Error::Request`] if it is another operator or has another number of input
    /// channels, [`Error::Weights`] if the weights cannot be read, [`Error::Gpu`] if the device fails.
    pub async fn filters(&mut self, name: &str) -> Result<&Filters> {
        let filters = match self.cache.filters.take() {
            Some((cached, filters)) if cached == name => filters,
            _ => self.load_filters(name).await?,
        };
        Ok(&self.cache.filters.insert((name.to_owned(), filters)).1)
    }

    async fn load_filters(&self, name: &str) -> Result<Filters> {
        let node = &self.loaded.graph.nodes()[self.loaded.graph.find(name)?];
        let error = |found: &str| {
            Error::Request(format!(
                "{name}: expected a convolution with 3 input channels to show as RGB, found {found}"
            ))
        };
        let (Role::Convolution, Some(Window { kernel: [height, width], .. })) = (node.op.role(), node.op.window())
        else {
            return Err(error(node.op.kind()));
        };
        let channels = self.loaded.graph.shape(node.inputs[0]).c;
        if channels != 3 {
            return Err(error(&format!("{channels} input channels")));
        }
        let count = node.shape.c;
        let weight = self.read_parameters(node).await?.remove("weight").unwrap_or_default();
        let magnitude = |filter: &[f32]| filter.iter().fold(0f32, |largest, weight| largest.max(weight.abs()));
        let largest = weight.chunks_exact(3 * height * width).map(magnitude).collect();
        let largest = HostTensor::new(Shape::new(1, count, 1, 1), largest)?;
        let values = HostTensor::new(Shape::new(count, 3, height, width), weight)?;
        Ok(Filters {
            values: Activation::upload(&self.gpu, &values).await?,
            largest: Activation::upload(&self.gpu, &largest).await?,
        })
    }

    /// The number of the run whose values the buffers hold.
    fn current_run(&self, name: &str) -> Result<u64> {
        if self.current {
            return Ok(self.runs);
        }
        let expected = "expected an image to be classified since the observed nodes changed";
        Err(Error::State(format!("{name}: {expected}, found none")))
    }
}
