//! `advisory-match.jsonl`: whether a version is vulnerable by an advisory's lists, in the reading of Trivy.

use std::path::Path;

use anyhow::{Context, Result};
use plimsoll_version::{allows, requirement, scheme};
use serde::Deserialize;

use super::table;
use crate::text_file::read_text;

#[derive(Deserialize)]
struct Advisory {
    scheme: String,
    name: String,
    version: String,
    vulnerable: Vec<String>,
    patched: Vec<String>,
    unaffected: Vec<String>,
    want: bool,
}

pub fn check(path: &Path) -> Result<String> {
    let text = read_text(path)?;
    let lines: Vec<_> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let mut wrong = Vec::new();
    for (number, line) in (1..).zip(&lines) {
        let advisory: Advisory =
            serde_json::from_str(line).with_context(|| format!("failed to read row {number}"))?;
        // Trivy takes what it cannot read for "not vulnerable".
        let found = advisory.is_vulnerable();
        if found.unwrap_or(false) != advisory.want {
            let (scheme, name) = (&advisory.scheme, &advisory.name);
            wrong.push(format!("row {number}, {scheme}, {name}: {found:?} found"));
        }
    }
    table::outcome(lines.len(), &wrong)
}

impl Advisory {
    /// What is vulnerable, where it is stated, less what is patched or was never affected. An empty text means everything.
    fn is_vulnerable(&self) -> Option<bool> {
        let mut stated = self.vulnerable.iter().chain(&self.patched);
        if stated.any(String::is_empty) {
            return Some(true);
        }
        let is_vulnerable = self.vulnerable.is_empty() || self.holds(&self.vulnerable)?;
        let safe: Vec<_> = self.patched.iter().chain(&self.unaffected).cloned().collect();
        if !is_vulnerable || safe.is_empty() {
            return Some(is_vulnerable && !self.vulnerable.is_empty());
        }
        Some(!self.holds(&safe)?)
    }

    fn holds(&self, alternatives: &[String]) -> Option<bool> {
        let ranges = requirement(&self.scheme, &alternatives.join(" || "))?;
        allows(scheme(&self.scheme)?, &ranges, &self.version)
    }
}
