//! The catalog of models offered by page and terminal: `www/assets/catalog.json`.

use serde::{Deserialize, Serialize};

use crate::card::ModelCard;
use crate::error::{Error, Result, quoted};

/// The bundled catalog.
const BUNDLED: &str = include_str!("../www/assets/catalog.json");

/// Model cards, and the hub that serves the models that are not bundled.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalog {
    /// Address of the Hugging Face hub or a mirror of it, used for models whose id is a [`crate::hub::Repository`].
    pub hub: String,
    /// The models in display order; the first one is bundled.
    pub models: Vec<ModelCard>,
}

impl Catalog {
    /// The catalog bundled with this crate.
    ///
    /// # Errors
    /// As [`Catalog::parse`].
    pub fn bundled() -> Result<Self> {
        Self::parse(BUNDLED)
    }

    /// Reads a catalog.
    ///
    /// # Errors
    /// [`Error::Card`] when the text is not JSON, a field is missing or unknown, an id occurs twice, or a card is invalid.
    pub fn parse(json: &str) -> Result<Self> {
        let catalog: Self = serde_json::from_str(json)
            .map_err(|error| Error::json("the catalog of models", "a JSON list of model cards", &error))?;
        for (index, card) in catalog.models.iter().enumerate() {
            card.check()?;
            if catalog.models[..index].iter().any(|other| other.id == card.id) {
                return Err(Error::Card(format!(
                    "the catalog of models: expected each id once, found {} twice",
                    quoted(&card.id)
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
