//! The variables of the environment that the hub's own tools read, with the same meaning.

use std::env;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// A user's access token. It is sent to the hub's origin only, and never printed.
pub struct Token {
    value: String,
    source: String,
}

impl Token {
    /// The value of the header `Authorization`.
    pub fn authorization(&self) -> String {
        format!("Bearer {}", self.value)
    }
}

impl fmt::Display for Token {
    /// Where the token is from.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token").field("source", &self.source).finish_non_exhaustive()
    }
}

/// `HF_ENDPOINT`: the address of the hub or of a mirror.
pub fn endpoint() -> Result<Option<String>, Failure> {
    let Some(endpoint) = variable("HF_ENDPOINT") else { return Ok(None) };
    let address = endpoint.trim().trim_end_matches('/');
    if address.starts_with("https://") || address.starts_with("http://") {
        return Ok(Some(address.to_owned()));
    }
    Err(Failure::new(format!(
        "HF_ENDPOINT: expected an address that starts with https:// or http://, found {endpoint:?}"
    )))
}

/// `HF_HUB_OFFLINE`: nothing may be downloaded.
pub fn offline() -> bool {
    is_set("HF_HUB_OFFLINE")
}

/// `HF_TOKEN`, or else the token that the hub's own tools have stored, unless `HF_HUB_DISABLE_IMPLICIT_TOKEN` is set.
pub fn token() -> Result<Option<Token>, Failure> {
    if is_set("HF_HUB_DISABLE_IMPLICIT_TOKEN") {
        return Ok(None);
    }
    let from_variable = ["HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"]
        .into_iter()
        .find_map(|name| Some(Token { value: variable(name)?, source: name.to_owned() }));
    let from_file = || {
        let path = variable("HF_TOKEN_PATH").map_or_else(|| Some(home()?.join("token")), |path| Some(expand(&path)))?;
        // Without such a file nobody has logged in.
        let value = fs::read_to_string(&path).ok()?;
        Some(Token { value, source: path.display().to_string() })
    };
    let Some(token) = from_variable.or_else(from_file) else { return Ok(None) };
    let value = token.value.trim();
    if value.is_empty() {
        return Ok(None);
    }
    if !value.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Failure::new(format!("the token in {token}: expected one word of ASCII characters, found others")));
    }
    Ok(Some(Token { value: value.to_owned(), ..token }))
}

/// The cache of the hub's own tools: `HF_HUB_CACHE`, or else the folder `hub` in `HF_HOME`.
pub fn hub_cache() -> Option<PathBuf> {
    let named = ["HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"].into_iter().find_map(variable);
    named.map_or_else(|| Some(home()?.join("hub")), |path| Some(expand(&path)))
}

/// `HF_HOME`, or else `huggingface` in `XDG_CACHE_HOME` or in `.cache` of the home directory, on every system.
fn home() -> Option<PathBuf> {
    if let Some(path) = variable("HF_HOME") {
        return Some(expand(&path));
    }
    let caches = variable("XDG_CACHE_HOME").map(|path| expand(&path));
    Some(caches.or_else(|| Some(dirs::home_dir()?.join(".cache")))?.join("huggingface"))
}

/// A path that may begin with `~`.
fn expand(path: &str) -> PathBuf {
    match (path.strip_prefix('~').map(|rest| rest.trim_start_matches('/')), dirs::home_dir()) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => Path::new(path).to_owned(),
    }
}

/// A variable that is set to a text.
fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.trim().is_empty())
}

/// Whether a variable has one of the values that the hub's own tools understand as true.
fn is_set(name: &str) -> bool {
    variable(name).is_some_and(|value| ["1", "ON", "YES", "TRUE"].contains(&value.to_uppercase().as_str()))
}
