//! `fixtures/images`: archives, and what an independent reader found in them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use plimsoll_core::{ImagePath, Package, PackageType};
use plimsoll_oci::{ArchiveForm, Image, OciError, Reference, Selector};
use plimsoll_scan::{ImageInventory, LayerSummary};
use serde::Deserialize;
use serde_json::Value;

use super::case::Case;
use super::merged::{self, Kind};
use super::{difference, expected, fixture, refused, scanned};

#[derive(Deserialize)]
struct Expected {
    /// None where the file is not an image.
    images: Vec<ExpectedImage>,
}

#[derive(Deserialize)]
struct ExpectedImage {
    format: String,
    /// The manifest's, in a layout.
    digest: Option<String>,
    config_sha256: String,
    diff_ids: Option<Vec<String>>,
    /// `None` for a layer that is not there.
    layer_sha256_uncompressed: Vec<Option<String>>,
    os_release: Option<BTreeMap<String, Value>>,
    /// By the type of package.
    #[serde(default)]
    packages: BTreeMap<String, Vec<Value>>,
    /// By path: `f`, or `symlink -> TARGET`.
    files: Option<BTreeMap<String, String>>,
}

pub fn cases(folder: &Path) -> Result<Vec<Case>> {
    expected::cases(folder, check)
}

fn check(file: &Path, expectation: &Path) -> Result<String> {
    let expected: Expected = fixture::json(expectation)?;
    let stored = fixture::stored(file)?;
    if expected.images.is_empty() {
        return refused::check(&stored);
    }
    check_choice(&stored, &expected.images)?;
    let archived = docker_images(&stored, &expected.images)?;
    let mut packages = 0;
    for wanted in &expected.images {
        let in_layout;
        let image = match (&wanted.digest, wanted.format.as_str()) {
            (Some(digest), "oci-layout") => {
                in_layout = layout_image(&stored, digest)?;
                &in_layout
            }
            (_, "docker-save") => {
                let own = |image: &&Image| image.config_digest.hex() == wanted.config_sha256;
                archived.iter().find(own).context("no image with that config")?
            }
            (_, format) => bail!("`{format}` is no format that is known"),
        };
        let context = || format!("image with config {}", wanted.config_sha256);
        let scanned = check_image(image, wanted).with_context(context)?;
        if let [_] = expected.images.as_slice() {
            check_piped(&stored, &scanned).context("on a pipe")?;
        }
        packages += wanted.packages.values().map(Vec::len).sum::<usize>();
    }
    Ok(format!("images: {}, packages: {packages}", expected.images.len()))
}

/// Without a selector the only image is opened, and of several none.
fn check_choice(file: &Path, expected: &[ExpectedImage]) -> Result<()> {
    let opened = scanned::image(&scanned::archive(file));
    match (expected, opened) {
        ([only], Ok(image)) => {
            let found = image.config_digest.hex();
            ensure!(found == only.config_sha256, "the image with config {found} was opened");
        }
        ([_], Err(error)) => return Err(error.into()),
        (several, Ok(_)) if several.iter().all(|image| image.format == "docker-save") => {
            bail!("one of {} images was chosen without being asked for", several.len())
        }
        (several, Err(OciError::Ambiguous { choices, .. })) => {
            ensure!(choices.len() == several.len(), "choices: {choices:?}");
        }
        // The platform of this machine may have decided.
        (_, Ok(_)) => {}
        (_, Err(error)) => return Err(error.into()),
    }
    Ok(())
}

/// Every image of a docker-archive, which must be those that are expected.
fn docker_images(file: &Path, expected: &[ExpectedImage]) -> Result<Vec<Image>> {
    let configs: Vec<_> = expected
        .iter()
        .filter(|image| image.format == "docker-save")
        .map(|image| image.config_sha256.clone())
        .collect();
    let mut images = Vec::new();
    if configs.is_empty() {
        return Ok(images);
    }
    for position in 0.. {
        let reference = Reference::Archive {
            file: file.to_path_buf(),
            form: Some(ArchiveForm::Docker),
            selector: Some(Selector::Position(position)),
        };
        match scanned::image(&reference) {
            Err(OciError::NotFound { .. }) if position > 0 => break,
            image => images.push(image?),
        }
    }
    difference::same(configs, images.iter().map(|image| image.config_digest.hex()))
        .context("configs")?;
    Ok(images)
}

fn layout_image(file: &Path, digest: &str) -> Result<Image> {
    Ok(scanned::image(&Reference::Archive {
        file: file.to_path_buf(),
        form: Some(ArchiveForm::Oci),
        selector: Some(Selector::Digest(digest.parse()?)),
    })?)
}

/// The same image must be found when its archive can only be read from its beginning.
fn check_piped(file: &Path, scanned: &ImageInventory) -> Result<()> {
    let report = scanned::piped(file)?;
    let identity = |layer: &LayerSummary| (layer.diff_id, layer.size);
    difference::same(scanned.layers.iter().map(identity), report.layers.iter().map(identity))?;
    if scanned.inventory == report.inventory {
        return Ok(());
    }
    // What passes once has no second pass: a wanted name that is a link to an unwanted file is then named, and nothing else differs.
    let (mut expected, mut found) = (scanned.inventory.clone(), report.inventory);
    let (unread, others): (Vec<_>, Vec<_>) =
        found.problems.into_iter().partition(|problem| problem.detail == NOT_READ_AGAIN);
    found.problems = others;
    ensure!(!unread.is_empty(), "the inventory is another one");
    for package in &mut expected.packages {
        let is_read =
            |path: &ImagePath| unread.iter().all(|problem| problem.path.as_ref() != Some(path));
        package.evidence.retain(|place| is_read(&place.path));
    }
    expected.packages.retain(|package| !package.evidence.is_empty());
    ensure!(expected == found, "the inventory lacks more than it names");
    Ok(())
}

/// What a scan says of a link that it would need a second pass for.
const NOT_READ_AGAIN: &str = "a link to a file that could not be read a second time";

fn check_image(image: &Image, expected: &ExpectedImage) -> Result<ImageInventory> {
    let found = image.config_digest.hex();
    ensure!(found == expected.config_sha256, "found the config {found}");
    let claimed = image.config.rootfs.diff_ids.clone().unwrap_or_default();
    ensure!(claimed == expected.diff_ids.clone().unwrap_or_default(), "diff_ids: {claimed:?}");
    let scanned = scanned::inventory(image)?;
    check_layers(&scanned, expected)?;
    if let Some(files) = &expected.files {
        check_files(image, files)?;
    }
    check_os_release(&scanned, expected.os_release.as_ref())?;
    for kind in [PackageType::Apk, PackageType::Deb, PackageType::Rpm] {
        let rows = expected.packages.get(kind.as_str()).map(Vec::as_slice).unwrap_or_default();
        let found = scanned.inventory.packages.iter().filter(|package| package.id.kind == kind);
        check_packages(kind, rows, found.collect()).with_context(|| format!("{kind} packages"))?;
    }
    Ok(scanned)
}

fn check_layers(scanned: &ImageInventory, expected: &ExpectedImage) -> Result<()> {
    let found: Vec<_> =
        scanned.layers.iter().map(|layer| layer.diff_id.map(|digest| digest.hex())).collect();
    ensure!(found == expected.layer_sha256_uncompressed, "layers: {found:?}");
    if found.contains(&None) {
        ensure!(
            !scanned.inventory.problems.is_empty(),
            "a layer is missing, and no problem says so"
        );
    }
    Ok(())
}

fn check_os_release(
    scanned: &ImageInventory,
    expected: Option<&BTreeMap<String, Value>>,
) -> Result<()> {
    let found = &scanned.inventory.os_release;
    let Some(expected) = expected else {
        ensure!(found.is_empty(), "os-release: {found:?}");
        return Ok(());
    };
    for (key, value) in expected {
        let own = found.get(key).map(String::as_str);
        ensure!(own == value.as_str(), "os-release {key}: {value} expected, {own:?} found");
    }
    Ok(())
}

fn check_files(image: &Image, expected: &BTreeMap<String, String>) -> Result<()> {
    let files = merged::files(image)?;
    let found: BTreeSet<_> = files.keys().map(|path| path.as_str().to_owned()).collect();
    difference::same(expected.keys().cloned(), found).context("files")?;
    for (path, kind) in files {
        let text = expected.get(path.as_str()).map(String::as_str).unwrap_or_default();
        let equal = match &kind {
            Kind::File => text == "f",
            // Another name of a file is that file; some readers say that it is a link.
            Kind::HardLink => text == "f" || text.starts_with("hard"),
            Kind::Symlink(target) => text.strip_prefix("symlink -> ") == Some(target),
            Kind::Special => text != "f" && !text.starts_with("symlink"),
        };
        ensure!(equal, "{path}: `{text}` expected, {kind:?} found");
    }
    Ok(())
}

fn check_packages(kind: PackageType, rows: &[Value], found: Vec<&Package>) -> Result<()> {
    let rows: Vec<Vec<Value>> = rows.iter().map(cells).collect();
    if kind == PackageType::Rpm {
        return check_rpm_packages(&rows, &found);
    }
    let found = found.into_iter().map(|package| {
        let source = package.source.as_ref();
        let mut row = vec![
            Some(package.id.name.clone()),
            Some(package.id.version.clone()),
            package.id.arch.clone(),
            source.map(|source| source.name.clone()),
        ];
        if kind == PackageType::Deb {
            row.push(source.map(|source| source.version.clone()));
        }
        row
    });
    let text = |value: &Value| value.as_str().map(str::to_owned);
    difference::same(rows.iter().map(|row| row.iter().map(text).collect()), found)
}

/// A row is a list, or an object with the name among its fields.
fn cells(row: &Value) -> Vec<Value> {
    match row {
        Value::Array(cells) => cells.clone(),
        Value::Object(fields) => {
            let name = fields.get("name").cloned();
            name.into_iter().chain(fields.values().cloned()).collect()
        }
        other => vec![other.clone()],
    }
}

/// A row of an rpm package begins with its name; whatever else it states must be true of the package of that name.
fn check_rpm_packages(rows: &[Vec<Value>], found: &[&Package]) -> Result<()> {
    let name =
        |row: &Vec<Value>| row.first().and_then(Value::as_str).unwrap_or_default().to_owned();
    let rows: Vec<_> = rows.iter().filter(|row| name(row) != "gpg-pubkey").collect();
    difference::same(
        rows.iter().map(|row| name(row)),
        found.iter().map(|package| package.id.name.clone()),
    )?;
    for row in rows {
        let fits = |package: &&&Package| {
            let facts = rpm_facts(package);
            let states = |value: &Value| match value {
                Value::Null => true,
                Value::String(text) => text.is_empty() || facts.contains(text),
                other => facts.contains(&other.to_string()),
            };
            package.id.name == name(row) && row.iter().all(states)
        };
        ensure!(found.iter().any(|package| fits(&package)), "missing: {row:?}");
    }
    Ok(())
}

fn rpm_facts(package: &Package) -> BTreeSet<String> {
    let full = package.id.version.clone();
    let (epoch, rest) = full.split_once(':').unwrap_or(("0", &full));
    let (version, release) = rest.split_once('-').unwrap_or((rest, ""));
    let parts = [package.id.name.as_str(), &full, epoch, rest, version, release];
    let mut facts: BTreeSet<_> = parts.into_iter().map(str::to_owned).collect();
    facts.extend(package.id.arch.clone());
    facts.extend(package.id.module.clone());
    facts.extend(package.vendor.clone());
    facts.extend(package.licenses.iter().map(|license| license.as_str().to_owned()));
    if let Some(source) = &package.source {
        facts.extend([source.name.clone(), format!("{}-{}.src.rpm", source.name, source.version)]);
    }
    facts
}
