//! Snaps: the `meta/snap.yaml` of one that is unpacked, and the lists of Debian packages that one was made of (snapd, "The snap
//! format"; snapcraft, `snap/manifest.yaml`; Ubuntu's base snaps, `usr/share/snappy/dpkg.yaml`).
//!
//! The lists count only at the root: elsewhere they are of another system than the image's. Of these files only scalars and lists
//! at the top level are read, which need no reader of all YAML. A snap that is not unpacked is an image of squashfs, and named as
//! unread.

use plimsoll_core::{PackageType, Problem, ProblemKind};

use crate::extract::FoundState;
use crate::{Candidate, Extraction, Extractor, FoundPackage, Pattern, Reads, WantedFile};

pub(crate) static SNAP: Extractor = Extractor {
    id: "snap",
    summary: "Snaps as unpacked, and the Debian packages that they were made of",
    patterns: &[
        Pattern::Below("var/lib/snapd/seed/snaps", ".snap"),
        Pattern::Below("var/lib/snapd/snaps", ".snap"),
        Pattern::Path("snap/manifest.yaml"),
        Pattern::Path("usr/share/snappy/dpkg.yaml"),
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
    match path.file_name() {
        "snap.yaml" => path.parent().rsplit('/').next() == Some("meta"),
        name if name.ends_with(".snap") => candidate.prefix.starts_with(SQUASHFS),
        _ => true,
    }
}

fn extract(file: &WantedFile<'_>) -> Extraction {
    let name = file.path.file_name();
    if name.ends_with(".snap") {
        let detail = "a packed snap (squashfs), which is not opened";
        return Extraction::failed(Problem::new(ProblemKind::Unsupported, detail));
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
        "dpkg.yaml" => debian(&text, "packages", FoundState::Installed, file),
        _ => debian(&text, "primed-stage-packages", FoundState::Bundled, file),
    }
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
fn debian(text: &str, key: &str, state: FoundState, file: &WantedFile<'_>) -> Extraction {
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
                extraction.push(FoundPackage {
                    arch,
                    state,
                    ..FoundPackage::new(PackageType::Deb, name, version)
                });
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

/// The value of a key at the top level.
fn scalar(text: &str, key: &str) -> Option<String> {
    text.lines().find_map(|line| value_of(line, key)).map(plain)
}

/// The entries of a list at the top level, one a line or in brackets.
fn list<'a>(text: &'a str, key: &str) -> impl Iterator<Item = String> + use<'a> {
    let mut lines = text.lines();
    let head = lines.by_ref().find_map(|line| value_of(line, key)).unwrap_or_default();
    let inner = head.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let in_line = inner.into_iter().flat_map(|inner| inner.split(','));
    // A list without brackets may be as deep as its key, and ends with the next one.
    let entries = lines.map(str::trim_start).map_while(|line| match line.strip_prefix('-') {
        Some(entry) => Some(Some(entry)),
        None if line.is_empty() || line.starts_with('#') => Some(None),
        None => None,
    });
    let on_lines = entries.flatten().take(if head.is_empty() { usize::MAX } else { 0 });
    in_line.chain(on_lines).map(plain).filter(|entry| !entry.is_empty())
}

fn value_of<'a>(line: &'a str, key: &str) -> Option<&'a str> {
    line.strip_prefix(key)?.strip_prefix(':').map(str::trim)
}

/// A scalar without its quotes, or without the comment behind it.
fn plain(value: &str) -> String {
    let value = value.trim();
    for quote in ['"', '\''] {
        if let Some((inside, _)) = value.strip_prefix(quote).and_then(|rest| rest.split_once(quote))
        {
            return inside.to_owned();
        }
    }
    value.split(" #").next().unwrap_or_default().trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use plimsoll_core::{ImagePath, Limits};
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
        ] {
            let path = ImagePath::new(path);
            let candidate = Candidate { path: &path, mode: 0o644, size: 9, prefix };
            assert_eq!(is_wanted(&candidate), expected, "{path}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in "((name|version|packages|architectures): ?|- |\\[|['\"#]|\\PC{0,9}|\n){0,20}") {
            for path in [META, "usr/share/snappy/dpkg.yaml", "snap/manifest.yaml"] {
                extract_at(path, &text);
            }
        }
    }
}
