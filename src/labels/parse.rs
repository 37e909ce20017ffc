//! Parsers for the forms in which people store class names: JSON, lines, tables.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::label::Label;
use crate::error::{Error, Result, quoted};

/// Members that hold the names where a JSON object holds more than names.
const MEMBERS: [&str; 11] = [
    "labels",
    "classes",
    "class_names",
    "label_names",
    "names",
    "categories",
    "id2label",
    "idx_to_class",
    "label2id",
    "class_to_idx",
    "class_indices",
];

/// What may separate the columns of a line.
const SEPARATORS: [char; 5] = ['\t', ',', ';', ':', ' '];

/// What may separate a name from its index behind it. A space does not: `type 1` is a name.
const BEHIND: [char; 4] = ['\t', ',', ';', ':'];

/// Parses labels. JSON: an array of [`Label`]s; an object of them by index, as in Keras' `{"0": ["n01440764", "tench"]}` or transformers'
/// `{"0": "tench"}`; an object of indices by name, as in `{"tench": 0}`; or an object with one of these as a member `labels`, `classes`
/// or the like. Text: one name per line, with its index or its synset in front or its index behind, under a header or not. Empty lines
/// and those that begin with `#` are left out.
///
/// # Errors
/// [`Error::Card`] when the JSON has another form, an index is missing or is found twice, or there is no label.
pub fn parse(text: &str) -> Result<Vec<Label>> {
    let text = text.trim_start_matches('\u{feff}');
    if text.contains('\0') {
        return Err(Error::Card("labels: expected text in UTF-8, found another encoding".to_owned()));
    }
    let labels = match text.trim_start().chars().next() {
        Some('[' | '{') => of_json(text)?,
        _ => of_lines(text),
    };
    if labels.is_empty() {
        return Err(Error::Card("labels: expected at least one, found none".to_owned()));
    }
    Ok(labels)
}

fn refused(error: &serde_json::Error) -> Error {
    let expected = "a JSON array of names, of objects with a \"label\", or an object of these by index";
    Error::json("labels", expected, error)
}

fn of_json(text: &str) -> Result<Vec<Label>> {
    let value: Value = serde_json::from_str(text).map_err(|error| refused(&error))?;
    let Value::Object(members) = value else {
        return serde_json::from_str(text).map_err(|error| refused(&error));
    };
    let is_index = |key: &String| key.parse::<usize>().is_ok();
    if !members.is_empty() && !members.keys().all(is_index) {
        if let Some(indices) = indices(&members) {
            return by_name(indices);
        }
        let inner = MEMBERS.iter().find_map(|name| members.get(*name));
        if let Some(inner) = inner.filter(|inner| inner.is_array() || inner.is_object()) {
            return of_json(&inner.to_string());
        }
    }
    let classes: BTreeMap<usize, Label> = serde_json::from_str(text).map_err(|error| refused(&error))?;
    in_order(classes).map_err(|[missing, found]| missing_index(missing, found))
}

/// The values of an object if all of them are indices, with the names of the members.
fn indices(members: &Map<String, Value>) -> Option<Vec<(String, usize)>> {
    let index = |(name, value): (&String, &Value)| Some((name.clone(), usize::try_from(value.as_u64()?).ok()?));
    members.iter().map(index).collect()
}

fn missing_index(missing: usize, found: usize) -> Error {
    Error::Card(format!("labels: expected one for index {missing}, found the next at {found}"))
}

/// Labels in the order of the indices that belong to their names, none of which may be missing.
///
/// # Errors
/// [`Error::Card`] when an index is missing or belongs to two names.
pub(crate) fn by_name(indices: impl IntoIterator<Item = (String, usize)>) -> Result<Vec<Label>> {
    let mut classes: BTreeMap<usize, Label> = BTreeMap::new();
    for (name, index) in indices {
        if let Some(other) = classes.insert(index, of_text(&name)) {
            let names = format!("{} and {}", quoted(&other.name), quoted(&name));
            return Err(Error::Card(format!("labels: expected one name for index {index}, found {names}")));
        }
    }
    in_order(classes).map_err(|[missing, found]| missing_index(missing, found))
}

/// The values in order of their indices. Fails with the first missing index and the next index that is present.
pub(crate) fn in_order<T>(by_index: BTreeMap<usize, T>) -> std::result::Result<Vec<T>, [usize; 2]> {
    match by_index.keys().enumerate().find(|(at, index)| at != *index) {
        Some((missing, found)) => Err([missing, *found]),
        None => Ok(by_index.into_values().collect()),
    }
}

fn of_lines(text: &str) -> Vec<Label> {
    let lines: Vec<&str> =
        text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    // A header is the only line of a table without an index.
    let tables = [&lines[..], lines.get(1..).unwrap_or_default()];
    let found =
        tables.into_iter().find_map(|lines| numbered(lines, leading_index).or_else(|| numbered(lines, trailing_index)));
    found.unwrap_or_else(|| lines.into_iter().map(of_text).collect())
}

/// The lines as labels in the order of their indices, if these are consecutive from 0 or 1 on.
fn numbered(lines: &[&str], index: impl Fn(&str) -> Option<(usize, &str)>) -> Option<Vec<Label>> {
    let mut rows: Vec<(usize, &str)> = lines.iter().map(|line| index(line)).collect::<Option<_>>()?;
    rows.sort_by_key(|(index, _)| *index);
    let first = rows.first().map(|(index, _)| *index).filter(|first| *first <= 1)?;
    let consecutive = rows.len() > 1 && rows.iter().enumerate().all(|(at, (index, _))| *index == first + at);
    consecutive.then(|| rows.into_iter().map(|(_, name)| of_text(name)).collect())
}

/// `12: name`, `12,name` and the like.
fn leading_index(line: &str) -> Option<(usize, &str)> {
    let digits = line.find(|c: char| !c.is_ascii_digit())?;
    let rest = &line[digits..];
    let name = rest.trim_start_matches(|c: char| SEPARATORS.contains(&c) || ['.', ')'].contains(&c));
    (name.len() < rest.len() && !name.is_empty()).then_some((line[..digits].parse().ok()?, name))
}

/// `name,12` and the like.
fn trailing_index(line: &str) -> Option<(usize, &str)> {
    let name = line.trim_end_matches(|c: char| c.is_ascii_digit());
    let index = line[name.len()..].parse().ok()?;
    let trimmed = name.trim_end().strip_suffix(BEHIND)?.trim_end();
    (!trimmed.is_empty()).then_some((index, trimmed))
}

/// A name, or a synset and a name.
fn of_text(text: &str) -> Label {
    let text = unquoted(text.trim());
    let is_synset =
        |id: &str| id.starts_with('n') && id.len() == 9 && id[1..].bytes().all(|byte| byte.is_ascii_digit());
    match text.split_once(|c: char| SEPARATORS.contains(&c) || ['_', '-'].contains(&c)) {
        Some((id, name)) if is_synset(id) && !name.trim().is_empty() => {
            Label { id: Some(id.to_owned()), ..unquoted(name.trim()).to_owned().into() }
        }
        _ => text.to_owned().into(),
    }
}

/// A text without the quotation marks around it.
fn unquoted(text: &str) -> &str {
    let inner = ['"', '\''].iter().find_map(|quote| text.strip_prefix(*quote)?.strip_suffix(*quote));
    inner.map_or(text, str::trim)
}
