//! The JSON files of a repository, with errors that name file and member.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::Repository;
use crate::error::{Error, Result, quoted};
use crate::labels::{self, Label};

/// A JSON object of a repository.
pub(super) struct JsonFile {
    place: String,
    members: Map<String, Value>,
}

impl JsonFile {
    /// Parses the text of a file.
    pub(super) fn read(repository: &Repository, file: &str, text: &str) -> Result<Self> {
        let place = format!("{file} of {repository}");
        let members = serde_json::from_str(text).map_err(|error| Error::json(&place, "a JSON object", &error))?;
        Ok(Self { place, members })
    }

    /// The error for a member with another value than expected.
    pub(super) fn wrong(&self, key: &str, expected: &str, found: &str) -> Error {
        Error::Card(format!("{key} in {}: expected {expected}, found {}", self.place, quoted(found)))
    }

    /// Whether there is such a member, and it is not null.
    pub(super) fn has(&self, key: &str) -> bool {
        self.members.get(key).is_some_and(|value| !value.is_null())
    }

    /// A member of the expected type; `None` when it is absent or null.
    pub(super) fn get<T: for<'a> Deserialize<'a>>(&self, key: &str) -> Result<Option<T>> {
        let Some(value) = self.members.get(key).filter(|value| !value.is_null()) else { return Ok(None) };
        let unreadable = |error: serde_json::Error| {
            let message: String = error.to_string().chars().filter(|c| !c.is_control()).take(200).collect();
            Error::Card(format!("{key} in {}: expected a value that can be used, found {message}", self.place))
        };
        T::deserialize(value).map(Some).map_err(unreadable)
    }

    /// A member of `inner`, or else of this object: older timm files have no inner object.
    pub(super) fn or<T: for<'a> Deserialize<'a>>(&self, inner: &Self, key: &str) -> Result<Option<T>> {
        inner.get(key)?.map_or_else(|| self.get(key), |value| Ok(Some(value)))
    }

    /// An object that is a member, or an empty one.
    pub(super) fn inner(&self, key: &str) -> Result<Self> {
        Ok(Self { place: self.place.clone(), members: self.get(key)?.unwrap_or_default() })
    }

    /// The length of the shorter side before cropping: `floor(crop / share)`.
    pub(super) fn resized(&self, crop: u32, share: f64, key: &str) -> Result<u32> {
        if !(0.1..=1.0).contains(&share) {
            return Err(self.wrong(key, "a share of 0.1 to 1", &share.to_string()));
        }
        Ok((f64::from(crop) / share).floor() as u32)
    }

    /// A size: a number, `{"shortest_edge": …}`, or equal `{"height": …, "width": …}`.
    pub(super) fn side(&self, key: &str) -> Result<Option<u32>> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Side {
            Plain(u32),
            Shortest { shortest_edge: u32 },
            Both { height: u32, width: u32 },
        }
        match self.get(key)? {
            Some(Side::Plain(side) | Side::Shortest { shortest_edge: side }) => Ok(Some(side)),
            Some(Side::Both { height, width }) if height == width => Ok(Some(height)),
            Some(Side::Both { height, width }) => Err(self.wrong(key, "a square", &format!("{height} x {width}"))),
            None => Ok(None),
        }
    }

    /// One number per channel. A single one counts for all three.
    pub(super) fn channels(&self, key: &str) -> Result<Option<[f32; 3]>> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Channels {
            Colour([f32; 3]),
            Grey([f32; 1]),
            Plain(f32),
        }
        Ok(self.get(key)?.map(|channels| match channels {
            Channels::Colour(values) => values,
            Channels::Grey([value]) | Channels::Plain(value) => [value; 3],
        }))
    }

    /// transformers' `id2label`, or else `label2id`, in the order of their indices.
    pub(super) fn labels(&self) -> Result<Option<Vec<Label>>> {
        if let Some(labels) = self.get("id2label")? {
            return self.in_order("id2label", labels).map(Some);
        }
        self.get::<BTreeMap<String, usize>>("label2id")?.map(labels::by_name).transpose()
    }

    /// The labels in the order of their indices, none of which may be missing.
    pub(super) fn in_order(&self, key: &str, labels: BTreeMap<usize, Label>) -> Result<Vec<Label>> {
        labels::in_order(labels).map_err(|[missing, found]| {
            self.wrong(key, &format!("a label for index {missing}"), &format!("index {found}"))
        })
    }
}
