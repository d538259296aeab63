//! `fixtures/binaries`: programs of official images as `PRODUCT/VERSION/PLATFORM/FILE`, and `.negative` with files that are none of
//! them.
//!
//! Of a program only the bytes around its version are there, after a text that says where they come from.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use plimsoll_core::{ImagePath, Limits, PackageType};
use plimsoll_inventory::{Candidate, EXTRACTORS, Extraction, Extractor, Matcher, WantedFile};

use super::case::Case;
use super::{entries, file_name};
use crate::text_file::read_bytes;

/// The part that is asked.
const PART: &str = "program";
/// Between the text and the bytes.
const MARK: &[u8] = b"### byte snippet to follow ###\n";
/// The line of the text where the bytes are the file's first ones.
const FROM_START: &[u8] = b"\noffset: 0\n";
/// What stands before other bytes instead, as in every such program.
const HEAD: &[u8; 64] = &{
    let mut head = [0; 64];
    (head[0], head[1], head[2], head[3]) = (0x7f, b'E', b'L', b'F');
    (head[4], head[5], head[6]) = (2, 1, 1);
    head
};

/// Folders whose product has another name in a package URL. Modules of Go stand without their major version.
const PRODUCTS: &[(&str, PackageType, &str)] = &[
    ("consul", PackageType::Golang, "github.com/hashicorp/consul"),
    ("elastic-agent", PackageType::Golang, "github.com/elastic/elastic-agent"),
    ("ffmpeg-shared-libs", PackageType::Generic, "ffmpeg"),
    ("filebeat", PackageType::Golang, "github.com/elastic/beats"),
    ("go", PackageType::Golang, "toolchain"),
    ("go-version-hint", PackageType::Golang, "toolchain"),
    ("grafana", PackageType::Golang, "github.com/grafana/grafana"),
    ("haskell-cabal", PackageType::Generic, "cabal"),
    ("haskell-ghc", PackageType::Generic, "ghc"),
    ("heartbeat", PackageType::Golang, "github.com/elastic/beats"),
    ("heimdal-krb5", PackageType::Generic, "heimdal"),
    ("helm", PackageType::Golang, "helm.sh/helm"),
    ("istio_pilot-agent", PackageType::Golang, "istio.io/istio"),
    ("istio_pilot-discovery", PackageType::Golang, "istio.io/istio"),
    ("java-jdk-oracle", PackageType::Generic, "oracle-jdk"),
    ("java-jre-openjdk", PackageType::Generic, "openjdk"),
    ("java-jre-openjdk-eclipse", PackageType::Generic, "openjdk"),
    ("java-jre-oracle", PackageType::Generic, "oracle-jdk"),
    ("java-jre-oracle-sdk", PackageType::Generic, "oracle-jdk"),
    ("mysqld", PackageType::Generic, "mysql"),
    ("ndb_mgmd", PackageType::Generic, "mysql-cluster"),
    ("ndbd", PackageType::Generic, "mysql-cluster"),
    ("ndbmtd", PackageType::Generic, "mysql-cluster"),
    ("nginx-ingress-controller", PackageType::Golang, "k8s.io/ingress-nginx"),
    ("packetbeat", PackageType::Golang, "github.com/elastic/beats"),
    ("postgres", PackageType::Generic, "postgresql"),
    ("pypy-shared-lib", PackageType::Generic, "pypy"),
    ("redis-server", PackageType::Generic, "redis"),
    ("rust-libstd", PackageType::Generic, "rust"),
    ("rust-libstd-musl", PackageType::Generic, "rust"),
    ("traefik", PackageType::Golang, "github.com/traefik/traefik"),
    ("valkey-server", PackageType::Generic, "valkey"),
    ("vault", PackageType::Golang, "github.com/hashicorp/vault"),
    ("wp", PackageType::Generic, "wp-cli"),
];

/// Where the bytes say another version than their folder.
const VERSIONS: &[(&str, &str, &str)] = &[
    ("erlang", "26.2.0.0", "26.2"),
    ("fluent-bit", "1.7.0-dev-3", "1.7.0"),
    ("go-version-hint", "1.25w", "1.25-d524e1e"),
    ("grafana", "12.3.2-security-01", "12.3.2+security-01"),
];

pub fn cases(folder: &Path) -> Result<Vec<Case>> {
    let mut cases = Vec::new();
    for product in entries(folder)? {
        let name = format!("binaries/{}", file_name(&product));
        if file_name(&product) == ".negative" {
            let root = product.clone();
            cases.push(Case::new(name, move || nothing(&root)));
            continue;
        }
        for version in entries(&product)? {
            let (root, product) = (folder.to_path_buf(), file_name(&product));
            let name = format!("{name}/{}", file_name(&version));
            cases.push(Case::new(name, move || check(&root, &product, &version)));
        }
    }
    Ok(cases)
}

/// All files of a product's version say it, and nothing else.
fn check(root: &Path, product: &str, folder: &Path) -> Result<String> {
    let stated = file_name(folder);
    let row = PRODUCTS.iter().find(|(folder, ..)| *folder == product);
    let (kind, name) = row.map_or((PackageType::Generic, product), |row| (row.1, row.2));
    let row = VERSIONS.iter().find(|row| (row.0, row.1) == (product, stated.as_str()));
    let version = row.map_or(stated.as_str(), |row| row.2);
    let (mut said, mut files) = (BTreeSet::new(), 0);
    for file in files_below(folder)? {
        files += 1;
        for package in read(root, &file)?.packages() {
            said.insert((package.kind.clone(), package.name.clone(), package.version.clone()));
        }
    }
    let is_right = |(found_kind, found_name, found): &(String, String, String)| {
        let plain = if kind == PackageType::Golang { found.trim_start_matches('v') } else { found };
        let rest = plain.strip_prefix(version);
        let found_name = match found_name.rsplit_once("/v") {
            Some((path, major)) if major.bytes().all(|byte| byte.is_ascii_digit()) => path,
            _ => found_name,
        };
        *found_kind == kind.as_str()
            && found_name == name
            && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '+']))
    };
    ensure!(
        said.len() == 1 && said.iter().all(is_right),
        "expected {kind} {name} {version}, found {said:?}"
    );
    Ok(format!("{name}, files: {files}"))
}

fn nothing(root: &Path) -> Result<String> {
    let files = files_below(root)?;
    for file in &files {
        let extraction = read(root, file)?;
        let found: Vec<_> = extraction.packages().collect();
        ensure!(found.is_empty(), "{}: found {found:?}", file.display());
    }
    Ok(format!("files: {}", files.len()))
}

/// What the part reads from a file, where it wants it.
fn read(root: &Path, file: &Path) -> Result<Extraction> {
    let part: &Extractor = EXTRACTORS
        .iter()
        .find(|extractor| extractor.id == PART)
        .with_context(|| format!("no extractor is called {PART}"))?;
    let mut content = read_bytes(file)?;
    if let Some(at) = content.windows(MARK.len()).position(|window| window == MARK) {
        let starts_there = content[..at].windows(FROM_START.len()).any(|line| line == FROM_START);
        content.splice(..at + MARK.len(), HEAD.iter().copied().filter(|_| !starts_there));
    }
    let place = file.strip_prefix(root)?.to_string_lossy().into_owned();
    let (path, limits) = (ImagePath::new(&place), Limits::default());
    let prefix = &content[..content.len().min(HEAD.len())];
    let candidate = Candidate { path: &path, mode: 0o755, size: content.len() as u64, prefix };
    if Matcher::new(&[part]).by_name(&path).is_empty() || !(part.wants)(&candidate) {
        return Ok(Extraction::default());
    }
    let extraction = (part.extract)(&WantedFile::whole(&path, &content, &limits));
    ensure!(extraction.problems.is_empty(), "problems: {:?}", extraction.problems);
    Ok(extraction)
}

fn files_below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in entries(folder)? {
        if entry.is_dir() {
            files.extend(files_below(&entry)?);
        } else {
            files.push(entry);
        }
    }
    Ok(files)
}
