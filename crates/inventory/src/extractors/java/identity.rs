//! Which Maven package an archive is, and which others were packed into it.
//!
//! Maven's own files decide. Without them the order of trust is: the file's name (it is the artifact's name in every repository),
//! a table of well-known artifacts, the manifest. A manifest's titles are often for people, its versions sometimes of a specification.

use std::collections::BTreeMap;

use super::file_name::{NameParts, split, stem};
use super::known_groups::group_of;
use super::{Coordinates, JarFacts, own_format};

/// What one archive turns out to be.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Identity<'a> {
    /// The package that the archive is; `None` where nothing states a version.
    pub(super) own: Option<Own>,
    /// The packages whose `pom.properties` were packed into it.
    pub(super) bundled: Vec<&'a Coordinates>,
}

/// An archive's own coordinates.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Own {
    /// `None` where nothing states or implies it.
    pub(super) group: Option<String>,
    pub(super) artifact: String,
    pub(super) version: String,
}

impl Own {
    /// `group:artifact`, or the bare artifact, which no advisory can mean.
    pub(super) fn name(&self) -> String {
        match &self.group {
            Some(group) => format!("{group}:{}", self.artifact),
            None => self.artifact.clone(),
        }
    }
}

impl Coordinates {
    /// `group:artifact`.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}:{}", self.group, self.artifact)
    }
}

pub(super) type Manifest = BTreeMap<String, String>;

const LONGEST_FIELD: usize = 256;
/// `Implementation-Vendor-Id`s that name a house with many groups, and are the group of none of its libraries.
const HOUSES: &[&str] = &["com.oracle", "com.sun", "org.apache", "org.eclipse", "org.jboss"];

/// True for what may be a group or an artifact (Maven's `DefaultModelValidator`).
pub(super) fn is_identifier(text: &str) -> bool {
    text.len() <= LONGEST_FIELD
        && text.starts_with(|letter: char| letter.is_ascii_alphanumeric() || letter == '_')
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

/// True for what may be a version; `unspecified` is what Gradle writes where there is none.
pub(super) fn is_version(text: &str) -> bool {
    text.len() <= LONGEST_FIELD
        && text.starts_with(|letter: char| letter.is_ascii_alphanumeric())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-+~".contains(&byte))
        && text != "unspecified"
}

/// `file_name` is the archive's own name, without directories.
pub(super) fn identify<'a>(facts: &'a JarFacts, file_name: &str) -> Identity<'a> {
    let parts = split(file_name);
    let own = own_pom_properties(facts, file_name, &parts);
    let mut bundled: Vec<_> = all_coordinates(facts).collect();
    bundled.retain(|coordinates| Some(*coordinates) != own);
    let own = match own {
        Some(own) => Some(Own {
            group: Some(own.group.clone()),
            artifact: own.artifact.clone(),
            version: own.version.clone(),
        }),
        None => own_format::own(&facts.manifest).or_else(|| stated(&facts.manifest, &parts)),
    };
    Identity { own, bundled }
}

/// What Maven's files in the archive say, the strongest first.
fn all_coordinates(facts: &JarFacts) -> impl DoubleEndedIterator<Item = &Coordinates> {
    facts.pom_properties.iter().chain(&facts.other_pom_properties).chain(&facts.pom_xml)
}

/// The coordinates that are the archive's own, and not those of a library packed into it.
fn own_pom_properties<'a>(
    facts: &'a JarFacts,
    file_name: &str,
    parts: &NameParts<'_>,
) -> Option<&'a Coordinates> {
    let manifest = |field: &str, value: &String| facts.manifest.get(field) == Some(value);
    let fit = |coordinates: &Coordinates| {
        let (is_named, is_versioned) = is_name_of(coordinates, stem(file_name));
        let is_named = is_named || parts.artifact.eq_ignore_ascii_case(&coordinates.artifact);
        // As the last resort what the manifest calls an archive that was renamed.
        let is_titled = match parts.version {
            None => manifest("Implementation-Title", &coordinates.artifact),
            Some(version) => {
                version == coordinates.version
                    && manifest("Implementation-Vendor-Id", &coordinates.group)
            }
        };
        (is_named, is_versioned, is_titled)
    };
    // Of equals the first counts.
    let best =
        all_coordinates(facts).rev().max_by_key(|coordinates| fit(coordinates)).filter(|best| {
            let (is_named, _, is_titled) = fit(best);
            is_named || is_titled
        });
    if best.is_some() {
        return best;
    }
    // The only one, in an archive that was given another name.
    let lists = [&facts.pom_properties, &facts.other_pom_properties, &facts.pom_xml];
    let [only] = lists.into_iter().find(|list| !list.is_empty())?.as_slice() else { return None };
    let is_contradicted = parts.version.is_some_and(|version| version != only.version);
    (!is_contradicted).then_some(only)
}

/// Whether a file's name without its extension begins with the artifact (or, as Quarkus writes it, group and artifact), and whether their
/// version is in it.
fn is_name_of(coordinates: &Coordinates, stem: &str) -> (bool, bool) {
    let Coordinates { group, artifact, version } = coordinates;
    let after = |prefix: &str| {
        let (start, rest) = stem.split_at_checked(prefix.len())?;
        start.eq_ignore_ascii_case(prefix).then_some(rest)
    };
    let rest = after(artifact).or_else(|| after(&format!("{group}.{artifact}")));
    let Some(rest) = rest else { return (false, false) };
    let after_version = rest.strip_prefix('-').and_then(|rest| rest.strip_prefix(version.as_str()));
    let is_versioned = after_version.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'));
    (rest.is_empty() || is_versioned, is_versioned)
}

/// What file name, table and manifest state of an archive without coordinates of its own.
fn stated(manifest: &Manifest, parts: &NameParts<'_>) -> Option<Own> {
    let version = match parts.version {
        Some(version) => version,
        None => stated_version(manifest)?,
    };
    let (group, artifact) = match tomcat(manifest, parts.artifact) {
        Some(artifact) => (Some("org.apache.tomcat".to_owned()), artifact),
        None => group_and_artifact(manifest, parts)?,
    };
    Some(Own { group, artifact, version: version.to_owned() })
}

/// The implementation's version, else the bundle's, else, for want of a better, the specification's. Some add a date after a space.
fn stated_version(manifest: &Manifest) -> Option<&str> {
    const FIELDS: [&str; 4] =
        ["Implementation-Version", "Plugin-Version", "Bundle-Version", "Specification-Version"];
    FIELDS.iter().find_map(|field| {
        let first = manifest.get(*field)?.trim_matches('"').split_ascii_whitespace().next()?;
        let has_digit = first.bytes().any(|byte| byte.is_ascii_digit());
        (has_digit && is_version(first)).then_some(first)
    })
}

/// Tomcat's own distribution names some of its jars otherwise than Maven's repository does.
fn tomcat(manifest: &Manifest, artifact: &str) -> Option<String> {
    let is_tomcat =
        manifest.get("Implementation-Title").is_some_and(|text| text == "Apache Tomcat");
    let is_renamed =
        matches!(artifact, "catalina" | "catalina-ant" | "catalina-ha" | "jasper" | "jasper-el");
    (is_tomcat && is_renamed).then(|| format!("tomcat-{artifact}"))
}

fn group_and_artifact(
    manifest: &Manifest,
    parts: &NameParts<'_>,
) -> Option<(Option<String>, String)> {
    let field =
        |name: &str| manifest.get(name).map(String::as_str).filter(|text| is_identifier(text));
    let symbolic_name = manifest
        .get("Bundle-SymbolicName")
        .and_then(|text| text.split(';').next())
        .map(str::trim)
        .filter(|text| is_identifier(text));
    let title = field("Implementation-Title");
    let symbolic_end = symbolic_name.and_then(|name| name.rsplit('.').next());
    // With a version in it the file's name is the artifact's; else the file may have been renamed.
    let others = [title, field("Bundle-Name"), symbolic_name, symbolic_end];
    let others = if parts.version.is_some() { [None; 4] } else { others };
    for artifact in std::iter::once(parts.artifact).chain(others.into_iter().flatten()) {
        if let Some(group) = group_of(artifact) {
            return Some((Some(group.to_owned()), artifact.to_owned()));
        }
    }
    // The id of a whole house is nobody's group.
    let is_group = |vendor: &&str| !HOUSES.contains(vendor);
    let vendor = field("Group-Id").or_else(|| field("Implementation-Vendor-Id").filter(is_group));
    let is_dotted = |name: &&str| name.split('.').count() > 2;
    let artifact = match (parts.version, vendor, title) {
        (None, Some(_), Some(title)) => title,
        _ => match symbolic_name.filter(is_dotted) {
            // Maven's bundle plug-in joins group and artifact with a dot.
            Some(name) if name == parts.artifact || parts.version.is_none() => {
                let (group, artifact) = name.rsplit_once('.')?;
                return Some((Some(vendor.unwrap_or(group).to_owned()), artifact.to_owned()));
            }
            _ => parts.artifact,
        },
    };
    if !is_identifier(artifact) {
        return None;
    }
    let group = vendor.map(str::to_owned);
    let module_name = field("Automatic-Module-Name");
    let names = [symbolic_name, module_name].into_iter().flatten();
    let group = group.or_else(|| names.filter_map(|name| group_in(name, artifact)).next());
    Some((group, artifact.to_owned()))
}

/// The group in a bundle's symbolic name, by the rules of Maven's bundle plug-in (`DefaultMaven2OsgiConverter`): group and artifact
/// joined with a dot, where the artifact does not repeat the group's last part.
fn group_in(symbolic_name: &str, artifact: &str) -> Option<String> {
    if let Some(group) =
        symbolic_name.strip_suffix(artifact).and_then(|group| group.strip_suffix('.'))
    {
        // No group is a mere `org`: then the name is the group, whose last part the artifact repeats whole.
        let group = if group.contains('.') { group } else { symbolic_name };
        return Some(group.to_owned());
    }
    let (group, rest) = symbolic_name.rsplit_once('.')?;
    let last = group.rsplit('.').next()?;
    // A single word (`slf4j.api`) is a name for people.
    let is_group = group.contains('.');
    let is_rest = artifact.strip_prefix(last)?.strip_prefix('-')? == rest;
    (is_group && is_rest).then(|| group.to_owned())
}

#[cfg(test)]
mod tests;
