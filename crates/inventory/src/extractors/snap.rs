//! Snaps: the `meta/snap.yaml` of one that is unpacked, and the lists of Debian packages that one was made of (snapd, "The snap
//! format"; snapcraft, `snap/manifest.yaml`; Ubuntu's base snaps, `usr/share/snappy/dpkg.yaml`). Kernel snaps have no list, but the
//! history of their kernel's package; a snap that was built without a manifest may have its recipe, `snap/snapcraft.yaml`.
//!
//! At the root the lists are of the image's own system. Elsewhere they are of files that were taken out of some distribution's
//! packages, of which the image's advisories say nothing. Of all these files only scalars and lists are read, which need no reader
//! of all YAML. A snap that is not unpacked is an image of squashfs, and named as unread.

mod kernel;
mod yaml;

use plimsoll_core::{PackageType, Problem, ProblemKind};

use self::kernel::{KERNEL_HISTORY, kernel, kernel_of};
use self::yaml::{list, lists_anywhere, scalar};
use super::embedded_sbom::lies_in_tests;
use crate::extract::FoundState;
use crate::fields::{component, field};
use crate::{Candidate, Extraction, Extractor, FoundPackage, Pattern, Reads, WantedFile};

pub(crate) static SNAP: Extractor = Extractor {
    id: "snap",
    version: 2,
    summary: "Snaps as unpacked, and the Debian packages that they were made of",
    patterns: &[
        Pattern::Below("var/lib/snapd/seed/snaps", ".snap"),
        Pattern::Below("var/lib/snapd/snaps", ".snap"),
        Pattern::Name("changelog.Debian.gz"),
        Pattern::PathEnd("snap/manifest.yaml"),
        Pattern::PathEnd("snap/snapcraft.yaml"),
        Pattern::PathEnd("usr/share/snappy/dpkg.yaml"),
        Pattern::PathEnd("meta/snap.yaml"),
    ],
    wants: is_wanted,
    reads: Reads::Head(MOST_BYTES),
    extract,
    ..Extractor::RECORD
};

/// No file of text here comes near this; of a packed snap only the first bytes count.
const MOST_BYTES: u64 = 1 << 20;
const SQUASHFS: &[u8] = b"hsqs";

fn is_wanted(candidate: &Candidate<'_>) -> bool {
    let path = candidate.path;
    let directory = component(path, 1).unwrap_or_default();
    match path.file_name() {
        "snap.yaml" => directory == "meta",
        "manifest.yaml" | "snapcraft.yaml" => directory == "snap" && !lies_in_tests(path.parent()),
        "dpkg.yaml" => component(path, 3) == Some("usr") && !lies_in_tests(path.parent()),
        KERNEL_HISTORY => kernel_of(path).is_some(),
        name => name.ends_with(".snap") && candidate.prefix.starts_with(SQUASHFS),
    }
}

fn extract(file: &WantedFile<'_>) -> Extraction {
    let name = file.path.file_name();
    if name.ends_with(".snap") {
        let detail = "a packed snap (squashfs), which is not opened";
        return Extraction::failed(Problem::new(ProblemKind::Unsupported, detail));
    }
    if name == KERNEL_HISTORY {
        return kernel(file);
    }
    if file.size > file.content.size() {
        let detail = format!("{} bytes, more than the {MOST_BYTES} that are read", file.size);
        return Extraction::failed(Problem::new(ProblemKind::LimitExceeded, detail));
    }
    let text = match file.text() {
        Ok(text) => text,
        Err(problem) => return Extraction::failed(problem),
    };
    match name {
        "snap.yaml" => snap(&text),
        "snapcraft.yaml" => recipe(&text, file),
        "dpkg.yaml" => {
            debian(&text, "packages", (file.path.as_str() == BASE, FoundState::Installed), file)
        }
        _ => {
            let is_own = file.path.as_str() == MANIFEST;
            debian(&text, "primed-stage-packages", (is_own, FoundState::Bundled), file)
        }
    }
}

/// The lists of the image itself, where it is a snap.
const BASE: &str = "usr/share/snappy/dpkg.yaml";
const MANIFEST: &str = "snap/manifest.yaml";

/// A package of Debian or Ubuntu; `is_own` where it is one of the image's own system.
fn package(name: &str, version: &str, (is_own, state): (bool, FoundState)) -> FoundPackage {
    if is_own {
        return FoundPackage { state, ..FoundPackage::new(PackageType::Deb, name, version) };
    }
    let state = if state == FoundState::Installed { FoundState::Bundled } else { state };
    let name = format!("deb/ubuntu/{name}");
    FoundPackage { state, ..FoundPackage::new(PackageType::Generic, name, version) }
}

/// What a recipe takes into its snap: packages of Debian, of which it seldom states the version, and other snaps. What is there only
/// to build it is left out.
fn recipe(text: &str, file: &WantedFile<'_>) -> Extraction {
    const PACKAGES: &str = "stage-packages";
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b"+-._".contains(&byte);
    let mut extraction = Extraction::default();
    for (key, entry) in lists_anywhere(text, &[PACKAGES, "stage-snaps"]) {
        let (name, version) = entry.split_once(['=', '<', '>']).unwrap_or((&entry, ""));
        let (name, version) = (name.trim(), version.trim_start_matches('=').trim());
        // `core20/edge` is a channel of a snap, `libc6:i386` a package of an architecture, and `on amd64:` the condition of what follows.
        let name = name.split(['/', ':']).next().unwrap_or_default();
        if name.is_empty() || !name.bytes().all(is_letter) || entry.ends_with(':') {
            continue;
        }
        if extraction.facts.len() >= file.limits.packages_per_file {
            let detail = format!("more than {} packages", file.limits.packages_per_file);
            extraction.problems.push(Problem::new(ProblemKind::LimitExceeded, detail));
            break;
        }
        let version = field(version).unwrap_or_default();
        extraction.push(match key {
            PACKAGES => package(name, version, (false, FoundState::Declared)),
            _ => {
                let name = format!("snap/{name}");
                let found = FoundPackage::new(PackageType::Generic, name, version);
                FoundPackage { state: FoundState::Declared, ..found }
            }
        });
    }
    extraction
}

fn snap(text: &str) -> Extraction {
    let (Some(name), Some(version)) = (scalar(text, "name"), scalar(text, "version")) else {
        return Extraction::malformed("a snap without a name or a version");
    };
    let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if name.is_empty() || version.is_empty() || !name.bytes().all(is_letter) {
        return Extraction::malformed("a snap whose name or version is none");
    }
    let mut architectures = list(text, "architectures");
    let mut extraction = Extraction::default();
    extraction.push(FoundPackage {
        arch: architectures.next().filter(|_| architectures.next().is_none()),
        licenses: scalar(text, "license").into_iter().collect(),
        ..FoundPackage::new(PackageType::Snap, name, version)
    });
    extraction
}

/// Packages in a list of `name=version` or `name:arch=version`.
fn debian(
    text: &str,
    key: &str,
    (is_own, state): (bool, FoundState),
    file: &WantedFile<'_>,
) -> Extraction {
    let limit = file.limits.packages_per_file;
    let mut extraction = Extraction::default();
    let mut bad = 0_usize;
    for entry in list(text, key) {
        if extraction.facts.len() >= limit {
            let detail = format!("more than {limit} packages");
            extraction.problems.push(Problem::new(ProblemKind::LimitExceeded, detail));
            break;
        }
        match entry.split_once('=') {
            Some((name, version)) if !name.is_empty() && !version.is_empty() => {
                let (name, arch) = match name.split_once(':') {
                    Some((name, arch)) => (name, Some(arch.to_owned())),
                    None => (name, None),
                };
                let found = package(name, version, (is_own, state));
                extraction.push(FoundPackage { arch: arch.filter(|_| is_own), ..found });
            }
            _ => bad += 1,
        }
    }
    if bad > 0 {
        let detail = format!("{bad} entries that are no name with a version");
        extraction.problems.push(Problem::new(ProblemKind::Malformed, detail));
    }
    extraction
}

#[cfg(test)]
mod tests {
    use plimsoll_core::{ImagePath, Limits};
    use plimsoll_testkit::Compression;
    use proptest::prelude::*;

    use super::*;

    fn extract_at(path: &str, content: &str) -> Extraction {
        let path = ImagePath::new(path);
        let content = content.as_bytes().to_vec();
        extract(&WantedFile::whole(&path, &content, &Limits::default()))
    }

    const META: &str = "snap/jq/6/meta/snap.yaml";

    #[test]
    fn an_unpacked_snap_is_one() {
        for (text, version, arch, license) in [
            (
                "name: jq\nversion: '1.5+dfsg-1' # quoted\nsummary: name\ndescription: |\n  version: 7\narchitectures:\n- amd64\n\
                 license: MIT\napps:\n  jq:\n    command: bin/jq\n",
                "1.5+dfsg-1",
                Some("amd64"),
                Some("MIT"),
            ),
            (
                "version: 2 # two\nname: \"jq\"\narchitectures: [ arm64 ]\n",
                "2",
                Some("arm64"),
                None,
            ),
            ("name: jq\nversion: 3\narchitectures:\n  - amd64\n  - i386\n", "3", None, None),
        ] {
            let extraction = extract_at(META, text);
            let expected = FoundPackage {
                arch: arch.map(str::to_owned),
                licenses: license.map(str::to_owned).into_iter().collect(),
                ..FoundPackage::new(PackageType::Snap, "jq", version)
            };
            assert_eq!(extraction.packages().collect::<Vec<_>>(), [&expected]);
        }
    }

    #[test]
    fn a_base_snap_and_a_manifest_list_debian_packages() {
        let text = "package-repositories:\n- type: apt\n  url: http://example.org\npackages:\n- adduser=3.118ubuntu5\n\
            # a comment\n- libc6:i386=2.35-0ubuntu3\n- short\nother:\n- a=1\n";
        let extraction = extract_at("usr/share/snappy/dpkg.yaml", text);
        let deb = |name: &str, version: &str| FoundPackage::new(PackageType::Deb, name, version);
        let expected = [
            deb("adduser", "3.118ubuntu5"),
            FoundPackage { arch: Some("i386".into()), ..deb("libc6", "2.35-0ubuntu3") },
        ];
        assert_eq!(extraction.packages().collect::<Vec<_>>(), expected.iter().collect::<Vec<_>>());
        assert_eq!(extraction.problems[0].detail, "1 entries that are no name with a version");
        let manifest =
            "snapcraft-version: '7'\nparts: {}\nprimed-stage-packages:\n- libfoo1=1.2-3\n";
        let extraction = extract_at("snap/manifest.yaml", manifest);
        let expected = FoundPackage { state: FoundState::Bundled, ..deb("libfoo1", "1.2-3") };
        assert_eq!(extraction.packages().collect::<Vec<_>>(), [&expected]);
        let empty = extract_at("snap/manifest.yaml", "primed-stage-packages: []\nparts:\n- a=1\n");
        assert!(empty.facts.is_empty() && empty.problems.is_empty());
    }

    fn rows(extraction: &Extraction) -> Vec<String> {
        assert_eq!(extraction.problems, []);
        let packages = extraction.packages();
        packages
            .map(|one| format!("{} {} {} {:?}", one.kind, one.name, one.version, one.state))
            .collect()
    }

    #[test]
    fn the_lists_of_a_snap_below_the_root_are_of_another_system() {
        let base =
            extract_at("snap/core20/9/usr/share/snappy/dpkg.yaml", "packages:\n- a:amd64=1-2\n");
        assert_eq!(rows(&base), ["generic deb/ubuntu/a 1-2 Bundled"]);
        assert_eq!(base.packages().next().unwrap().arch, None);
        let manifest = "name: jq\nprimed-stage-packages:\n- b=1\n";
        let manifest = extract_at("snap/jq/6/snap/manifest.yaml", manifest);
        assert_eq!(rows(&manifest), ["generic deb/ubuntu/b 1 Bundled"]);
    }

    #[test]
    fn a_kernel_snap_has_the_kernel_of_its_history() {
        let packed = |text: &str| Compression::Gzip.apply(text.as_bytes());
        let history = packed("linux (5.4.0-195.215) focal; urgency=medium\n\n  * more\n");
        let run = |path: &str, content: &Vec<u8>| {
            extract(&WantedFile::whole(&ImagePath::new(path), content, &Limits::default()))
        };
        let path = "doc/linux-modules-5.4.0-195-generic/changelog.Debian.gz";
        let own = run(path, &history);
        assert_eq!(rows(&own), ["deb linux-image-5.4.0-195-generic 5.4.0-195.215 Installed"]);
        assert_eq!(own.packages().next().unwrap().source_name.as_deref(), Some("linux"));
        let other = run(&format!("snap/pc-kernel/7/{path}"), &history);
        let expected = "generic deb/ubuntu/linux-image-5.4.0-195-generic 5.4.0-195.215 Bundled";
        assert_eq!(rows(&other), [expected]);
        for content in [packed("bash (5.2)"), packed("linux 5.4"), packed(""), b"\x1f\x8b".to_vec()]
        {
            assert_eq!(run(path, &content).problems.len(), 1);
        }
        let endless = packed(&"linux ".repeat(100_000));
        assert_eq!(run(path, &endless).problems[0].kind, ProblemKind::Malformed);
    }

    #[test]
    fn a_recipe_declares_what_it_takes_into_the_snap() {
        let text = "name: snapd\nbuild-packages: [x]\nparts:\n  apparmor:\n    plugin: autotools\n    build-packages:\n\
            - bison\n    stage-packages: [ a, 'b=1.2' ]\n    stage-snaps:\n      - core20/latest/edge\n  other:\n\
            \x20   stage-packages:\n    # why\n    - on amd64:\n      - c:amd64\n\n    - d>=2 # at least\n    - ${e}\n    source: .\n\
            \x20   - f\n";
        let expected = [
            "generic deb/ubuntu/a  Declared",
            "generic deb/ubuntu/b 1.2 Declared",
            "generic snap/core20  Declared",
            "generic deb/ubuntu/c  Declared",
            "generic deb/ubuntu/d 2 Declared",
        ];
        assert_eq!(rows(&extract_at("src/snap/snapcraft.yaml", text)), expected);
    }

    #[test]
    fn what_is_no_snap_or_a_packed_one_is_told() {
        for text in ["name: jq\n", "\0\0", "name: ../jq\nversion: 1\n"] {
            assert_eq!(extract_at(META, text).problems[0].kind, ProblemKind::Malformed, "{text}");
        }
        let packed = extract_at("var/lib/snapd/snaps/core22_1033.snap", "hsqs");
        assert_eq!(packed.problems[0].kind, ProblemKind::Unsupported);
        let path = ImagePath::new(META);
        let content = b"name: jq\nversion: 1\n".to_vec();
        let limits = Limits::default();
        let cut = WantedFile { size: 2 << 20, ..WantedFile::whole(&path, &content, &limits) };
        assert_eq!(extract(&cut).problems[0].kind, ProblemKind::LimitExceeded);
    }

    #[test]
    fn only_the_meta_directory_and_real_squashfs_are_wanted() {
        for (path, prefix, expected) in [
            ("snap/jq/6/meta/snap.yaml", &b"name"[..], true),
            ("meta/snap.yaml", b"name", true),
            ("srv/mymeta/snap.yaml", b"name", false),
            ("var/lib/snapd/snaps/a_1.snap", b"hsqs\x01", true),
            ("var/lib/snapd/snaps/a_1.snap", b"", false),
            ("src/snap/snapcraft.yaml", b"name", true),
            ("src/mysnap/snapcraft.yaml", b"name", false),
            ("tests/snap/snapcraft.yaml", b"name", false),
            ("snap/manifest.yaml", b"name", true),
            ("usr/share/snappy/dpkg.yaml", b"name", true),
            ("srv/usr/share/snappy/dpkg.yaml", b"name", true),
            ("srv/xusr/share/snappy/dpkg.yaml", b"name", false),
            ("doc/linux-modules-5.4.0-1-generic/changelog.Debian.gz", b"", true),
            ("doc/linux-modules-extra-5.4/changelog.Debian.gz", b"", false),
            ("usr/share/doc/linux-modules-5.4.0-1-generic/changelog.Debian.gz", b"", false),
        ] {
            let path = ImagePath::new(path);
            let candidate = Candidate { path: &path, mode: 0o644, size: 9, prefix };
            assert_eq!(is_wanted(&candidate), expected, "{path}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in "((name|version|packages|stage-packages): ?|- |\\[|['\"#]|\\PC{0,9}|\n){0,20}") {
            for path in [META, "usr/share/snappy/dpkg.yaml", "snap/manifest.yaml", "snap/snapcraft.yaml"] {
                extract_at(path, &text);
            }
        }
    }
}
