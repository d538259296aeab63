//! Release files older than os-release, or of systems that lack it: `etc/redhat-release`, `etc/SuSE-release`,
//! `etc/lsb-release`, `etc/alpine-release`, `etc/debian_version` and their like.
//!
//! Each becomes what an os-release would say: `ID`, `VERSION_ID`, `PRETTY_NAME`. They count only where an image has no os-release
//! ([`RELEASE_FILES`] is their order: a file that a rebuild keeps of its origin comes after its own).

use std::collections::BTreeMap;

use crate::{Extraction, Extractor, Fact, Pattern, WantedFile};

pub(crate) static RELEASE_FILE: Extractor = Extractor {
    id: "release-file",
    version: 2,
    summary: "The distribution and its release, where there is no os-release",
    patterns: &[
        Pattern::Path("etc/alpine-release"),
        Pattern::Path("etc/oracle-release"),
        Pattern::Path("etc/rocky-release"),
        Pattern::Path("etc/almalinux-release"),
        Pattern::Path("etc/centos-release"),
        Pattern::Path("etc/openEuler-release"),
        Pattern::Path("etc/anolis-release"),
        Pattern::Path("etc/alinux-release"),
        Pattern::Path("etc/kylin-release"),
        Pattern::Path("etc/fedora-release"),
        Pattern::Path("etc/mageia-release"),
        Pattern::Path("etc/photon-release"),
        Pattern::Path("etc/azurelinux-release"),
        Pattern::Path("etc/mariner-release"),
        Pattern::Path("etc/SuSE-release"),
        Pattern::Path("etc/system-release"),
        Pattern::Path("etc/redhat-release"),
        Pattern::Path("etc/gentoo-release"),
        Pattern::Path("etc/arch-release"),
        Pattern::Path("etc/lsb-release"),
        Pattern::Path("etc/debian_version"),
        Pattern::Path("usr/lib/fedora-release"),
        Pattern::Path("usr/lib/system-release"),
    ],
    extract,
    makes_root: false,
    ..Extractor::RECORD
};

/// The files that say which distribution an image is: the first that is there and names one counts.
pub static RELEASE_FILES: &[&str] = &[
    "etc/os-release",
    "usr/lib/os-release",
    // Bottlerocket's variants are built below one.
    "aarch64-bottlerocket-linux-gnu/sys-root/usr/lib/os-release",
    "x86_64-bottlerocket-linux-gnu/sys-root/usr/lib/os-release",
    "etc/alpine-release",
    "etc/oracle-release",
    "etc/rocky-release",
    "etc/almalinux-release",
    "etc/centos-release",
    "etc/openEuler-release",
    "etc/anolis-release",
    "etc/alinux-release",
    "etc/kylin-release",
    "etc/fedora-release",
    "usr/lib/fedora-release",
    "etc/mageia-release",
    "etc/photon-release",
    "etc/azurelinux-release",
    "etc/mariner-release",
    "etc/SuSE-release",
    "etc/system-release",
    "usr/lib/system-release",
    "etc/redhat-release",
    "etc/gentoo-release",
    "etc/arch-release",
    "etc/lsb-release",
    "etc/debian_version",
];

/// What the first line begins with, and the os-release `ID` of the distribution that writes so. The longer of two comes first.
const NAMES: &[(&str, &str)] = &[
    ("AlmaLinux", "almalinux"),
    ("Alibaba Cloud Linux", "alinux"),
    ("Aliyun Linux", "alinux"),
    ("Amazon Linux", "amzn"),
    ("Anolis OS", "anolis"),
    ("CBL-Mariner", "mariner"),
    ("CentOS", "centos"),
    ("Enterprise Linux Enterprise Linux", "ol"),
    ("Fedora Modular", "fedora-modular"),
    ("Fedora", "fedora"),
    ("Gentoo", "gentoo"),
    ("Kylin", "kylin"),
    ("Mageia", "mageia"),
    ("Microsoft Azure Linux", "azurelinux"),
    ("Oracle Linux", "ol"),
    ("Red Hat Enterprise Linux", "rhel"),
    ("Rocky Linux", "rocky"),
    ("SUSE Linux Enterprise Desktop", "sled"),
    ("SUSE Linux Enterprise Server", "sles"),
    ("SUSE Linux Enterprise", "sles"),
    ("VMware Photon", "photon"),
    ("openEuler", "openEuler"),
    ("openSUSE Tumbleweed", "opensuse-tumbleweed"),
    ("openSUSE", "opensuse"),
];

fn extract(file: &WantedFile<'_>) -> Extraction {
    if let Some(problem) = file.over(file.limits.os_release_bytes) {
        return Extraction::failed(problem);
    }
    let text = match file.text() {
        Ok(text) => text,
        Err(problem) => return Extraction::failed(problem),
    };
    let said = match file.path.as_str() {
        "etc/arch-release" => Some(release("arch", "", "Arch Linux")),
        "etc/alpine-release" => alpine(&text),
        "etc/debian_version" => debian(&text),
        "etc/lsb-release" => lsb(&text),
        "etc/SuSE-release" => suse(&text),
        _ => one_line(&text),
    };
    let facts = said.filter(|said| !said.is_empty()).map(Fact::OsRelease).into_iter().collect();
    Extraction { facts, problems: Vec::new() }
}

fn release(id: &str, version: &str, pretty: &str) -> BTreeMap<String, String> {
    let pairs = [("ID", id), ("VERSION_ID", version), ("PRETTY_NAME", pretty)];
    let pairs = pairs.into_iter().filter(|(_, value)| !value.is_empty());
    pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}

fn first_line(text: &str) -> &str {
    text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default()
}

/// `3.18.4`, or `3.22.0_alpha20250108` of edge.
fn alpine(text: &str) -> Option<BTreeMap<String, String>> {
    let version = first_line(text);
    let is_version = version.starts_with(|first: char| first.is_ascii_digit());
    is_version.then(|| release("alpine", version, &format!("Alpine Linux v{version}")))
}

/// `9.13`, or `bookworm/sid` before a release. Ubuntu has one too, which names the Debian that it was made from: it comes last.
fn debian(text: &str) -> Option<BTreeMap<String, String>> {
    let version = first_line(text);
    if version.starts_with(|first: char| first.is_ascii_digit()) {
        return Some(release("debian", version, &format!("Debian GNU/Linux {version}")));
    }
    let codename = version.strip_suffix("/sid").unwrap_or(version);
    let is_codename =
        !codename.is_empty() && codename.bytes().all(|byte| byte.is_ascii_lowercase());
    is_codename.then(|| {
        let mut pairs = release("debian", "", &format!("Debian GNU/Linux {version}"));
        pairs.insert("VERSION_CODENAME".to_owned(), codename.to_owned());
        pairs
    })
}

/// `DISTRIB_ID=Ubuntu`, `DISTRIB_RELEASE=14.04`.
fn lsb(text: &str) -> Option<BTreeMap<String, String>> {
    let value = |name: &str| {
        let mut values = text.lines().filter_map(|line| line.trim().strip_prefix(name));
        values.find_map(|rest| rest.strip_prefix('=')).map(|value| value.trim().trim_matches('"'))
    };
    let id = value("DISTRIB_ID").filter(|id| !id.is_empty())?.to_lowercase();
    let version = value("DISTRIB_RELEASE").unwrap_or_default();
    Some(release(&id, version, value("DISTRIB_DESCRIPTION").unwrap_or_default()))
}

/// The name in the first line, then `VERSION = 11` and `PATCHLEVEL = 4`.
fn suse(text: &str) -> Option<BTreeMap<String, String>> {
    let name = first_line(text);
    let (_, id) = NAMES.iter().find(|(start, _)| name.starts_with(start))?;
    let value = |wanted: &str| {
        let pairs = text.lines().filter_map(|line| line.split_once('='));
        let mut values = pairs.filter(|(key, _)| key.trim() == wanted);
        values.next().map(|(_, value)| value.trim())
    };
    let version = value("VERSION")?;
    let version = match value("PATCHLEVEL") {
        Some(level) if level != "0" && !version.contains('.') => format!("{version}.{level}"),
        _ => version.to_owned(),
    };
    Some(release(id, &version, name))
}

/// `CentOS release 6.10 (Final)`, `VMware Photon OS 3.0`, `CBL-Mariner 2.0.20220226`: a name, then the version, the first word with
/// a digit.
fn one_line(text: &str) -> Option<BTreeMap<String, String>> {
    let line = first_line(text);
    let Some((start, id)) = NAMES.iter().find(|(start, _)| line.starts_with(start)) else {
        // It counts only where nothing else names a distribution, and is then one that is not known.
        return Some(release("", "", line));
    };
    let rest = line.get(start.len()..).unwrap_or_default();
    let version = rest.split_whitespace().find(|word| {
        let number = word.strip_prefix(['V', 'v']).unwrap_or(word);
        number.starts_with(|first: char| first.is_ascii_digit())
    });
    let mut pairs = release(id, version.unwrap_or_default(), line);
    // openEuler's service pack stands in brackets, as it does in os-release's VERSION.
    if let (Some(version), Some(bracket)) = (version, rest.find('(')) {
        let flavour = rest.get(bracket..).unwrap_or_default();
        pairs.insert("VERSION".to_owned(), format!("{version} {flavour}"));
    }
    Some(pairs)
}

#[cfg(test)]
mod tests {
    use plimsoll_core::{ImagePath, Limits};
    use proptest::prelude::*;

    use super::*;
    use crate::distro;
    use crate::extractors::os_release::OS_RELEASE;

    fn read(path: &str, text: &str) -> Option<BTreeMap<String, String>> {
        let (path, limits, content) =
            (ImagePath::new(path), Limits::default(), text.as_bytes().to_vec());
        let extraction = extract(&WantedFile::whole(&path, &content, &limits));
        assert!(extraction.problems.is_empty(), "{path}");
        extraction.facts.into_iter().next().map(|fact| match fact {
            Fact::OsRelease(pairs) => pairs,
            fact => panic!("{fact:?}"),
        })
    }

    #[test]
    fn every_old_release_file_gives_the_family_and_release_that_an_os_release_would() {
        for (path, text, id, version, family) in [
            ("redhat-release", "CentOS release 6.10 (Final)\n", "centos", "6.10", "Red Hat"),
            (
                "centos-release",
                "CentOS Linux release 7.9.2009 (Core)\n",
                "centos",
                "7.9.2009",
                "Red Hat",
            ),
            ("centos-release", "CentOS Stream release 8\n", "centos", "8", "Red Hat"),
            (
                "redhat-release",
                "Red Hat Enterprise Linux Server release 5.11 (Tikanga)\n",
                "rhel",
                "5.11",
                "Red Hat",
            ),
            ("oracle-release", "Oracle Linux Server release 6.10\n", "ol", "6.10", "Oracle Linux"),
            (
                "redhat-release",
                "Enterprise Linux Enterprise Linux Server release 5.8 (Carthage)\n",
                "ol",
                "5.8",
                "Oracle Linux",
            ),
            (
                "rocky-release",
                "Rocky Linux release 8.9 (Green Obsidian)\n",
                "rocky",
                "8.9",
                "Rocky Linux",
            ),
            (
                "system-release",
                "Amazon Linux AMI release 2018.03\n",
                "amzn",
                "2018.03",
                "Amazon Linux",
            ),
            ("system-release", "Amazon Linux release 2 (Karoo)\n", "amzn", "2", "Amazon Linux"),
            ("fedora-release", "Fedora release 21 (Twenty One)\n", "fedora", "21", "Fedora"),
            (
                "photon-release",
                "VMware Photon OS 3.0\nPHOTON_BUILD_NUMBER=1\n",
                "photon",
                "3.0",
                "Photon OS",
            ),
            (
                "mariner-release",
                "CBL-Mariner 2.0.20220226\n",
                "mariner",
                "2.0.20220226",
                "Azure Linux",
            ),
            (
                "azurelinux-release",
                "Microsoft Azure Linux 3.0.20240727\n",
                "azurelinux",
                "3.0.20240727",
                "Azure Linux",
            ),
            ("anolis-release", "Anolis OS release 8.6\n", "anolis", "8.6", "Anolis OS"),
            (
                "alinux-release",
                "Alibaba Cloud Linux release 3 (Soaring Falcon)\n",
                "alinux",
                "3",
                "Alibaba Cloud Linux",
            ),
            (
                "redhat-release",
                "Kylin Linux Advanced Server release V10 (Tercel)\n",
                "kylin",
                "V10",
                "Kylin",
            ),
            (
                "SuSE-release",
                "SUSE Linux Enterprise Server 11 (x86_64)\nVERSION = 11\nPATCHLEVEL = 4\n",
                "sles",
                "11.4",
                "SUSE",
            ),
            (
                "SuSE-release",
                "openSUSE 13.2 (x86_64)\nVERSION = 13.2\nCODENAME = Harlequin\n",
                "opensuse",
                "13.2",
                "openSUSE",
            ),
            ("gentoo-release", "Gentoo Base System release 2.13\n", "gentoo", "2.13", "Gentoo"),
            ("alpine-release", "3.2.3\n", "alpine", "3.2.3", "Alpine"),
            ("debian_version", "7.11\n", "debian", "7.11", "Debian"),
            (
                "lsb-release",
                "DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=12.04\nDISTRIB_DESCRIPTION=\"Ubuntu 12.04.5 LTS\"\n",
                "ubuntu",
                "12.04",
                "Ubuntu",
            ),
        ] {
            let pairs = read(&format!("etc/{path}"), text).unwrap_or_else(|| panic!("{text}"));
            let distro = distro(&pairs, &[]);
            let found = (distro.id.as_str(), distro.version_id.as_str());
            assert_eq!(found, (id, version), "{text}");
            assert_eq!(distro.family.map(|family| family.0).as_deref(), Some(family), "{text}");
            assert!(!distro.releases.is_empty(), "{text}");
        }
    }

    #[test]
    fn codenames_service_packs_and_empty_files_say_what_they_can() {
        let testing = read("etc/debian_version", "trixie/sid\n").unwrap();
        assert_eq!(distro(&testing, &[]).releases, ["13"]);
        let pairs = read("etc/openEuler-release", "openEuler release 20.03 (LTS-SP1)\n").unwrap();
        assert_eq!(distro(&pairs, &[]).releases, ["20.03-LTS-SP1"]);
        let arch = read("etc/arch-release", "").unwrap();
        assert_eq!(distro(&arch, &[]).family.map(|family| family.0).as_deref(), Some("Arch Linux"));
    }

    #[test]
    fn what_names_no_distribution_says_at_most_its_own_words() {
        let other = read("etc/redhat-release", "Derived from something else\n").unwrap();
        assert_eq!(
            other.get("PRETTY_NAME").map(String::as_str),
            Some("Derived from something else")
        );
        assert_eq!(other.get("ID"), None);
        for (path, text) in [
            ("etc/system-release", ""),
            ("etc/lsb-release", "LSB_VERSION=1.4\n"),
            ("etc/debian_version", "kali-rolling\n"),
            ("etc/alpine-release", "edge\n"),
        ] {
            assert_eq!(read(path, text), None, "{path}");
        }
    }

    #[test]
    fn every_file_that_counts_is_read() {
        let read: Vec<_> = OS_RELEASE.patterns.iter().chain(RELEASE_FILE.patterns).collect();
        for path in RELEASE_FILES {
            assert!(read.contains(&&Pattern::Path(path)), "{path}");
        }
        assert_eq!(RELEASE_FILES.len(), read.len());
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(
            text in "(CentOS|openEuler|VERSION = |DISTRIB_ID=|[ -~]){0,4}[ -~\\n]{0,40}\\PC{0,9}",
            file in 4..RELEASE_FILES.len(),
        ) {
            read(RELEASE_FILES[file], &text);
        }
    }
}
