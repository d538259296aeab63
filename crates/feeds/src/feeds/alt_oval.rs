//! ALT Linux's errata (errata.altlinux.org): OVAL definitions, an archive for each branch.

use crate::feed::{Feed, Origin};
use crate::formats::oval::{Platform, Vendor, import, is_of};

pub(crate) static ALT_OVAL: Feed = Feed {
    id: "alt-oval",
    summary: "ALT Linux: updates of each branch with their packages (OVAL)",
    origins: &[
        origin(
            "https://rdb.altlinux.org/api/errata/export/oval/p9",
            "alt-oval/oval_definitions_p9.zip",
            &["p9"],
        ),
        origin(
            "https://rdb.altlinux.org/api/errata/export/oval/p10",
            "alt-oval/oval_definitions_p10.zip",
            &["p10"],
        ),
        origin(
            "https://rdb.altlinux.org/api/errata/export/oval/p11",
            "alt-oval/oval_definitions_p11.zip",
            &["p11"],
        ),
    ],
    recognises: |outline| is_of(outline, &["oval:org.altlinux.errata:"]),
    import: |document, into| import(document, into, &VENDOR),
    spread: true,
    ..Feed::BASE
};

const FAMILY: &str = "ALT Linux";

const fn origin(
    url: &'static str,
    file: &'static str,
    releases: &'static [&'static str],
) -> Origin {
    Origin { url, file, families: &[FAMILY], releases }
}

const VENDOR: Vendor = Vendor {
    feed: "alt-oval",
    source: "altlinux",
    id: |definition| definition.reference("ALTPU").to_owned(),
    // The test of a branch reads a number out of a CPE.
    releases: |context| {
        let names = context.definition.platforms.iter();
        let branches = names.filter_map(|name| name.strip_prefix("ALT Linux branch "));
        branches.map(|branch| Platform { family: FAMILY, release: branch.to_owned() }).collect()
    },
    ..Vendor::BASE
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::oval::testing::{document, said};

    #[test]
    fn an_update_is_read() {
        let text = document(
            r#"id="oval:org.altlinux.errata:def:1" class="patch""#,
            r#"<title>ALT-PU-2013-1: package `dovecot` update</title><reference source="ALTPU" ref_id="ALT-PU-2013-1"/>
            <affected><platform>ALT Linux branch p9</platform></affected>"#,
            &[("1", "<name>dovecot</name>", r#"<evr operation="less than">0:2.2-alt1</evr>"#)],
        );
        let expected = r#"ALT-PU-2013-1 ALT Linux:p9 dovecot Affected First Fixed("0:2.2-alt1")"#;
        assert_eq!(said(&ALT_OVAL, "x.xml", &text), [expected]);
    }
}
