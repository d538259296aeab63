//! What a single test says, once its object and its states are known.

use plimsoll_advisory::{Interval, RangeEnd, RangeStart};

use super::super::xml::Element;
use super::document::{Parts, Slots};

/// Bytes of a name, a version or a pattern, each of which many records may repeat. Of a longer one nothing is kept: it names nothing.
const LONGEST: usize = 1024;

/// The text, or nothing where it is too long.
pub(super) fn bounded(text: &str) -> &str {
    if text.len() > LONGEST { "" } else { text }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum TestKind {
    /// The document does not hold the test.
    #[default]
    Missing,
    /// Of a package that a package manager knows.
    Package,
    /// Of a file's content.
    Text,
    /// Of the machine, which an image does not have: its kernel, its family.
    Machine,
}

impl TestKind {
    pub(super) fn of(name: &str) -> Self {
        match name {
            "textfilecontent54" | "textfilecontent" => Self::Text,
            "uname" | "family" => Self::Machine,
            _ => Self::Package,
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct Test {
    kind: TestKind,
    /// What it means, in words; only where that says more than the test does.
    pub(super) comment: Box<str>,
    object: Option<u32>,
    states: Vec<u32>,
    /// It holds where the object is not there, or has no such state.
    is_denied: bool,
}

impl Test {
    /// False where the id already had a test, and another one than this.
    pub(super) fn read(
        &mut self,
        kind: TestKind,
        element: &Element,
        (objects, states): (&mut Slots<Object>, &mut Slots<State>),
    ) -> bool {
        let object = element.child("object").map(|object| object.attribute("object_ref"));
        let object = object.map(|id| objects.place(id));
        let named =
            element.children("state").map(|state| states.place(state.attribute("state_ref")));
        let states: Vec<_> = named.collect();
        let is_new =
            self.kind == TestKind::Missing || (self.object == object && self.states == states);
        (self.kind, self.object, self.states) = (kind, object, states);
        self.comment(element.attribute("comment"));
        self.is_denied = element.attribute("check_existence") == "none_exist"
            || element.attribute("check") == "none satisfy";
        is_new
    }

    /// Keeps the first comment that says what is installed, or in which state a package is: that of a criterion, else the test's own.
    pub(super) fn comment(&mut self, comment: &str) {
        let is_telling = |comment: &str| {
            comment.trim_end_matches('.').ends_with(" installed")
                || comment.contains(" package in ")
        };
        if self.comment.is_empty() && is_telling(comment) {
            self.comment = bounded(comment).into();
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct Object {
    names: Vec<String>,
    variable: Option<u32>,
    /// Of a file: where it lies.
    path: String,
}

impl Object {
    pub(super) fn read(element: &Element, variables: &mut Slots<Vec<String>>) -> Self {
        let name = element.text_of("name");
        let by_variable = ["name", "pattern"].iter().find_map(|name| {
            let id = element.child(name)?.attribute("var_ref");
            (!id.is_empty()).then(|| variables.place(id))
        });
        let path = match bounded(element.text_of("filepath")) {
            "" => {
                let [folder, file] =
                    ["path", "filename"].map(|name| bounded(element.text_of(name)));
                format!("{folder}/{file}")
            }
            path => path.to_owned(),
        };
        let names = if name.is_empty() { Vec::new() } else { vec![bounded(name).to_owned()] };
        Self { names, variable: by_variable, path }
    }
}

/// The values of a variable as names of packages: each is one, or a pattern of a line of a list of packages, such as
/// `^libssh-4(?::\w+|)\s+(.*)$`.
pub(super) fn variable_names(element: &Element) -> Vec<String> {
    let name = |value: &Element| {
        let text = bounded(value.text()).trim_start_matches('^');
        let end = text.find("(?:").unwrap_or(text.len());
        text.get(..end).unwrap_or_default().replace('\\', "")
    };
    element.children("value").map(name).collect()
}

/// What an object must be like: field, operation, value.
#[derive(Debug, Default)]
pub(super) struct State {
    fields: Vec<(Field, Operation, Box<str>)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Evr,
    Version,
    Arch,
    Text,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operation {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Equals,
    Other,
}

impl State {
    pub(super) fn read(element: &Element) -> Self {
        let mut fields: Vec<(Field, Operation, Box<str>)> = Vec::new();
        for element in element.elements() {
            let field = match element.name.as_str() {
                "evr" => Field::Evr,
                "version" => Field::Version,
                "arch" => Field::Arch,
                "text" | "subexpression" => Field::Text,
                // Who signed a package is not asked, and a flavour stands in the version.
                _ => continue,
            };
            // Each stands once.
            if fields.iter().any(|(own, ..)| *own == field) {
                continue;
            }
            let operation = match element.attribute("operation") {
                "less than" => Operation::Less,
                "less than or equal" => Operation::LessOrEqual,
                "greater than" => Operation::Greater,
                "greater than or equal" => Operation::GreaterOrEqual,
                "equals" | "" => Operation::Equals,
                _ => Operation::Other,
            };
            fields.push((field, operation, bounded(element.text()).into()));
        }
        Self { fields }
    }
}

/// What a test looks at, for a vendor to tell whether it is the test of a release.
pub(crate) struct Probe<'a> {
    /// Such as `Oracle Linux 8 is installed`.
    pub(crate) comment: &'a str,
    /// The package, or the path of the file.
    pub(crate) object: &'a str,
    /// What its version, or the file's text, must be: often a pattern.
    pub(crate) value: &'a str,
}

/// A release, by the names under which its advisories are known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Platform {
    pub(crate) family: &'static str,
    pub(crate) release: String,
}

impl Platform {
    /// The one release of a family that a test asks for, if it asks for one.
    pub(crate) fn only(family: &'static str, release: Option<&str>) -> Vec<Self> {
        release.map(|release| Self { family, release: release.to_owned() }).into_iter().collect()
    }
}

/// The number in a pattern such as `^8` or `^5[^\d]`.
pub(crate) fn digits(pattern: &str) -> Option<&str> {
    let text = pattern.trim_start_matches('^');
    let end = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
    text.get(..end).filter(|digits| !digits.is_empty())
}

/// What a test says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Leaf {
    /// Nothing that an image decides.
    Any,
    Platforms(Vec<Platform>),
    Arches(Vec<String>),
    /// `name:stream`.
    Module(String),
    Package(PackageTest),
    Unreadable(&'static str),
}

/// A package in such versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PackageTest {
    pub(super) object: u32,
    pub(super) versions: Versions,
    pub(super) arches: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Versions {
    Within(Interval),
    /// The package is installed, in whatever version.
    Installed,
    /// It is not installed.
    Absent,
    /// A version that no package has: the vendor's way to say that none is affected.
    None,
}

impl Leaf {
    pub(super) fn of(
        test: &Test,
        parts: &Parts,
        platform: fn(&Probe<'_>) -> Vec<Platform>,
    ) -> Self {
        if test.kind == TestKind::Missing {
            return Self::Unreadable("criterion without its test");
        }
        let object = test.object.and_then(|place| Some((place, parts.objects.get(place)?)));
        let Some((place, object)) = object.filter(|_| test.kind != TestKind::Machine) else {
            return Self::Any;
        };
        let states = test.states.iter().filter_map(|&state| parts.states.get(state));
        let fields: Vec<_> = states.flat_map(|state| &state.fields).collect();
        let value_of = |wanted| {
            { fields.iter().find(|(field, ..)| *field == wanted) }.map_or("", |(.., value)| value)
        };
        let value = match value_of(Field::Version) {
            "" => value_of(Field::Text),
            version => version,
        };
        if let Some(module) = module_of(&object.path, value) {
            return Self::Module(module);
        }
        let name = object.names.first().unwrap_or(&object.path);
        let platforms = platform(&Probe { comment: &test.comment, object: name, value });
        // That none of the releases is installed excludes nothing that matters.
        if !platforms.is_empty() {
            return if test.is_denied { Self::Any } else { Self::Platforms(platforms) };
        }
        if object.names.is_empty() && object.variable.is_none() {
            return Self::Any;
        }
        let arches = arches_of(value_of(Field::Arch));
        let has = |wanted| fields.iter().any(|(field, ..)| *field == wanted);
        let has_version = has(Field::Evr) || has(Field::Version) || has(Field::Text);
        let versions = match () {
            () if test.is_denied => Ok(Versions::Absent),
            () if test.states.is_empty() => Ok(Versions::Installed),
            () if has_version => versions_of(&fields),
            () if !arches.is_empty() => return Self::Arches(arches),
            () => return Self::Any,
        };
        match versions {
            Ok(versions) => Self::Package(PackageTest { object: place, versions, arches }),
            Err(reason) => Self::Unreadable(reason),
        }
    }
}

/// The names of an object's packages.
pub(super) fn names_of(parts: &Parts, object: u32) -> &[String] {
    let Some(object) = parts.objects.get(object) else { return &[] };
    match object.variable.and_then(|variable| parts.variables.get(variable)) {
        Some(names) => names,
        None => &object.names,
    }
}

/// `nodejs:18` of the file `/etc/dnf/modules.d/nodejs.module` and a pattern that begins with `\nstream\s*=\s*18\b`.
fn module_of(path: &str, pattern: &str) -> Option<String> {
    let (_, file) = path.rsplit_once("/modules.d/")?;
    let name = file.strip_suffix(".module")?;
    let (_, stream) = pattern.split_once(r"stream\s*=\s*")?;
    let (stream, _) = stream.split_once(r"\b")?;
    Some(format!("{name}:{}", stream.replace('\\', "")))
}

/// `aarch64|x86_64`, perhaps in brackets; empty for a pattern that is no list.
fn arches_of(pattern: &str) -> Vec<String> {
    let list = pattern.trim_start_matches(['^', '(']).trim_end_matches(['$', ')']);
    let is_arch = |arch: &str| {
        !arch.is_empty() && arch.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    let arches: Vec<_> = list.split('|').collect();
    if arches.iter().all(|arch| is_arch(arch)) {
        arches.into_iter().map(str::to_owned).collect()
    } else {
        Vec::new()
    }
}

fn versions_of(fields: &[&(Field, Operation, Box<str>)]) -> Result<Versions, &'static str> {
    let mut interval = Interval::ALL;
    for (field, operation, value) in fields {
        if *field == Field::Arch {
            continue;
        }
        let version = value.trim();
        if version.is_empty() {
            return Err("version that is not stated");
        }
        let version = version.to_owned();
        match operation {
            Operation::Less => interval.end = RangeEnd::Fixed(version),
            Operation::LessOrEqual => interval.end = RangeEnd::LastAffected(version),
            Operation::Greater => interval.start = RangeStart::After(version),
            Operation::GreaterOrEqual => interval.start = RangeStart::From(version),
            Operation::Equals if version == "0" => return Ok(Versions::None),
            Operation::Equals => {
                interval.start = RangeStart::From(version.clone());
                interval.end = RangeEnd::LastAffected(version);
            }
            Operation::Other => return Err("version that is a pattern"),
        }
    }
    Ok(Versions::Within(interval))
}
