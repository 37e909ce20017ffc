//! The answer for one image on standard output: text, or one JSON object per line.

use std::io::{self, Write};
use std::path::Path;

use clap::Args;
use resnet_lens::Session;
use resnet_lens::labels::Language;
use resnet_lens::session::{Classification, Prediction, Timings};
use serde::Serialize;

use crate::failure::Failure;
use crate::terminal::{escape, escape_json};

/// Which classes are printed, and in which language.
#[derive(Debug, Clone, Copy, Args)]
#[command(next_help_heading = "Output")]
pub struct ClassOptions {
    /// Number of classes to print per image.
    #[arg(long, value_name = "K", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..))]
    top: u16,
    /// Language of class names; classes without a name in it keep their own.
    #[arg(long, value_name = "en|ko", default_value = "en")]
    pub lang: Language,
}

impl ClassOptions {
    /// The number of classes.
    pub fn top(&self) -> usize {
        self.top.into()
    }
}

/// How answers are printed.
#[derive(Debug, Clone, Copy)]
pub enum Format {
    /// One line for the image, which says whether the answer is not sure, and one line per class, with class names in this language.
    Text(Language),
    /// One JSON object, with class names in all languages.
    Json,
}

/// The JSON object of one image.
#[derive(Debug, Serialize)]
struct Line<'a> {
    image: String,
    /// The name of the model.
    model: &'a str,
    predictions: &'a [Prediction],
    /// Whether the best class has the probability from which on the model's card calls an answer sure; null without one.
    sure: Option<bool>,
    adapter: &'a str,
    /// Format of the weights on the GPU.
    weights: &'static str,
    /// The narrowest type in which products are computed.
    products: &'static str,
    ms: Timings,
}

/// The answer for one image, without a line break at the end. Empty if the session has no model.
pub fn text(path: &Path, answer: &Classification, session: &Session, format: Format) -> Result<String, Failure> {
    let Some((ms, model)) = session.timings().zip(session.model()) else { return Ok(String::new()) };
    let [weights, products] = [model.precision.name(), model.compute_type.name()];
    let image = path.display().to_string();
    let sure = model.is_sure(answer);
    Ok(match format {
        Format::Json => {
            let adapter = session.adapter().name;
            let line = Line {
                image,
                model: &model.name,
                predictions: &answer.predictions,
                sure,
                adapter: &adapter,
                weights,
                products,
                ms,
            };
            json(&line)?
        }
        Format::Text(language) => {
            let (image, first) = (escape(&image), if answer.first_run { ", the first run" } else { "" });
            let ms = answer.ms.infer;
            let unsure = match (sure, model.sure_from) {
                (Some(false), Some(from)) => format!("  not sure, the best class is below {:.0} %", from * 100.0),
                _ => String::new(),
            };
            let mut lines =
                vec![format!("{image}{unsure}  {ms:.0} ms{first}, weights in {weights}, products in {products}")];
            lines.extend(answer.predictions.iter().map(|prediction| class(prediction, language)));
            lines.join("\n")
        }
    })
}

/// One line of JSON.
pub fn json(value: &impl Serialize) -> Result<String, Failure> {
    let json = serde_json::to_string(value).map_err(|error| Failure::output(&error.into()))?;
    Ok(escape_json(&json).into_owned())
}

/// Prints a line. Fails if standard output is closed, as by `| head`.
pub fn print(line: &str) -> Result<(), Failure> {
    writeln!(io::stdout(), "{line}").map_err(|error| Failure::output(&error))
}

/// The line of one class: probability, synset if known, name.
fn class(Prediction { label, probability, .. }: &Prediction, language: Language) -> String {
    let synset = label.id.as_ref().map(|id| format!("{}  ", escape(id))).unwrap_or_default();
    format!("  {:5.1} %  {synset}{}", probability * 100.0, escape(label.name_in(language)))
}
