//! Names that people type and that images hold: what is printed reads back as the same.

use plimsoll_core::{Day, Digest, Distro, ImagePath, PackageId, PackageType, Platform, is_hostile};
use plimsoll_inventory::purl;
use plimsoll_oci::{Reference, RegistryReference};
use plimsoll_scan::printable;

use crate::Fixed;
use crate::bytes::{Bytes, lines};

pub static NAMES: Fixed = Fixed {
    name: "names",
    about: "references, digests, platforms, days, and paths inside images",
    sources: &[
        "oci/src/reference.rs",
        "oci/src/registry_reference.rs",
        "core/src/digest.rs",
        "core/src/path.rs",
        "core/src/platform.rs",
        "core/src/day.rs",
    ],
    fixtures: &[],
    frames: &[b""],
    seeds,
    run,
};

pub static PURL: Fixed = Fixed {
    name: "purl",
    about: "package URLs of names from images",
    sources: &["inventory/src/purl.rs"],
    fixtures: &[],
    frames: &[b"\0", b"\x04"],
    seeds: purl_seeds,
    run: run_purl,
};

fn seeds() -> Vec<Vec<u8>> {
    let digest = format!("example.com:5000/a/b:tag@sha256:{}", "0a".repeat(32));
    let seeds =
        ["docker-archive:a.tar:@1", "alpine:3.10", "../a//b/./c", "linux/arm64/v8", &digest];
    seeds.map(|seed| seed.as_bytes().to_vec()).into()
}

fn run(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    // Whether there is such a file on this machine is asked too; nothing is opened.
    let _ = Reference::parse(&text);
    if let Ok(reference) = text.parse::<RegistryReference>() {
        assert_eq!(reference.to_string().parse::<RegistryReference>().ok(), Some(reference));
    }
    if let Ok(digest) = text.parse::<Digest>() {
        assert_eq!(digest.to_string(), text);
    }
    if let Ok(platform) = text.parse::<Platform>() {
        assert_eq!(platform.to_string().parse::<Platform>(), Ok(platform.clone()));
        assert!(platform.satisfies(&platform));
    }
    if let Ok(day) = text.parse::<Day>() {
        assert_eq!(day.to_string().parse::<Day>().ok(), Some(day));
    }
    let (path, _) = ImagePath::from_archive(input);
    assert_eq!(ImagePath::new(path.as_str()), path, "a normal path stays as it is");
    let hash = (!path.is_root()).then(|| path.hash());
    assert_eq!(ImagePath::hash_of_name(input), hash, "a name hashes as its path");
    assert!(!printable(&text).chars().any(is_hostile), "a text that plays with a terminal");
}

fn purl_seeds() -> Vec<Vec<u8>> {
    ["\0\x05libc6\n2.36-9+deb12u4\namd64", "\x04@babel/core\n7.0.0", "\x03org.a:b\n1\n"]
        .map(|seed| seed.as_bytes().to_vec())
        .into()
}

fn run_purl(input: &[u8]) {
    let mut bytes = Bytes::new(input);
    let kind = bytes.choice(&PackageType::all().collect::<Vec<_>>());
    let [name, version, arch] = lines(input.get(1..).unwrap_or_default());
    let arch = Some(arch).filter(|arch| !arch.is_empty());
    let id = PackageId { kind, name, version, arch, module: None, system: None };
    let distro = Distro {
        id: "debian".into(),
        id_like: Vec::new(),
        version_id: "12".into(),
        pretty_name: String::new(),
        codename: None,
        cpe: None,
        family: None,
        releases: Vec::new(),
    };
    for distro in [None, Some(&distro)] {
        let text = purl(&id, None, distro);
        // A part of the name that is empty has no place in a purl.
        if text.is_empty() {
            continue;
        }
        let read: packageurl::PackageUrl<'_> =
            text.parse().unwrap_or_else(|error| panic!("`{text}` of {id:?}: {error}"));
        assert!([kind.as_str(), "generic"].contains(&read.ty()), "`{text}` of {id:?}");
        // An rpm's epoch stands apart.
        let version = match (kind, id.version.split_once(':')) {
            (PackageType::Rpm, Some((_, version))) => version.to_owned(),
            // The digest of a commit, whose case says nothing (purl-spec, types/huggingface).
            (PackageType::Huggingface, _) if read.ty() == "huggingface" => {
                id.version.to_lowercase()
            }
            _ => id.version.clone(),
        };
        assert_eq!(read.version().unwrap_or_default(), version, "`{text}` of {id:?}");
    }
}
