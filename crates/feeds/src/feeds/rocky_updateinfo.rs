//! updateinfo.xml of Rocky Linux's repositories (download.rockylinux.org). Packages are named by their binaries.

use crate::feed::{Feed, Origin};
use crate::formats::errata::{Place, Publisher};
use crate::formats::rpm::dist_release;
use crate::formats::updateinfo::{self, Collection, Dialect};

macro_rules! repositories {
    ($(($release:literal, $repository:literal, $architecture:literal)),* $(,)?) => {
        &[$(Origin {
            url: concat!(
                "https://download.rockylinux.org/pub/rocky/",
                $release, "/", $repository, "/", $architecture, "/os/repodata/repomd.xml",
            ),
            file: concat!(
                "rocky/rocky-", $release, "-", $repository, "-", $architecture, "-updateinfo.xml.gz",
            ),
            families: &["Rocky Linux"], releases: &[$release]
        }),*]
    };
}

pub(crate) static ROCKY_UPDATEINFO: Feed = Feed {
    id: "rocky-updateinfo",
    summary: "Rocky Linux errata, as the updateinfo.xml of its repositories",
    origins: repositories![
        ("8", "AppStream", "x86_64"),
        ("8", "AppStream", "aarch64"),
        ("8", "BaseOS", "x86_64"),
        ("8", "BaseOS", "aarch64"),
        ("9", "AppStream", "x86_64"),
        ("9", "AppStream", "aarch64"),
        ("9", "BaseOS", "x86_64"),
        ("9", "BaseOS", "aarch64"),
        ("10", "AppStream", "x86_64"),
        ("10", "AppStream", "aarch64"),
        ("10", "BaseOS", "x86_64"),
        ("10", "BaseOS", "aarch64"),
    ],
    recognises: |outline| {
        updateinfo::is_of(outline, &["releng@rockylinux.org", "<id>RLSA-", "<id>RXSA-"])
    },
    import: |document, import| updateinfo::import(&DIALECT, document, import),
    // Each repository of each architecture has a part of an erratum's packages.
    spread: true,
    ..Feed::BASE
};

static DIALECT: Dialect = Dialect {
    publisher: Publisher { feed: ROCKY_UPDATEINFO.id, source: "rocky" },
    ids: &["RLSA-", "RLBA-", "RLEA-", "RXSA-", "RXBA-", "RXEA-"],
    place: |collection| {
        let release = release(collection).ok_or("no release of Rocky Linux")?;
        Ok(Place::binaries("Rocky Linux", release))
    },
};

/// `9` of the update's release `Rocky Linux 9`, else what the builds are for.
fn release<'a>(collection: &Collection<'a>) -> Option<&'a str> {
    let number = collection.release.strip_prefix("Rocky Linux ");
    let is_number =
        |text: &&str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let major = number.and_then(|number| number.split('.').next()).filter(is_number);
    let of_build = || collection.builds.iter().find_map(|one| dist_release(&one.version, "el"));
    major.or_else(of_build)
}

#[cfg(test)]
mod tests {
    use plimsoll_advisory::NameKind;

    use super::*;
    use crate::options::BuildOptions;

    fn update(release: &str, version: &str) -> String {
        format!(
            r#"<updates><update from="releng@rockylinux.org" type="security"><id>RLSA-2022:7513</id><release>{release}</release>
            <title>Important: nodejs:16 security update</title><pkglist><collection short="RL8"><name>Rocky Linux 8</name>
            <package name="xz" version="5" release="{version}" epoch="0" arch="x86_64"/></collection></pkglist></update></updates>"#
        )
    }

    #[test]
    fn the_update_or_a_build_names_the_release() {
        let options = BuildOptions::default();
        for (release, version, expected) in [
            ("Rocky Linux 9", "1", Some("9")),
            ("Rocky Linux 8.6", "1", Some("8")),
            ("", "1.el10_0", Some("10")),
            ("Rocky Linux", "1", None),
        ] {
            let text = update(release, version);
            assert!(ROCKY_UPDATEINFO.recognises("x", text.as_bytes()));
            let read = ROCKY_UPDATEINFO.advisories("x", text.as_bytes(), &options).unwrap();
            let said = read.first().map(|one| one.affected[0].release.as_str());
            assert_eq!(said, expected, "{release}");
        }
    }

    #[test]
    fn binaries_are_named_where_the_family_names_sources() {
        let text = update("Rocky Linux 8", "1.module+el8.6.0+2");
        let options = BuildOptions::default();
        let read = ROCKY_UPDATEINFO.advisories("x", text.as_bytes(), &options).unwrap();
        let affected = &read[0].affected[0];
        assert_eq!(affected.names, Some(NameKind::Binary));
        assert_eq!(affected.module.as_deref(), Some("nodejs:16"));
    }
}
