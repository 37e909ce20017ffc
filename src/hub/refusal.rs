//! Why the hub does not hand out a file, by the status and the header `X-Error-Code` of its response.

use std::fmt;

/// The reason of a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The repository has no such file at this revision.
    NoFile,
    /// The repository has no such revision.
    NoRevision,
    /// There is no such repository, or it is private. The hub does not say which.
    NoRepository,
    /// The owner of the model decides who may download it.
    Gated,
    /// Private or gated.
    NotAllowed,
    /// The token is not valid.
    WrongToken,
}

impl Refusal {
    /// The reason of a response with this status; `None` if the hub failed for another one. `with_token`: the request had a token.
    pub fn of(status: u16, code: Option<&str>, with_token: bool) -> Option<Self> {
        match (status, code) {
            (_, Some("GatedRepo")) => Some(Self::Gated),
            (_, Some("RepoNotFound")) => Some(Self::NoRepository),
            (_, Some("RevisionNotFound")) => Some(Self::NoRevision),
            (404 | 410, _) => Some(Self::NoFile),
            (401, _) if with_token => Some(Self::WrongToken),
            (401 | 403, _) => Some(Self::NotAllowed),
            _ => None,
        }
    }
}

impl fmt::Display for Refusal {
    /// The name that the page uses.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoFile => "no-file",
            Self::NoRevision => "no-revision",
            Self::NoRepository => "no-repository",
            Self::Gated => "gated",
            Self::NotAllowed => "not-allowed",
            Self::WrongToken => "wrong-token",
        })
    }
}
