//! updateinfo.xml of AlmaLinux's repositories (repo.almalinux.org). Packages are named by their binaries. What is fetched is the same from
//! one place for all repositories (`almalinux_errata.rs`).

use crate::feed::Feed;
use crate::formats::errata::{Place, Publisher};
use crate::formats::rpm::dist_release;
use crate::formats::updateinfo::{self, Collection, Dialect};

pub(crate) static ALMALINUX_UPDATEINFO: Feed = Feed {
    id: "almalinux-updateinfo",
    summary: "AlmaLinux errata, as the updateinfo.xml of its repositories",
    recognises: |outline| updateinfo::is_of(outline, &["packager@almalinux.org", "<id>ALSA-"]),
    import: |document, import| updateinfo::import(&DIALECT, document, import),
    // Each repository of each architecture has a part of an erratum's packages.
    spread: true,
    ..Feed::BASE
};

static DIALECT: Dialect = Dialect {
    publisher: Publisher { feed: ALMALINUX_UPDATEINFO.id, source: "almalinux" },
    ids: &["ALSA-", "ALBA-", "ALEA-"],
    place: |collection| {
        let release = release(collection).ok_or("no release of AlmaLinux")?;
        Ok(Place::binaries("AlmaLinux", release))
    },
};

/// `9` of `almalinux-9-for-x86_64-baseos-rpms__9_1_default`; the repositories have kept some of Red Hat's names.
fn release<'a>(collection: &Collection<'a>) -> Option<&'a str> {
    let after = ["almalinux-", "rhel-"].iter().find_map(|before| {
        let (_, after) = collection.name.split_once(before)?;
        after.split('-').next().filter(|number| is_number(number))
    });
    let of_build = || collection.builds.iter().find_map(|one| dist_release(&one.version, "el"));
    after.or_else(of_build)
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::BuildOptions;

    fn update(id: &str, collection: &str, version: &str) -> String {
        format!(
            r#"<updates><update from="packager@almalinux.org" type="security"><id>{id}</id><release>0</release>
            <pkglist><collection><name>{collection}</name>
            <package name="xz" version="5" release="{version}" epoch="0" arch="x86_64"/></collection></pkglist></update></updates>"#
        )
    }

    #[test]
    fn the_collection_or_a_build_names_the_release() {
        let options = BuildOptions::default();
        for (id, collection, version, release) in [
            ("ALSA-1", "almalinux-9-for-x86_64-baseos-rpms__9_1_default", "1", Some("9")),
            ("ALSA-1", "codeready-builder-for-rhel-8-x86_64-rpms__8_0_default", "1", Some("8")),
            ("ALSA-1", "almalinux-ha", "2.el10_1", Some("10")),
            ("ALSA-1", "x", "1", None),
            ("NOT-1", "almalinux-9-for", "1", None),
        ] {
            let text = update(id, collection, version);
            assert!(ALMALINUX_UPDATEINFO.recognises("x", text.as_bytes()));
            let read = ALMALINUX_UPDATEINFO.advisories("x", text.as_bytes(), &options).unwrap();
            let said = read.first().map(|one| one.affected[0].release.as_str());
            assert_eq!(said, release, "{collection}");
        }
    }
}
