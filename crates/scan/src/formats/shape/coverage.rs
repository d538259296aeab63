//! The shape of what was read and judged, and what was not.

use std::collections::BTreeMap;

use plimsoll_core::{Coverage, ImagePath, Problem, ReleaseCoverage};
use serde::Serialize;

#[derive(Serialize)]
pub(super) struct CoverageShape<'a> {
    verdict: &'static str,
    release: &'static str,
    complete_feeds: &'a [String],
    other_systems: BTreeMap<&'a str, ReleaseShape<'a>>,
    uncovered_families: &'a [String],
    undetermined: Vec<UndeterminedShape<'a>>,
    problems: Vec<ProblemShape<'a>>,
    problems_dropped: u64,
    parts: BTreeMap<&'static str, u32>,
}

#[derive(Serialize)]
struct ReleaseShape<'a> {
    release: &'static str,
    complete_feeds: &'a [String],
}

#[derive(Serialize)]
struct UndeterminedShape<'a> {
    package: &'a str,
    reason: &'a str,
}

#[derive(Serialize)]
struct ProblemShape<'a> {
    kind: &'static str,
    layer: Option<usize>,
    path: Option<&'a str>,
    part: Option<&'a str>,
    detail: &'a str,
}

pub(super) fn coverage(coverage: &Coverage) -> CoverageShape<'_> {
    let ReleaseShape { release, complete_feeds } = release_shape(&coverage.release);
    let other_systems = coverage.other_systems.iter();
    CoverageShape {
        verdict: coverage.verdict().as_str(),
        release,
        complete_feeds,
        other_systems: other_systems
            .map(|(name, release)| (name.as_str(), release_shape(release)))
            .collect(),
        uncovered_families: &coverage.uncovered_families,
        undetermined: coverage
            .undetermined
            .iter()
            .map(|entry| UndeterminedShape { package: &entry.package, reason: &entry.reason })
            .collect(),
        problems: coverage.problems.iter().map(problem).collect(),
        problems_dropped: coverage.problems_dropped,
        parts: coverage.parts.iter().map(|part| (part.id, part.version)).collect(),
    }
}

fn release_shape(release: &ReleaseCoverage) -> ReleaseShape<'_> {
    let (release, complete_feeds): (_, &[String]) = match release {
        ReleaseCoverage::NotNeeded => ("not-needed", &[]),
        ReleaseCoverage::Unknown => ("unknown", &[]),
        ReleaseCoverage::NoCompleteFeed => ("no-complete-feed", &[]),
        ReleaseCoverage::Complete { feeds } => ("complete", feeds),
        ReleaseCoverage::NoSnapshot => ("no-snapshot", &[]),
    };
    ReleaseShape { release, complete_feeds }
}

fn problem(problem: &Problem) -> ProblemShape<'_> {
    ProblemShape {
        kind: problem.kind.as_str(),
        layer: problem.layer,
        path: problem.path.as_ref().map(ImagePath::as_str),
        part: problem.part.as_deref(),
        detail: &problem.detail,
    }
}
