//! Which releases' advisories judge an image that names its repositories.

use std::collections::BTreeSet;

use plimsoll_advisory::{Snapshot, SnapshotError};
use plimsoll_core::Distro;

use crate::stream::{MAIN, OF_MINORS};

/// The releases that judge an image of that distribution.
///
/// A Red Hat image names its content sets, and the snapshot knows of which products those are. An image of an extended stream (EUS, AUS,
/// E4S, TUS, ELS) is then judged by that stream instead of the release's own, whose fixes have other versions. What is said of a product
/// without a repository, such as that it will not be fixed, holds for all of them, unless their stream has its own word
/// ([`Stream`](crate::Stream)). Where no content set is known, it is the releases that os-release tells.
pub fn releases(
    distro: &Distro,
    repositories: &[String],
    snapshot: &Snapshot,
) -> Result<Vec<String>, SnapshotError> {
    let is_red_hat = distro.family.as_ref().is_some_and(|family| family.0 == "Red Hat");
    let mut named = BTreeSet::new();
    for repository in repositories.iter().filter(|_| is_red_hat) {
        let mut of_set = snapshot.content_set(repository)?;
        of_set.retain(|release| is_of_its_minor(release, distro));
        // The map counts what a stream began with to the main one.
        if of_set.iter().any(|release| is_of_minor(release)) && names_stream_of_minors(repository) {
            of_set.retain(|release| !release.starts_with(MAIN));
        }
        named.extend(of_set);
    }
    if named.is_empty() {
        return Ok(distro.releases.clone());
    }
    let has_main_stream = named.iter().any(|release| release.starts_with(MAIN));
    let of_product = |release: &str| release.split("::").next().unwrap_or(release).to_owned();
    let own = distro.releases.iter().filter(|own| has_main_stream || !own.contains("::"));
    let mut releases: BTreeSet<String> = own.cloned().collect();
    releases.extend(named.iter().map(|release| of_product(release)));
    releases.extend(named.into_iter().map(str::to_owned));
    Ok(releases.into_iter().collect())
}

fn is_of_minor(release: &str) -> bool {
    OF_MINORS.iter().any(|prefix| release.starts_with(prefix))
}

/// `rhel-8-for-x86_64-baseos-e4s-rpms`: whose content set it is, its name says.
fn names_stream_of_minors(repository: &str) -> bool {
    repository.split('-').any(|part| matches!(part, "aus" | "e4s" | "eus" | "tus"))
}

/// A content set may be that of a stream's all minor releases, and os-release tells which one it is.
fn is_of_its_minor(release: &str, distro: &Distro) -> bool {
    let stream = OF_MINORS.iter().find_map(|prefix| release.strip_prefix(prefix));
    let minor = stream.map(|rest| rest.split(':').next().unwrap_or(rest));
    minor.is_none_or(|minor| {
        let is_told = minor.contains('.') && distro.version_id.contains('.');
        !is_told || minor == distro.version_id
    })
}

#[cfg(test)]
mod tests {
    use plimsoll_advisory::SnapshotWriter;

    use super::*;
    use crate::testing::{debian, distro};

    fn snapshot() -> Snapshot {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("snapshot");
        let mut writer = SnapshotWriter::new().unwrap();
        for (name, release) in [
            ("rhel-9-baseos-rpms", "enterprise_linux:9::baseos"),
            ("rhel-9-baseos-eus-rpms", "rhel_eus:9.2::baseos"),
            ("rhel-9-baseos-eus-rpms", "rhel_eus:9.4::baseos"),
            ("rhel-9-baseos-e4s-rpms", "enterprise_linux:9::baseos"),
            ("rhel-9-baseos-e4s-rpms", "rhel_e4s:9.2::baseos"),
            ("ocp-4-rpms", "openshift:4.16::el9"),
        ] {
            writer.add_content_set(name.to_owned(), [release.to_owned()]);
        }
        writer.finish(&path).unwrap();
        Snapshot::open(&path).unwrap()
    }

    #[test]
    fn content_sets_tell_the_streams_of_an_image() {
        let snapshot = snapshot();
        let mut nine = distro("Red Hat", "enterprise_linux:9::appstream");
        nine.releases.push("enterprise_linux:9".into());
        nine.version_id = "9.2".into();
        for (repositories, expected) in [
            (&[][..], "enterprise_linux:9::appstream enterprise_linux:9"),
            (&["epel"], "enterprise_linux:9::appstream enterprise_linux:9"),
            (
                &["epel", "rhel-9-baseos-rpms"],
                "enterprise_linux:9 enterprise_linux:9::appstream enterprise_linux:9::baseos",
            ),
            (
                &["ocp-4-rpms", "rhel-9-baseos-eus-rpms"],
                "enterprise_linux:9 openshift:4.16 openshift:4.16::el9 rhel_eus:9.2 rhel_eus:9.2::baseos",
            ),
            (&["rhel-9-baseos-e4s-rpms"], "enterprise_linux:9 rhel_e4s:9.2 rhel_e4s:9.2::baseos"),
        ] {
            let repositories: Vec<_> = repositories.iter().map(|one| (*one).to_owned()).collect();
            let releases = releases(&nine, &repositories, &snapshot).unwrap();
            assert_eq!(releases.join(" "), expected, "{repositories:?}");
        }
        let repositories = ["rhel-9-baseos-rpms".to_owned()];
        assert_eq!(releases(&debian("12"), &repositories, &snapshot).unwrap(), ["12"]);
    }
}
