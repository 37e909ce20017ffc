//! The models that page and terminal know by name: `www/assets/catalog.json`.

use serde::{Deserialize, Serialize};

use crate::card::ModelCard;
use crate::error::{Error, Result};

/// The catalog that comes with this crate.
const BUNDLED: &str = include_str!("../www/assets/catalog.json");

/// Models by name, and where those come from that are not beside the catalog.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalog {
    /// The address of the Hugging Face hub, or of a mirror of it, for models whose id is a [`crate::hub::Repository`].
    pub hub: String,
    /// In the order in which they are offered; the first is bundled.
    pub models: Vec<ModelCard>,
}

impl Catalog {
    /// The one that comes with this crate.
    ///
    /// # Errors
    /// As [`Catalog::parse`].
    pub fn bundled() -> Result<Self> {
        Self::parse(BUNDLED)
    }

    /// Reads a catalog.
    ///
    /// # Errors
    /// [`Error::Card`] when it is no JSON, a field is missing or unknown, an id stands there twice, or a card makes no sense.
    pub fn parse(json: &str) -> Result<Self> {
        let catalog: Self = serde_json::from_str(json)
            .map_err(|error| Error::Card(format!("the catalog of models cannot be read: {error}")))?;
        for (index, card) in catalog.models.iter().enumerate() {
            card.check()?;
            if catalog.models[..index].iter().any(|other| other.id == card.id) {
                return Err(Error::Card(format!(
                    "the catalog of models: expected each id once, found {:?} twice",
                    card.id
                )));
            }
        }
        Ok(catalog)
    }

    /// The card of the model with this id.
    pub fn find(&self, id: &str) -> Option<&ModelCard> {
        self.models.iter().find(|card| card.id == id)
    }
}
