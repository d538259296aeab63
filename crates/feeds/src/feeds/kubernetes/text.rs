//! The affected versions in the text of a flaw: under a heading "Affected Versions" a line for each branch of a component, such as
//! `- kubelet v1.17.0 - v1.17.2` or `<= v1.24.13`, and under "Fixed Versions" those that ended each branch.

use std::collections::BTreeMap;

use plimsoll_advisory::{Interval, RangeEnd, RangeStart};

/// Components and the modules by which the records in OSV's form name them.
const COMPONENTS: &[(&str, &str)] = &[
    ("azure-file-csi-driver", "sigs.k8s.io/azurefile-csi-driver"),
    ("csi-proxy", "github.com/kubernetes-csi/csi-proxy"),
    ("image-builder", "sigs.k8s.io/image-builder"),
    ("ingress-nginx", "k8s.io/ingress-nginx"),
    ("kube-apiserver", "k8s.io/apiserver"),
    ("kube-controller-manager", "k8s.io/controller-manager"),
    ("kube-proxy", "k8s.io/kube-proxy"),
    ("kube-scheduler", "k8s.io/kube-scheduler"),
    ("kubectl", "k8s.io/kubectl"),
    ("kubelet", "k8s.io/kubelet"),
    ("secrets-store-csi-driver", "sigs.k8s.io/secrets-store-csi-driver"),
];
/// The whole of it: meant only where no part is named.
const WHOLE: (&str, &str) = ("kubernetes", "k8s.io/kubernetes");
/// Lines of a list that are read.
const LINES: usize = 1_000;

/// What is said of one component.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) module: &'static str,
    pub(super) intervals: Vec<Interval>,
    pub(super) versions: Vec<String>,
}

/// A release of Kubernetes.
type Version = [u64; 3];

/// The versions of one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Range {
    Below(Version),
    UpTo(Version),
    From(Version),
    Between(Version, Version),
    One(Version),
}

/// What a flaw affects, or why that cannot be told.
pub(super) fn affected_versions(summary: &str, text: &str) -> Result<Vec<Said>, &'static str> {
    let lines = lines_under("affected versions", text).ok_or("no list of affected versions")?;
    let mut by_module: BTreeMap<&str, Vec<Range>> = BTreeMap::new();
    for line in lines.into_iter().take(LINES) {
        let (component, rest) = component_of_line(&line);
        match range(rest) {
            Some(range) => {
                let module = component.or_else(|| only_component(&summary.to_lowercase()));
                let module = module.or_else(|| only_component(&text.to_lowercase()));
                by_module.entry(module.ok_or("no component")?).or_default().push(range);
            }
            // Prose after the list.
            None if !by_module.is_empty() && component.is_none() => break,
            None => return Err("unknown range"),
        }
    }
    let fixed = lines_under("fixed versions", text).unwrap_or_default();
    let fixed: Vec<Version> = fixed
        .iter()
        .filter_map(|line| match range(component_of_line(line).1) {
            Some(Range::One(version)) => Some(version),
            _ => None,
        })
        .collect();
    if by_module.is_empty() {
        return Err("no list of affected versions");
    }
    Ok(by_module.into_iter().map(|(module, ranges)| said(module, &ranges, &fixed)).collect())
}

/// The lines below a heading, until the next one, without the signs of a list.
fn lines_under(heading: &str, text: &str) -> Option<Vec<String>> {
    let is_sign = |sign: char| matches!(sign, '#' | '*' | ':' | '_' | ' ' | '\t' | '\r');
    let mut lines =
        text.lines().skip_while(|line| !line.trim_matches(is_sign).eq_ignore_ascii_case(heading));
    lines.next()?;
    let is_heading = |line: &str| {
        let is_bold = line.starts_with("**") && line.ends_with("**");
        line.starts_with('#') || is_bold || line.eq_ignore_ascii_case("fixed versions")
    };
    let plain = |line: &str| {
        let line = line.replace(['\\', '`', '*'], "").replace(['–', '—'], "-");
        line.trim().trim_start_matches("- ").trim().to_lowercase()
    };
    let lines = lines.map(str::trim).take_while(|line| !is_heading(line));
    Some(lines.map(plain).filter(|line| !line.is_empty()).collect())
}

/// The component that a line begins with, and the rest of it.
fn component_of_line(line: &str) -> (Option<&'static str>, &str) {
    let (first, rest) = line.split_once([' ', ':']).unwrap_or((line, ""));
    let known = COMPONENTS.iter().chain([&WHOLE]).find(|(name, _)| *name == first);
    known.map_or((None, line), |(_, module)| (Some(*module), rest))
}

/// The component that a text names, if it is one alone.
fn only_component(text: &str) -> Option<&'static str> {
    let mut named = COMPONENTS.iter().filter(|(name, _)| text.contains(name));
    match (named.next(), named.next()) {
        (Some((_, module)), None) => Some(module),
        (None, _) if text.contains(WHOLE.0) => Some(WHOLE.1),
        _ => None,
    }
}

fn range(text: &str) -> Option<Range> {
    let text = text.trim();
    if let Some(rest) = text.strip_prefix("<=").or_else(|| text.strip_prefix('≤')) {
        return version(rest).map(Range::UpTo);
    }
    if let Some(rest) = text.strip_prefix(">=").or_else(|| text.strip_prefix('≥')) {
        return version(rest).map(Range::From);
    }
    if let Some(rest) = text.strip_prefix('<').or_else(|| text.strip_prefix("prior to ")) {
        return version(rest).map(Range::Below);
    }
    if let Some((first, last)) = text.split_once(" - ").or_else(|| text.split_once(" to ")) {
        return Some(Range::Between(version(first)?, version(last)?));
    }
    version(text).map(Range::One)
}

/// `v1.27.0`, `1.27.0`.
fn version(text: &str) -> Option<Version> {
    let text = text.trim();
    let mut numbers = text.strip_prefix('v').unwrap_or(text).split('.').map(|number| {
        let is_number = number.bytes().all(|byte| byte.is_ascii_digit());
        number.parse::<u64>().ok().filter(|_| is_number)
    });
    let version = [numbers.next()??, numbers.next()??, numbers.next()??];
    numbers.next().is_none().then_some(version)
}

fn said(module: &'static str, ranges: &[Range], fixed: &[Version]) -> Said {
    let text = |[major, minor, patch]: Version| format!("{major}.{minor}.{patch}");
    let upper = |range: &Range| match range {
        Range::Below(version) | Range::UpTo(version) => Some(*version),
        _ => None,
    };
    let lowest = ranges.iter().filter_map(upper).min();
    // `<= v1.28.0` beside `<= v1.27.4` begins with its own branch.
    let start = |end: Version| {
        if Some(end) == lowest {
            RangeStart::First
        } else {
            RangeStart::From(text([end[0], end[1], 0]))
        }
    };
    let fixed_after =
        |last: Version| fixed.iter().filter(|own| own[..2] == last[..2] && **own > last).min();
    let end = |last: Version| {
        fixed_after(last).map_or_else(
            || RangeEnd::LastAffected(text(last)),
            |version| RangeEnd::Fixed(text(*version)),
        )
    };
    let mut said = Said { module, intervals: Vec::new(), versions: Vec::new() };
    for range in ranges {
        let (start, end) = match *range {
            Range::Below(version) => (start(version), RangeEnd::Fixed(text(version))),
            Range::UpTo(version) => (start(version), end(version)),
            Range::From(version) => (RangeStart::From(text(version)), RangeEnd::Open),
            Range::Between(first, last) => (RangeStart::From(text(first)), end(last)),
            Range::One(version) => {
                said.versions.push(text(version));
                continue;
            }
        };
        said.intervals.push(Interval { start, end });
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(summary: &str, text: &str) -> Result<String, &'static str> {
        let interval = |interval: &Interval| {
            let start = match &interval.start {
                RangeStart::First => "(",
                RangeStart::From(version) | RangeStart::After(version) => version,
            };
            match &interval.end {
                RangeEnd::Open => format!("{start},"),
                RangeEnd::Fixed(version) => format!("{start},{version})"),
                RangeEnd::LastAffected(version) => format!("{start},{version}]"),
            }
        };
        let line = |said: &Said| {
            let intervals: Vec<_> = said.intervals.iter().map(interval).collect();
            format!("{} {} {}", said.module, intervals.join(" "), said.versions.join(" "))
        };
        let said = affected_versions(summary, text)?;
        Ok(said.iter().map(line).collect::<Vec<_>>().join("; "))
    }

    #[test]
    fn a_line_is_a_branch() {
        for (summary, text, expected) in [
            (
                "Kubelet DoS via API",
                "### Am I vulnerable?\n\n#### Affected Versions\n\n- kubelet v1.17.0 - v1.17.2\n- kubelet v1.16.0 - v1.16.6\n\n\
                ### Mitigation\nLimit it.\n\n#### Fixed Versions\n\n- v1.17.3\n- v1.16.7\n",
                Ok("k8s.io/kubelet 1.17.0,1.17.3) 1.16.0,1.16.7) "),
            ),
            (
                "Bypass of seccomp profile enforcement",
                "This bug affects Kubelet.\n**Affected Versions**\nv1.27.0 - v1.27.1\n<= v1.24.13\n\n\
                **Fixed Versions**\nv1.27.2\nV1.24.14\n",
                Ok("k8s.io/kubelet 1.27.0,1.27.2) (,1.24.14) "),
            ),
            (
                "kubelet",
                "Affected Versions:\n- kubelet <= v1.28.0\n- kubelet <= v1.27.4\n- kube-proxy >= v1.8.0\n",
                Ok("k8s.io/kube-proxy 1.8.0, ; k8s.io/kubelet 1.28.0,1.28.0] (,1.27.4] "),
            ),
            (
                "ingress-nginx admission controller RCE escalation",
                "#### Affected Versions\n\n- < v1.11.0\n- v1.11.0 \\- 1.11.4  \n- v1.12.0\n\n### How?\n",
                Ok("k8s.io/ingress-nginx (,1.11.0) 1.11.0,1.11.4] 1.12.0"),
            ),
            (
                "kubelet",
                "#### Affected Versions\n- v1.1.0\n\nOthers are not affected.\n- v1.2.0",
                Ok("k8s.io/kubelet  1.1.0"),
            ),
            ("Kubernetes", "#### Affected Versions\n- v1.1.0", Ok("k8s.io/kubernetes  1.1.0")),
            ("kubelet and kubectl", "#### Affected Versions\n- v1.1.0", Err("no component")),
            ("kubelet", "#### Affected Versions\n- all of them", Err("unknown range")),
            (
                "kubelet",
                "#### Affected Versions\n- kubelet v1.1.0\n- kubectl all",
                Err("unknown range"),
            ),
            ("kubelet", "#### Affected Versions\n\n### How?", Err("no list of affected versions")),
            ("kubelet", "All versions are affected.", Err("no list of affected versions")),
        ] {
            assert_eq!(read(summary, text).as_deref(), expected.as_deref(), "{summary}: {text}");
        }
    }

    #[test]
    fn a_version_has_three_numbers() {
        for (text, expected) in [
            ("v1.27.0", Some([1, 27, 0])),
            ("1.2.3 ", Some([1, 2, 3])),
            ("1.2", None),
            ("1.2.3.4", None),
            ("1.2.+3", None),
            ("1.2.x", None),
        ] {
            assert_eq!(version(text), expected, "{text}");
        }
    }
}
