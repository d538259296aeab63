//! Modularity: which stream of a module the builds of an erratum belong to.

use plimsoll_advisory::{Affected, RangeEnd};

/// Streams that one erratum names.
const STREAMS: usize = 16;

/// `nodejs:18` of a module's full name, `nodejs:18:9030020240301111035:rhel9`.
pub(crate) fn stream(module: &str) -> Option<&str> {
    let (name, rest) = module.split_once(':')?;
    let stream = rest.split(':').next().unwrap_or(rest);
    let is_plain = |text: &str| !text.is_empty() && !text.contains(['/', '@', ' ']);
    (is_plain(name) && is_plain(stream)).then(|| module.get(..name.len() + 1 + stream.len()))?
}

/// The modularity streams that an erratum of the Red Hat family names in its summary, such as `virt:rhel` and
/// `virt-devel:rhel`. Its records state the stream nowhere else.
pub(crate) fn streams_of_summary(summary: &str) -> Vec<String> {
    let mut streams: Vec<String> = Vec::new();
    for word in summary.split_whitespace() {
        let word = word.trim_end_matches([',', ';', '.']);
        let Some((name, stream)) = word.split_once(':') else { continue };
        let plain = |text: &str| {
            text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.+".contains(&byte))
        };
        if !name.is_empty() && !stream.is_empty() && plain(name) && plain(stream) {
            streams.push(word.to_owned());
        }
    }
    streams.dedup();
    streams.truncate(STREAMS);
    streams
}

/// A modular build says so in its release: `2.4.37-12.module+el8.0.0+4096+eb40e6da`, AlmaLinux `.module_el8.6.0+…`.
pub(crate) fn is_built_for_module(version: &str) -> bool {
    version.contains(".module+") || version.contains(".module_")
}

pub(crate) fn is_modular(affected: &Affected) -> bool {
    affected.intervals.iter().any(|interval| match &interval.end {
        RangeEnd::Fixed(version) | RangeEnd::LastAffected(version) => is_built_for_module(version),
        RangeEnd::Open => false,
    })
}

/// A modular entry once for each stream that its erratum names: an installed package is of one of them, and the entries of
/// the others never meet it. Where none is named the entry has no stream.
pub(crate) fn per_stream(affected: Affected, streams: &[String]) -> Vec<Affected> {
    if streams.is_empty() || !is_modular(&affected) {
        return vec![affected];
    }
    let entry = |stream: &String| Affected { module: Some(stream.clone()), ..affected.clone() };
    streams.iter().map(entry).collect()
}

#[cfg(test)]
mod tests {
    use plimsoll_advisory::Interval;

    use super::*;

    #[test]
    fn a_stream_is_the_first_two_parts_of_a_modules_name() {
        for (module, expected) in [
            ("nodejs:18:9030020240301111035:rhel9", Some("nodejs:18")),
            ("nodejs:18", Some("nodejs:18")),
            ("nodejs", None),
            ("nodejs::1", None),
            ("a/b:1", None),
        ] {
            assert_eq!(stream(module), expected, "{module}");
        }
    }

    #[test]
    fn streams_are_read_from_summaries() {
        for (summary, streams) in [
            ("Moderate: postgresql:13 security update", "postgresql:13"),
            ("Red Hat Security Advisory: httpd:2.4 security update", "httpd:2.4"),
            (
                "Moderate: virt:rhel and virt-devel:rhel security, bug fix, and enhancement update",
                "virt:rhel virt-devel:rhel",
            ),
            ("idm:client and idm:DL1 bug fix and enhancement update", "idm:client idm:DL1"),
            ("Important: kernel security update", ""),
            ("varnish security update", ""),
        ] {
            assert_eq!(streams_of_summary(summary).join(" "), streams, "{summary}");
        }
    }

    fn fixed(package: &str, version: &str) -> Affected {
        let intervals = vec![Interval::below(version)];
        Affected { package: package.to_owned(), intervals, ..Affected::default() }
    }

    #[test]
    fn only_modular_builds_are_of_a_stream() {
        let streams = ["python39:3.9".to_owned(), "python39-devel:3.9".to_owned()];
        let modular = fixed("python39", "3.9.18-1.module+el8.9.0+20024+793d7211");
        assert_eq!(per_stream(modular.clone(), &streams).len(), 2);
        assert_eq!(per_stream(modular, &[])[0].module, None);
        assert_eq!(per_stream(fixed("bash", "4.4.20-4.el8"), &streams)[0].module, None);
    }
}
