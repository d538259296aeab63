//! opkg packages (OpenWrt up to 23.05, Yocto, Entware): opkg's status file, and what its `info` directory holds of each package.
//!
//! The status file has dpkg's form but says little; the package's own control file, which is kept as long as it is installed, also
//! has its licence, its source and the CPE under which advisories know it (openwrt, `include/package-pack.mk`).

use plimsoll_core::PackageType;

use super::deb822::{self, Stanza, split_source};
use super::lines::{lines, owned, text};
use crate::{Extraction, Extractor, FoundPackage, Pattern, WantedFile};

pub(crate) static OPKG: Extractor = Extractor {
    id: "opkg",
    summary: "opkg packages, with the files that they own: opkg's status, control files and lists",
    patterns: &[
        Pattern::Path("opt/lib/opkg/status"),
        Pattern::Path("usr/lib/opkg/status"),
        Pattern::Path("var/lib/opkg/status"),
        Pattern::Below("opt/lib/opkg/info", ".control"),
        Pattern::Below("opt/lib/opkg/info", ".list"),
        Pattern::Below("usr/lib/opkg/info", ".control"),
        Pattern::Below("usr/lib/opkg/info", ".list"),
        Pattern::Below("var/lib/opkg/info", ".control"),
        Pattern::Below("var/lib/opkg/info", ".list"),
    ],
    extract,
    ..Extractor::RECORD
};

fn extract(file: &WantedFile<'_>) -> Extraction {
    let bytes = match file.bytes() {
        Ok(bytes) => bytes,
        Err(problem) => return Extraction::failed(problem),
    };
    match file.path.file_name().strip_suffix(".list") {
        Some(package) => {
            owned(package, lines(&bytes).map(path_of_line), file.limits.owned_paths_per_file)
        }
        None => deb822::packages(&bytes, file.limits.packages_per_file, package),
    }
}

/// A path, behind which newer versions write a tab, the mode, and where a link leads.
fn path_of_line(line: &[u8]) -> &[u8] {
    line.split(|&byte| byte == b'\t').next().unwrap_or_default()
}

fn package(stanza: &Stanza<'_>) -> Option<FoundPackage> {
    let (name, version) = (text(stanza.name?), text(stanza.version?));
    let (source_name, source_version) = source(stanza);
    Some(FoundPackage {
        arch: stanza.architecture.map(text),
        source_name,
        source_version,
        vendor: stanza.maintainer.map(text),
        licenses: stanza.license.map(text).into_iter().collect(),
        cpes: stanza.cpe.and_then(|cpe| versioned(&text(cpe), &version)).into_iter().collect(),
        ..FoundPackage::new(PackageType::Opkg, name, version)
    })
}

/// OpenWrt has the name in `SourceName`, and in `Source` a place in its tree; Yocto a list of addresses in `Source`; others a name
/// as dpkg has it.
fn source(stanza: &Stanza<'_>) -> (Option<String>, Option<String>) {
    if let Some(name) = stanza.source_name {
        return (Some(text(name)), None);
    }
    match stanza.source.map(text) {
        Some(source) if !source.contains(['/', ':', '_']) => {
            let (name, version) = split_source(&source);
            (Some(name), version)
        }
        _ => (None, None),
    }
}

/// `cpe:/a:vendor:product` of a package's definition, which knows no version, as a CPE 2.3 name of the version that is packaged.
fn versioned(cpe: &str, version: &str) -> Option<String> {
    let mut parts = cpe.strip_prefix("cpe:/")?.split(':');
    let (part, vendor, product) = (parts.next()?, parts.next()?, parts.next()?);
    let is_word = |text: &str| {
        !text.is_empty()
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    // What is behind the last dash counts the builds of one version.
    let version = version.rsplit_once('-').map_or(version, |(upstream, _)| upstream);
    // These characters stand for themselves in both forms of a CPE.
    let is_plain = [part, vendor, product, version].into_iter().all(is_word);
    is_plain.then(|| format!("cpe:2.3:{part}:{vendor}:{product}:{version}:*:*:*:*:*:*:*"))
}

#[cfg(test)]
mod tests {
    use plimsoll_core::{ImagePath, Limits, ProblemKind};
    use proptest::prelude::*;

    use super::*;
    use crate::{Fact, Owned};

    fn extract_at(path: &str, content: &str) -> Extraction {
        let path = ImagePath::new(path);
        let content = content.as_bytes().to_vec();
        extract(&WantedFile::whole(&path, &content, &Limits::default()))
    }

    fn packages(extraction: &Extraction) -> Vec<&FoundPackage> {
        extraction.packages().collect()
    }

    #[test]
    fn the_status_file_lists_what_is_installed() {
        let status = "Package: dropbear\nVersion: 2022.82-5\nDepends: libc\nStatus: install user installed\n\
            Architecture: mips_24kc\nConffiles:\n /etc/config/dropbear 00ff\nInstalled-Time: 1\n\n\
            Package: gone\nVersion: 1\nStatus: deinstall ok not-installed\n\n\
            Package: held\nVersion: 2\nStatus: install hold installed\n\nPackage: broken\nStatus: install ok installed\n";
        let extraction = extract_at("usr/lib/opkg/status", status);
        let expected = FoundPackage {
            arch: Some("mips_24kc".into()),
            ..FoundPackage::new(PackageType::Opkg, "dropbear", "2022.82-5")
        };
        let held = FoundPackage::new(PackageType::Opkg, "held", "2");
        assert_eq!(packages(&extraction), [&expected, &held]);
        assert_eq!(extraction.problems[0].kind, ProblemKind::Malformed);
    }

    #[test]
    fn a_control_file_says_more_of_the_same_package() {
        let control = "Package: libustream-wolfssl20201210\nVersion: 2023.02.25-1\nDepends: libc\n\
            Source: package/libs/ustream-ssl\nSourceName: ustream-ssl\nLicense: ISC\nSection: libs\n\
            CPE-ID: cpe:/a:open-wrt:ustream\nMaintainer: A B <a@example.org>\nArchitecture: mips_24kc\n\
            Installed-Size: 5\nDescription:  A library\n with two lines\n";
        let extraction = extract_at("usr/lib/opkg/info/libustream-wolfssl.control", control);
        let expected = FoundPackage {
            arch: Some("mips_24kc".into()),
            source_name: Some("ustream-ssl".into()),
            vendor: Some("A B <a@example.org>".into()),
            licenses: vec!["ISC".into()],
            cpes: vec!["cpe:2.3:a:open-wrt:ustream:2023.02.25:*:*:*:*:*:*:*".into()],
            ..FoundPackage::new(PackageType::Opkg, "libustream-wolfssl20201210", "2023.02.25-1")
        };
        assert_eq!(packages(&extraction), [&expected]);
        assert!(extraction.problems.is_empty());
    }

    #[test]
    fn a_source_that_is_a_place_is_no_name() {
        for (field, name, version) in [
            ("Source: busybox (1.36)", Some("busybox"), Some("1.36")),
            ("Source: package/utils/busybox", None, None),
            ("Source: https://example.org/a.tar.gz file://b.patch", None, None),
            ("Source: busybox_1.36.bb", None, None),
            ("SourceName: bb", Some("bb"), None),
        ] {
            let status = format!("Package: a\nVersion: 1\n{field}\n");
            let extraction = extract_at("var/lib/opkg/status", &status);
            let found = packages(&extraction);
            assert_eq!(found[0].source_name.as_deref(), name, "{field}");
            assert_eq!(found[0].source_version.as_deref(), version, "{field}");
        }
    }

    #[test]
    fn only_a_whole_cpe_gets_the_version() {
        for (cpe, version, expected) in [
            ("cpe:/a:gnu:bash", "5.2-r1", Some("cpe:2.3:a:gnu:bash:5.2:*:*:*:*:*:*:*")),
            ("cpe:/a:gnu:bash", "5.2", Some("cpe:2.3:a:gnu:bash:5.2:*:*:*:*:*:*:*")),
            ("cpe:/a:gnu", "5.2", None),
            ("cpe:2.3:a:gnu:bash", "5.2", None),
            ("cpe:/a:gnu:ba*h", "5.2", None),
        ] {
            assert_eq!(versioned(cpe, version).as_deref(), expected, "{cpe}");
        }
    }

    #[test]
    fn lists_of_both_forms_own_files() {
        let list = "/usr/sbin/dropbear\n/usr/bin/ssh\t0120777\t../sbin/dropbear\n";
        let extraction = extract_at("usr/lib/opkg/info/dropbear.list", list);
        let paths = ["usr/sbin/dropbear", "usr/bin/ssh"].map(ImagePath::hash_of).to_vec();
        assert_eq!(extraction.facts, [Fact::Owns(Owned { package: "dropbear".into(), paths })]);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(text in "(Package|Version|Source|CPE-ID|[ -~])?:?[ -~\\n\\t]{0,60}\\PC{0,9}") {
            for path in ["usr/lib/opkg/status", "usr/lib/opkg/info/a.list", "usr/lib/opkg/info/a.control"] {
                extract_at(path, &text);
            }
        }
    }
}
