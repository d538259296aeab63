//! Microsoft's definitions for Azure Linux and its forerunner CBL-Mariner (github.com/microsoft/AzureLinuxVulnerabilityData): one for each
//! flaw and source package.
//!
//! No test asks for the release. It stands in the name of the file, such as `cbl-mariner-1.0-oval.xml`, and at the end of most versions.

use plimsoll_advisory::{Advisory, Affected, Interval, NameKind, RangeEnd, Status};

use crate::complete::{Complete, Releases};
use crate::feed::{Feed, Origin};
use crate::formats::oval::{Context, Platform, Vendor, Versions, import, is_of};

pub(crate) static AZURELINUX_OVAL: Feed = Feed {
    id: "azurelinux-oval",
    version: 2,
    summary: "Azure Linux and CBL-Mariner: flaws of source packages, fixed or not (OVAL)",
    origins: &[
        origin(
            "https://raw.githubusercontent.com/microsoft/AzureLinuxVulnerabilityData/main/azurelinux-3.0-oval.xml",
            "azurelinux-oval/azurelinux-3.0-oval.xml",
            &["3"],
        ),
        origin(
            "https://raw.githubusercontent.com/microsoft/AzureLinuxVulnerabilityData/main/cbl-mariner-2.0-oval.xml",
            "azurelinux-oval/cbl-mariner-2.0-oval.xml",
            &["2"],
        ),
        origin(
            "https://raw.githubusercontent.com/microsoft/AzureLinuxVulnerabilityData/main/cbl-mariner-1.0-oval.xml",
            "azurelinux-oval/cbl-mariner-1.0-oval.xml",
            &["1"],
        ),
    ],
    recognises: |outline| {
        is_of(outline, &["oval:com.microsoft.azurelinux:", "oval:com.microsoft.cbl-mariner:"])
    },
    import: |document, into| import(document, into, &VENDOR),
    spread: true,
    of_packages: true,
    complete: &[
        complete(&["azurelinux-3.0-oval", "azurelinux-oval"], &["3"]),
        complete(&["cbl-mariner-2.0-oval", "azurelinux-oval"], &["2"]),
        complete(&["cbl-mariner-1.0-oval", "azurelinux-oval"], &["1"]),
    ],
};

const FAMILY: &str = "Azure Linux";

const fn origin(
    url: &'static str,
    file: &'static str,
    releases: &'static [&'static str],
) -> Origin {
    Origin { url, file, families: &[FAMILY], releases }
}

const fn complete(names: &'static [&'static str], releases: &'static [&'static str]) -> Complete {
    Complete { names, family: FAMILY, releases: Releases::These(releases) }
}

const VENDOR: Vendor = Vendor {
    feed: "azurelinux-oval",
    source: "microsoft",
    releases: |context| {
        let release =
            of_file(context.document.file_name()).or_else(|| of_version(&context.fact.versions));
        release
            .map(|release| Platform { family: FAMILY, release: release.to_owned() })
            .into_iter()
            .collect()
    },
    adjust,
    adjust_record,
    ..Vendor::BASE
};

/// What ends a file's name, and what ends a version, in each release.
const RELEASES: &[(&str, &str, &str)] =
    &[("1", "1.0", ".cm1"), ("2", "2.0", ".cm2"), ("3", "3.0", ".azl3")];

fn of_file(file: &str) -> Option<&'static str> {
    let named = RELEASES.iter().find(|(_, number, _)| file.contains(&format!("-{number}-")));
    named.map(|(release, ..)| *release)
}

fn of_version(versions: &Versions) -> Option<&'static str> {
    let Versions::Within(Interval {
        end: RangeEnd::Fixed(end) | RangeEnd::LastAffected(end), ..
    }) = versions
    else {
        return None;
    };
    let own = RELEASES.iter().find(|(.., suffix)| end.ends_with(suffix));
    own.map(|(release, ..)| *release)
}

fn adjust(context: &Context<'_>, affected: &mut Affected) {
    affected.names = Some(NameKind::Source);
    if context.definition.patchable == "Not Applicable" {
        affected.status = Status::NotAffected;
        affected.intervals.clear();
    }
}

/// `affecting package curl for versions less than 8.8.0-1`, `affecting package curl 8.0-1`: the words of a definition are of one release,
/// and a record of all of them. Its description says the same, and whether there is a fix.
fn adjust_record(record: &mut Advisory) {
    let words = record.summary.split_whitespace().take(3);
    record.summary = words.collect::<Vec<_>>().join(" ");
    record.details.clear();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::oval::testing::{document, said};
    use crate::options::BuildOptions;

    #[test]
    fn a_title_names_the_package_and_no_release() {
        for (title, expected) in [
            (
                "CVE-2020-1 affecting package vim for versions less than 8.2-3",
                "affecting package vim",
            ),
            ("CVE-2020-1 affecting package vim 8.1-6", "affecting package vim"),
            ("CVE-2020-1", ""),
        ] {
            let metadata = format!("<title>{title}</title><description>{title}.</description>");
            let text = document(
                r#"id="oval:com.microsoft.cbl-mariner:def:1" class="vulnerability""#,
                &metadata,
                &[("1", "<name>vim</name>", r#"<evr operation="less than">0:8.2-3.cm2</evr>"#)],
            );
            let options = BuildOptions::default();
            let records = AZURELINUX_OVAL.advisories("x.xml", text.as_bytes(), &options).unwrap();
            assert_eq!((&*records[0].summary, &*records[0].details), (expected, ""));
        }
    }

    #[test]
    fn the_release_is_of_the_files_name_or_of_the_version() {
        let text = |patchable: &str, state: &str| {
            let metadata = format!(
                "<title>CVE-2020-1 affecting package vim 8</title><patchable>{patchable}</patchable>"
            );
            document(
                r#"id="oval:com.microsoft.cbl-mariner:def:1" class="vulnerability""#,
                &metadata,
                &[("1", "<name>vim</name>", state)],
            )
        };
        let below = r#"<evr operation="less than">0:8.2-3.cm2</evr>"#;
        let up_to = r#"<evr operation="less than or equal">0:8.1-6.cm1</evr>"#;
        for (path, patchable, state, expected) in [
            ("x.xml", "true", below, r#"2 vim Affected First Fixed("0:8.2-3.cm2")"#),
            (
                "oval/cbl-mariner-2.0-oval.xml",
                "false",
                up_to,
                r#"2 vim Affected First LastAffected("0:8.1-6.cm1")"#,
            ),
            ("cbl-mariner-1.0-oval.xml", "Not Applicable", up_to, "1 vim NotAffected"),
        ] {
            let lines = said(&AZURELINUX_OVAL, path, &text(patchable, state));
            assert_eq!(lines, [format!("CVE-2020-1 Azure Linux:{expected}")], "{path}");
        }
    }
}
