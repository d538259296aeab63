//! Erlang/OTP, its applications, Elixir, and what releases bring from Hex.
//!
//! An application is a directory `NAME-VERSION` (or `NAME` in a tree of mix or rebar3) with `ebin/NAME.app`, a term that says the same
//! (OTP Design Principles, "Applications"); a plugin may be such a directory in a zip archive, `NAME-VERSION.ez`. OTP's own
//! applications are known by name. Of the others an application is Hex's where a package for Hex was made of it, or where it lies in a
//! release or in a project's tree: what a release brings beside OTP comes from Hex, as everything in a `node_modules` counts as npm's.

mod known;
mod terms;

use plimsoll_archive::zip::{ZipError, ZipReader};
use plimsoll_core::{ImagePath, PackageType, Problem};

use self::known::{ELIXIR_PARTS, OTP_APPLICATIONS, PRODUCTS};
use self::terms::{Property, properties};
use crate::fields::{MOST_STATEMENTS, component, cpe, extraction, field, malformed, package};
use crate::{Candidate, Extraction, Extractor, FoundPackage, Pattern, WantedFile};

pub(crate) static ERLANG: Extractor = Extractor {
    id: "erlang",
    version: 1,
    summary: "Erlang/OTP, its applications, Elixir, and applications of Hex in releases, plugins and projects",
    patterns: &[
        Pattern::Name("OTP_VERSION"),
        Pattern::Extension(".app"),
        Pattern::Extension(".ez"),
        Pattern::Name("hex_metadata.config"),
    ],
    wants,
    extract,
    ..Extractor::RECORD
};

const RUNTIME: &str = "OTP_VERSION";
const HEX_METADATA: &str = "hex_metadata.config";
/// Depth of an application's properties: `{application,NAME,[{vsn,…}]}`.
const IN_APPLICATION: usize = 2;

fn wants(candidate: &Candidate<'_>) -> bool {
    match candidate.path.file_name() {
        // Another lies at the top of Erlang's source.
        RUNTIME => component(candidate.path, 2) == Some("releases"),
        HEX_METADATA => true,
        name if name.ends_with(".ez") => candidate.prefix.starts_with(b"PK"),
        _ => component(candidate.path, 1) == Some("ebin"),
    }
}

fn extract(file: &WantedFile<'_>) -> Extraction {
    match file.path.file_name() {
        RUNTIME => extraction(file.text().and_then(|text| runtime(&text)).map(Some)),
        HEX_METADATA => extraction(file.text().and_then(|text| hex_package(&text)).map(Some)),
        name if name.ends_with(".ez") => plugin(file),
        _ => extraction(file.text().and_then(|text| application(&text, file.path))),
    }
}

/// The version stands alone in the file; `**` after it says that a patch was applied.
fn runtime(text: &str) -> Result<FoundPackage, Problem> {
    let version = text.trim().trim_end_matches('*');
    let mut package =
        package(PackageType::Generic, "Erlang/OTP release", (Some("erlang"), Some(version)))?;
    package.cpes = vec![cpe("erlang:erlang\\/otp", &package.version)];
    Ok(package)
}

/// What hex and rebar3 leave beside the source of a package that they fetched: Hex's own metadata (hexpm/specifications,
/// "package_metadata").
fn hex_package(text: &str) -> Result<FoundPackage, Problem> {
    let (mut name, mut version, mut more) = (None, None, More::default());
    let mut terms = properties(text, 0);
    for property in &mut terms {
        match property.key.as_str() {
            "name" => name = property.texts.into_iter().next(),
            "version" => version = property.texts.into_iter().next(),
            _ => more.take(&property),
        }
    }
    if !terms.is_whole() {
        return Err(malformed("metadata of a Hex package that ends too early"));
    }
    let names = (name.as_deref(), version.as_deref());
    let mut package = package(PackageType::Hex, "metadata of a Hex package", names)?;
    package.licenses = more.licenses;
    Ok(package)
}

/// A zip archive that has one application: `NAME-VERSION/ebin/NAME.app`.
fn plugin(file: &WantedFile<'_>) -> Extraction {
    let problem = |error: ZipError| Extraction::failed(error.problem());
    let zip = match ZipReader::open(file.content, file.limits) {
        Ok(zip) => zip,
        Err(error) => return problem(error),
    };
    let mut found = Extraction { problems: zip.problems().to_vec(), ..Extraction::default() };
    for entry in zip.entries() {
        let path = ImagePath::from_archive(entry.name).0;
        if !path.file_name().ends_with(".app") || component(&path, 1) != Some("ebin") {
            continue;
        }
        let bytes = match zip.read(&entry, file.limits.text_bytes) {
            Ok(bytes) => bytes,
            Err(error) => {
                found.problems.push(error.problem());
                continue;
            }
        };
        let place = ImagePath::new(&format!("plugins/{path}"));
        match application(&String::from_utf8_lossy(&bytes), &place) {
            Ok(Some(mut package)) => {
                package.inner_path = Some(path.as_str().to_owned());
                found.push(package);
            }
            Ok(None) => {}
            Err(problem) => found.problems.push(problem),
        }
        if found.facts.len() > file.limits.packages_per_file {
            break;
        }
    }
    found
}

/// `None` for the parts of Elixir: its own application speaks for all of them.
fn application(text: &str, path: &ImagePath) -> Result<Option<FoundPackage>, Problem> {
    let top = properties(text, 0).next().unwrap_or_default();
    if top.key != "application" {
        return Err(malformed("file of an Erlang application that is no such term"));
    }
    let (mut version, mut more) = (None, More::default());
    let mut terms = properties(text, IN_APPLICATION);
    for property in &mut terms {
        match property.key.as_str() {
            "vsn" => version = property.texts.into_iter().next(),
            _ => more.take(&property),
        }
    }
    if !terms.is_whole() {
        return Err(malformed("file of an Erlang application that ends too early"));
    }
    let name = top.word.unwrap_or_default();
    if ELIXIR_PARTS.contains(&name.as_str()) {
        return Ok(None);
    }
    let names = (Some(name.as_str()), version.as_deref());
    let kind = if is_hex(&name, &more, path) { PackageType::Hex } else { PackageType::Otp };
    let mut package = package(kind, "file of an Erlang application", names)?;
    if let Some((_, product, cpe_name)) = PRODUCTS.iter().find(|(part, ..)| *part == name) {
        package.kind = PackageType::Generic.as_str().to_owned();
        package.name = (*product).to_owned();
        package.cpes = vec![cpe(cpe_name, &package.version)];
    }
    package.licenses = more.licenses;
    Ok(Some(package))
}

/// False for OTP's own, and for what somebody put among them without a sign that it was made for Hex.
fn is_hex(name: &str, more: &More, path: &ImagePath) -> bool {
    if OTP_APPLICATIONS.binary_search(&name).is_ok() {
        return false;
    }
    let above = (component(path, 3), component(path, 4));
    let is_released =
        matches!(above, (Some("lib" | "plugins" | "deps"), _)) && above.1 != Some("erlang");
    more.is_for_hex || is_released
}

/// What else there is to say of a package.
#[derive(Debug, Default)]
struct More {
    licenses: Vec<String>,
    /// It has fields that only Hex's tools read.
    is_for_hex: bool,
}

impl More {
    fn take(&mut self, property: &Property) {
        let fields = |texts: &[String]| -> Vec<String> {
            let fields = texts.iter().filter_map(|text| field(text)).map(str::to_owned);
            fields.take(MOST_STATEMENTS).collect()
        };
        match property.key.as_str() {
            "licenses" => self.licenses = fields(&property.texts),
            "links" | "pkg_name" => {}
            _ => return,
        }
        self.is_for_hex = true;
    }
}

#[cfg(test)]
mod tests;
