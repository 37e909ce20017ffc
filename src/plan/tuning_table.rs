//! Measured running times, and their form in a file.

use std::collections::BTreeMap;

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::layer_class::LayerClass;
use crate::error::{Error, Result};
use crate::ops::Algorithm;

/// Measured times of each layer class in nanoseconds per run, the predicted algorithm first. Whole numbers survive a file
/// unchanged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TuningTable {
    times: BTreeMap<LayerClass, Vec<(Algorithm, u64)>>,
}

/// One class of a saved table.
#[derive(Serialize, Deserialize)]
struct Entry {
    class: LayerClass,
    nanoseconds: Vec<(Algorithm, u64)>,
}

/// A table saved by an earlier version: times by a description of the layers in words.
type Outdated = BTreeMap<String, Vec<(IgnoredAny, u64)>>;

impl TuningTable {
    /// An empty table.
    pub fn new() -> Self {
        Self::default()
    }

    /// The times of a class: algorithm and nanoseconds, the predicted algorithm first; `None` if it has not been measured.
    pub fn get(&self, class: &LayerClass) -> Option<&[(Algorithm, u64)]> {
        self.times.get(class).map(Vec::as_slice)
    }

    /// Records the times of a class, the predicted algorithm first.
    pub fn insert(&mut self, class: LayerClass, nanoseconds: Vec<(Algorithm, u64)>) {
        self.times.insert(class, nanoseconds);
    }

    /// All measured classes.
    pub fn iter(&self) -> impl Iterator<Item = (&LayerClass, &[(Algorithm, u64)])> {
        self.times.iter().map(|(class, times)| (class, times.as_slice()))
    }

    /// The table as JSON: a list of classes with their times.
    pub fn to_json(&self) -> String {
        let entry = |(class, times): (&LayerClass, &[(Algorithm, u64)])| Entry {
            class: class.clone(),
            nanoseconds: times.to_vec(),
        };
        // Plain numbers, strings and lists always have a JSON form.
        serde_json::to_string(&self.iter().map(entry).collect::<Vec<_>>()).unwrap_or_default()
    }

    /// Reads the text of [`TuningTable::to_json`]. The table is empty if an earlier version wrote the text in another form.
    ///
    /// # Errors
    /// [`Error::State`] for any other text.
    pub fn from_json(text: &str) -> Result<Self> {
        let error = match serde_json::from_str::<Vec<Entry>>(text) {
            Ok(entries) => return Ok(entries.into_iter().map(|entry| (entry.class, entry.nanoseconds)).collect()),
            Err(_) if serde_json::from_str::<Outdated>(text).is_ok() => return Ok(Self::default()),
            Err(error) => error,
        };
        let expected = "expected a JSON list of layer classes with their times";
        Err(Error::State(format!("the saved tuning: {expected}, found another text: {error}")))
    }
}

impl FromIterator<(LayerClass, Vec<(Algorithm, u64)>)> for TuningTable {
    fn from_iter<T: IntoIterator<Item = (LayerClass, Vec<(Algorithm, u64)>)>>(times: T) -> Self {
        Self { times: times.into_iter().collect() }
    }
}
