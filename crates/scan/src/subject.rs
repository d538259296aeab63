//! What is scanned, once its bytes were read: of whatever it was opened as.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use plimsoll_core::{Platform, Problem, ProblemKind};
use plimsoll_inventory::{EXTRACTORS, LayerResult, Matcher, PartSet};
use plimsoll_matching::MatchSubject;
use plimsoll_oci::{
    ArchiveStream, Image, LayerBlob, OciError, Opened, Rootfs, SourceKind, WalkedLayer,
};

use crate::analyze::{LayerAnalyzer, SecondPass};
use crate::kept::dropped;
use crate::layers::{AnalyzedLayer, LayerReader, inventory, unreadable};
use crate::second_pass::second_pass;
use crate::{Envelope, ImageInventory, ScanSettings, image_inventory};

/// What is known of an image once its bytes were read: all that it takes to judge it.
#[derive(Clone)]
pub struct Subject {
    pub(crate) envelope: Envelope,
    pub(crate) platform: Option<Platform>,
    pub(crate) image: ImageInventory,
}

/// Reads what was opened. `reference` is what was typed.
///
/// # Errors
/// Where there is no image, or not enough time: what cannot be read of an image is in its inventory.
pub fn read(
    reference: &str,
    opened: Opened,
    settings: &ScanSettings<'_>,
) -> Result<Subject, OciError> {
    settings.deadline.check()?;
    let mut subject = match opened {
        Opened::Image(image) => of_image(&image, image_inventory(&image, &settings.inventory())?),
        Opened::Stream(stream) => of_stream(*stream, settings)?,
        Opened::Rootfs(rootfs) => of_rootfs(&rootfs, settings)?,
    };
    reference.clone_into(&mut subject.envelope.reference);
    Ok(subject)
}

impl Subject {
    /// The advisory families that judge what is installed, and the releases of each; none of those of languages.
    #[must_use]
    pub fn families(&self) -> BTreeMap<String, BTreeSet<String>> {
        let inventory = &self.image.inventory;
        let mut families = BTreeMap::<_, BTreeSet<_>>::new();
        let subject = |package| MatchSubject::new(package, inventory.distro_of(package));
        for subject in inventory.packages.iter().flat_map(subject) {
            families.entry(subject.family).or_default().extend(subject.releases);
        }
        families
    }
}

fn of_image(image: &Image, inventory: ImageInventory) -> Subject {
    Subject {
        envelope: Envelope {
            reference: String::new(),
            resolved: image.resolved.clone(),
            source: image.source,
            tags: image.tags.clone(),
            repo_digests: image.repo_digests.clone(),
            index_digest: image.index_digest,
            manifest_digest: image.manifest_digest,
            config_digest: Some(image.config_digest),
            newest_advisory: None,
            started_at: String::new(),
            duration_milliseconds: 0,
        },
        platform: Some(image.config.platform()),
        image: inventory,
    }
}

/// An archive that passes once: each member that may be a layer is analysed as it passes.
fn of_stream(stream: ArchiveStream, settings: &ScanSettings<'_>) -> Result<Subject, OciError> {
    let matcher = Matcher::new(EXTRACTORS);
    let inventory_settings = settings.inventory();
    let reader = LayerReader { matcher: &matcher, settings: &inventory_settings };
    let all = PartSet::first(EXTRACTORS.len());
    let limit = settings.limits.image_result_bytes;
    let mut bytes_left = limit;
    let passed = stream.read(settings.deadline, &mut |passing, bytes| {
        let (walked, result) = reader.walk(bytes, passing.claimed_digest, all);
        let left = bytes_left.checked_sub(result.weight());
        bytes_left = left.unwrap_or(bytes_left);
        (walked, left.map(|_| result))
    })?;
    // Layers that are one member share its result, and yet each takes its room.
    let mut bytes = 0_u64;
    let mut read = |blob, walked: Arc<(WalkedLayer, Option<LayerResult>)>| {
        let weight = walked.1.as_ref().map_or(u64::MAX, LayerResult::weight);
        bytes = bytes.saturating_add(weight);
        if bytes > limit {
            // Without parts that ran there is nothing for the cache to keep.
            let nothing = (PartSet::default(), None);
            return reader.finish(blob, (walked.0.clone(), dropped(limit)), nothing);
        }
        let (walked, result) = Arc::unwrap_or_clone(walked);
        reader.finish(blob, (walked, result.unwrap_or_default()), (all, None))
    };
    let layers: Vec<AnalyzedLayer> = passed
        .image
        .layers
        .iter()
        .zip(passed.layers)
        .map(|(blob, walked)| match walked {
            Some(walked) => read(blob, walked),
            None if blob.withheld => unreadable(blob, None),
            None => unreadable(blob, Some(not_there(blob))),
        })
        .collect();
    let inventory = reader.merged(layers, &passed.image)?;
    Ok(of_image(&passed.image, inventory))
}

/// Why a layer is not in the archive, in the words of one that can be opened.
fn not_there(blob: &LayerBlob) -> Problem {
    let opened = blob.opener.open().err();
    let detail = opened.map_or_else(|| "it did not pass".to_owned(), |error| error.to_string());
    Problem::new(ProblemKind::Unreadable, detail)
}

/// A directory is one layer without a digest.
fn of_rootfs(rootfs: &Rootfs, settings: &ScanSettings<'_>) -> Result<Subject, OciError> {
    let matcher = Matcher::new(EXTRACTORS);
    let all = PartSet::first(EXTRACTORS.len());
    let mut analyzer = LayerAnalyzer::new(&matcher, &settings.limits, all);
    let walked = rootfs.walk(settings.deadline, &mut analyzer)?;
    let mut results = [analyzer.finish((walked.problems, walked.problems_dropped))];
    let read_again = |_, files: &SecondPass| {
        let mut analyzer = LayerAnalyzer::second(&matcher, &settings.limits, files);
        rootfs.walk(settings.deadline, &mut analyzer).ok()?;
        let offered = analyzer.offered().clone();
        Some((analyzer.finish((Vec::new(), 0)), offered))
    };
    second_pass(&mut results, (&matcher, &settings.limits), &read_again);
    settings.deadline.check()?;
    let inventory = inventory(&results, &[], &settings.limits);
    Ok(Subject {
        envelope: Envelope {
            reference: String::new(),
            resolved: format!("dir:{}", rootfs.name),
            source: SourceKind::Directory,
            tags: Vec::new(),
            repo_digests: Vec::new(),
            index_digest: None,
            manifest_digest: None,
            config_digest: None,
            newest_advisory: None,
            started_at: String::new(),
            duration_milliseconds: 0,
        },
        platform: None,
        image: ImageInventory { inventory, layers: Vec::new() },
    })
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use plimsoll_core::{Day, Limits};
    use plimsoll_oci::{Deadline, OpenOptions};
    use plimsoll_testkit::{Image as TestImage, Layer, dpkg, node, rpmdb};

    use super::*;
    use crate::{Filters, NoProgress};

    /// The families, each with its releases.
    fn families(layer: Layer) -> Vec<String> {
        let archive = TestImage::new().platform("linux/amd64").layer(layer).docker_archive();
        let options = OpenOptions::default();
        let stream =
            ArchiveStream::open(Box::new(std::io::Cursor::new(archive)), &options).unwrap();
        let settings = ScanSettings {
            threads: NonZeroUsize::MIN,
            limits: Limits::default(),
            cache: None,
            progress: &NoProgress,
            deadline: Deadline::NEVER,
            evaluation_day: Day::from_unix_seconds(0),
            filters: Filters::default(),
        };
        let subject = read("it", Opened::Stream(Box::new(stream)), &settings).unwrap();
        let with_releases = |(family, releases): (String, BTreeSet<String>)| {
            format!("{family} {}", Vec::from_iter(releases).join(" "))
        };
        subject.families().into_iter().map(with_releases).collect()
    }

    #[test]
    fn the_families_are_those_that_judge_what_is_installed() {
        let layer = Layer::new()
            .file("etc/os-release", "ID=debian\nVERSION_ID=\"12\"\n")
            .files(dpkg::database(&[dpkg::Package::new("bash", "5.2-1")]))
            .files(node::package("lodash", "4.17.15"));
        assert_eq!(families(layer), ["Debian 12", "npm "]);
    }

    #[test]
    fn epel_is_asked_for_where_fedora_built_a_package() {
        let layer = |vendors: &[&str]| {
            let package = |name| rpmdb::Package::new(name, "5.4", "2.el9").vendor(name).header();
            let headers: Vec<_> = vendors.iter().map(|vendor| package(vendor)).collect();
            Layer::new()
                .file("etc/os-release", "ID=rocky\nVERSION_ID=\"9.4\"\n")
                .file("var/lib/rpm/rpmdb.sqlite", rpmdb::sqlite(&headers))
        };
        assert_eq!(families(layer(&["Rocky", "Fedora Project"])), ["EPEL 9", "Rocky Linux 9"]);
        assert_eq!(families(layer(&["Rocky", "Somebody"])), ["Rocky Linux 9"]);
    }
}
