//! What a scan found.

use plimsoll_core::{Coverage, Day, Digest, Platform};
use plimsoll_inventory::Inventory;
use plimsoll_matching::{Finding, Overruled};
use plimsoll_oci::SourceKind;

use crate::LayerSummary;

/// An envelope, which differs by transport and time, around a body, which for the same layers, advisories, settings, tool and
/// evaluation day is always the same.
#[derive(Clone, Debug, PartialEq)]
pub struct ScanReport {
    pub envelope: Envelope,
    pub evaluation_day: Day,
    /// `None` for a directory, which says nothing of it.
    pub platform: Option<Platform>,
    pub layers: Vec<LayerSummary>,
    pub inventory: Inventory,
    /// Revision of the advisory snapshot; `None` where there was none.
    pub advisories: Option<String>,
    /// Worst first, malware before vulnerabilities, then by id.
    pub findings: Vec<Finding>,
    /// Flaws that some sources see in a package and the vendor's own word denies. Sorted.
    pub overruled: Vec<Overruled>,
    /// Findings that the settings (severity, fixed only) leave out.
    pub not_reported: usize,
    pub coverage: Coverage,
}

/// How and when the image was reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// What was typed.
    pub reference: String,
    pub resolved: String,
    pub source: SourceKind,
    pub tags: Vec<String>,
    /// Names with a digest under which a container engine says that registries know it.
    pub repo_digests: Vec<String>,
    pub index_digest: Option<Digest>,
    pub manifest_digest: Option<Digest>,
    pub config_digest: Option<Digest>,
    /// The day of the newest record among the advisories of the families that judged it, as their sources state it: how old what is known
    /// may be. A source of several families counts for each of them.
    pub newest_advisory: Option<Day>,
    /// RFC 3339, in UTC.
    pub started_at: String,
    pub duration_milliseconds: u64,
}

impl ScanReport {
    /// What the inventory alone comes to, whatever is known of advisories.
    #[must_use]
    pub fn inventory_verdict(&self) -> &'static str {
        let is_whole = self.coverage.problems.is_empty() && self.coverage.problems_dropped == 0;
        if is_whole { "complete" } else { "partial" }
    }
}
