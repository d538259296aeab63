//! What a document remarks on its products: why a package stays affected, how bad it is, which erratum fixes it.

use std::collections::{BTreeSet, HashMap};

use plimsoll_advisory::{SeverityClaim, SeveritySystem, Status};
use serde_json::value::RawValue;

use super::schema::{Cvss, Reference, Remark, Score, Vulnerability};
use crate::formats::claims::claim;
use crate::formats::json::{Text, lenient, text};

/// The remarks of one flaw.
#[derive(Default)]
pub(super) struct Remarks {
    /// Of products that stay affected, why.
    states: HashMap<String, Status>,
    /// Where the publisher's words on the products differ, each one's.
    severities: HashMap<String, String>,
    /// The one word on all of them.
    severity: Option<String>,
    /// Where the fixes are told of.
    errata: Vec<String>,
}

impl Remarks {
    pub(super) fn of(flaw: &Vulnerability<'_>) -> Self {
        let mut remarks = Self::default();
        for remedy in lenient::<Vec<Remark<'_>>>(flaw.remediations) {
            remarks.read_remedy(&remedy);
        }
        let threats: Vec<Remark<'_>> = lenient(flaw.threats);
        let impacts: Vec<_> =
            threats.iter().filter(|threat| text(threat.category.as_ref()) == "impact").collect();
        let word = |threat: &Remark<'_>| text(threat.details.as_ref()).trim().to_lowercase();
        let words: BTreeSet<String> =
            impacts.iter().map(|threat| word(threat)).filter(|word| !word.is_empty()).collect();
        match words.len() {
            0 => {}
            1 => remarks.severity = words.into_iter().next(),
            _ => {
                for threat in impacts {
                    let ids = products(threat).into_iter().map(|id| (id, word(threat)));
                    remarks.severities.extend(ids);
                }
            }
        }
        remarks
    }

    fn read_remedy(&mut self, remedy: &Remark<'_>) {
        let details = text(remedy.details.as_ref()).trim();
        let status = match (text(remedy.category.as_ref()), details) {
            ("vendor_fix", _) => {
                self.errata.extend(remedy.url.as_ref().map(|url| url.as_str().to_owned()));
                return;
            }
            ("no_fix_planned", "Out of support scope") => Status::EndOfLife,
            ("no_fix_planned", _) | ("none_available", "Will not fix") => Status::WillNotFix,
            ("none_available", "Fix deferred") => Status::Deferred,
            ("none_available", "Under investigation") => Status::UnderInvestigation,
            _ => return,
        };
        self.states.extend(products(remedy).into_iter().map(|id| (id, status)));
    }

    /// What an affected product comes to.
    pub(super) fn state(&self, id: &str) -> Status {
        self.states.get(id).copied().unwrap_or(Status::Affected)
    }

    pub(super) fn severity(&self) -> Option<String> {
        self.severity.clone()
    }

    /// The word on this product, where it is not that on all.
    pub(super) fn severity_of(&self, id: &str) -> Option<String> {
        self.severities.get(id).cloned()
    }
}

fn products(remark: &Remark<'_>) -> Vec<String> {
    let ids: Vec<Text<'_>> = lenient(remark.product_ids);
    ids.into_iter().map(|id| id.as_str().to_owned()).collect()
}

/// The vectors of the scores, each once: they stand there for each list of products.
pub(super) fn scores(raw: Option<&RawValue>, source: &str) -> Vec<SeverityClaim> {
    let scores: Vec<Score<'_>> = lenient(raw);
    let mut claims = BTreeSet::new();
    for score in &scores {
        for (cvss, system) in [
            (&score.cvss_v2, SeveritySystem::CvssV2),
            (&score.cvss_v3, SeveritySystem::CvssV3),
            (&score.cvss_v4, SeveritySystem::CvssV4),
        ] {
            let vector = cvss.as_ref().and_then(|cvss: &Cvss<'_>| cvss.vector.as_ref());
            claims.extend(vector.map(|vector| claim(source, system, vector.as_str())));
        }
    }
    claims.into_iter().collect()
}

/// Where more is told, the errata last.
pub(super) fn references(raw: Option<&RawValue>, remarks: &Remarks) -> Vec<String> {
    let references: Vec<Reference<'_>> = lenient(raw);
    let stated = references.into_iter().filter_map(|one| Some(one.url?.as_str().to_owned()));
    let mut seen = BTreeSet::new();
    let all = stated.chain(remarks.errata.iter().cloned());
    all.filter(|url| !url.is_empty() && seen.insert(url.clone())).collect()
}
