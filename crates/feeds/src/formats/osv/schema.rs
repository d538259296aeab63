//! The OSV schema 1.7 as far as it is read (ossf.github.io/osv-schema). What only some databases write is read leniently, from
//! raw values: a surprise there must not cost the record.

use serde::Deserialize;
use serde_json::value::RawValue;

pub(super) use crate::formats::json::{Text, lenient};

#[derive(Deserialize)]
pub(super) struct Record<'a> {
    #[serde(borrow)]
    pub(super) id: Text<'a>,
    pub(super) modified: Option<Text<'a>>,
    pub(super) published: Option<Text<'a>>,
    pub(super) withdrawn: Option<Text<'a>>,
    pub(super) aliases: Option<Vec<Text<'a>>>,
    pub(super) related: Option<Vec<Text<'a>>>,
    pub(super) upstream: Option<Vec<Text<'a>>>,
    pub(super) summary: Option<Text<'a>>,
    pub(super) details: Option<Text<'a>>,
    pub(super) severity: Option<Vec<Severity<'a>>>,
    pub(super) affected: Option<Vec<Affected<'a>>>,
    pub(super) references: Option<Vec<Reference<'a>>>,
    pub(super) database_specific: Option<&'a RawValue>,
}

#[derive(Deserialize)]
pub(super) struct Severity<'a> {
    #[serde(rename = "type", borrow)]
    pub(super) system: Text<'a>,
    pub(super) score: Text<'a>,
}

#[derive(Deserialize)]
pub(super) struct Reference<'a> {
    #[serde(borrow)]
    pub(super) url: Option<Text<'a>>,
}

#[derive(Deserialize)]
pub(super) struct Affected<'a> {
    #[serde(borrow)]
    pub(super) package: Option<Package<'a>>,
    pub(super) severity: Option<Vec<Severity<'a>>>,
    pub(super) ranges: Option<Vec<Range<'a>>>,
    pub(super) versions: Option<Vec<Text<'a>>>,
    pub(super) ecosystem_specific: Option<&'a RawValue>,
    pub(super) database_specific: Option<&'a RawValue>,
}

#[derive(Deserialize)]
pub(super) struct Package<'a> {
    #[serde(borrow)]
    pub(super) ecosystem: Option<Text<'a>>,
    pub(super) name: Option<Text<'a>>,
    pub(super) purl: Option<Text<'a>>,
}

#[derive(Deserialize)]
pub(super) struct Range<'a> {
    #[serde(rename = "type", borrow)]
    pub(super) kind: Option<Text<'a>>,
    pub(super) events: Option<Vec<Event<'a>>>,
}

#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
pub(super) struct Event<'a> {
    #[serde(borrow)]
    pub(super) introduced: Option<Text<'a>>,
    pub(super) fixed: Option<Text<'a>>,
    pub(super) last_affected: Option<Text<'a>>,
    pub(super) limit: Option<Text<'a>>,
}

/// What GitHub adds to a record.
#[derive(Default, Deserialize)]
pub(super) struct RecordExtras {
    pub(super) severity: Option<serde_json::Value>,
    pub(super) cwe_ids: Option<Vec<String>>,
}

/// What Debian adds to a package.
#[derive(Default, Deserialize)]
pub(super) struct DebianExtras {
    pub(super) urgency: Option<String>,
}

/// What SUSE adds to a package: the binaries that it builds, with their versions.
#[derive(Default, Deserialize)]
pub(super) struct SuseExtras {
    pub(super) binaries: Option<Vec<std::collections::BTreeMap<String, String>>>,
}

/// What Go's database adds to a package.
#[derive(Default, Deserialize)]
pub(super) struct GoExtras {
    #[serde(default)]
    pub(super) imports: Vec<GoImport>,
}

/// A package of a module, and what of it is affected.
#[derive(Deserialize)]
pub(super) struct GoImport {
    pub(super) path: String,
    /// Empty or absent for all of it.
    #[serde(default)]
    pub(super) symbols: Vec<String>,
    /// Systems that have the flaw, such as `windows`; empty or absent for all.
    #[serde(default)]
    pub(super) goos: Vec<String>,
}

/// What RustSec's conversion adds to a package.
#[derive(Default, Deserialize)]
pub(super) struct RustExtras {
    #[serde(default)]
    pub(super) affects: RustAffects,
}

#[derive(Default, Deserialize)]
pub(super) struct RustAffects {
    /// Full paths, such as `smallvec::SmallVec::grow`.
    #[serde(default)]
    pub(super) functions: Vec<String>,
    /// Systems that have the flaw, in the words of Rust's `target_os`; empty or absent for all.
    #[serde(default)]
    pub(super) os: Vec<String>,
}

/// What GitHub adds to a package.
#[derive(Default, Deserialize)]
pub(super) struct GitHubExtras {
    /// `< 1.2` or `<= 1.2`.
    pub(super) last_known_affected_version_range: Option<String>,
}
