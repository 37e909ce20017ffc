//! The answer for one image on standard output: text, or one JSON object per line.

use std::io::{self, Write};
use std::path::Path;

use resnet_lens::Session;
use resnet_lens::labels::Language;
use resnet_lens::session::{Classification, Prediction, Timings};
use serde::Serialize;

use crate::failure::Failure;
use crate::terminal::{escape, escape_json};

/// How answers are printed.
#[derive(Debug, Clone, Copy)]
pub enum Format {
    /// One line for the image, one line per class, with class names in this language.
    Text(Language),
    /// One JSON object, with class names in all languages.
    Json,
}

/// The JSON object of one image.
#[derive(Debug, Serialize)]
struct Line<'a> {
    image: String,
    predictions: &'a [Prediction],
    adapter: &'a str,
    /// Format of the weights on the GPU.
    weights: &'static str,
    /// The narrowest type in which products are computed.
    products: &'static str,
    ms: Timings,
}

/// Prints the answer for one image. Fails if standard output is closed, as by `| head`.
pub fn print(path: &Path, answer: &Classification, session: &Session, format: Format) -> Result<(), Failure> {
    let Some((ms, model)) = session.timings().zip(session.model()) else { return Ok(()) };
    let [weights, products] = [model.precision.name(), model.compute_type.name()];
    let image = path.display().to_string();
    let text = match format {
        Format::Json => {
            let adapter = session.adapter().name;
            let line = Line { image, predictions: &answer.predictions, adapter: &adapter, weights, products, ms };
            let json = serde_json::to_string(&line).map_err(|error| Failure::output(&error.into()))?;
            escape_json(&json).into_owned()
        }
        Format::Text(language) => {
            let (image, first) = (escape(&image), if answer.first_run { ", the first run" } else { "" });
            let ms = answer.ms.infer;
            let mut lines = vec![format!("{image}  {ms:.0} ms{first}, weights in {weights}, products in {products}")];
            lines.extend(answer.predictions.iter().map(|prediction| class(prediction, language)));
            lines.join("\n")
        }
    };
    writeln!(io::stdout(), "{text}").map_err(|error| Failure::output(&error))
}

/// The line of one class: probability, synset if known, name.
fn class(Prediction { label, probability, .. }: &Prediction, language: Language) -> String {
    let synset = label.id.as_ref().map(|id| format!("{}  ", escape(id))).unwrap_or_default();
    format!("  {:5.1} %  {synset}{}", probability * 100.0, escape(label.name_in(language)))
}
