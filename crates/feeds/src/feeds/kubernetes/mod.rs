//! Kubernetes's official CVE feed (kubernetes.io, a JSON feed, jsonfeed.org/version/1.1). Which versions a flaw affects stands only in
//! its text, in Markdown. A text that says it in a way that is not known is rejected, for a guess would clear versions that are
//! affected. The same flaws in OSV's form (kubernetes-sigs/cve-feed-osv) are read as such.

mod text;

use plimsoll_advisory::{Advisory, Affected};
use serde::Deserialize;
use serde_json::value::RawValue;

use self::text::{Said, affected_versions};
use crate::document::{Document, Form};
use crate::feed::{Feed, Origin};
use crate::formats::claims;
use crate::formats::json::{List, each_record};
use crate::import::{Import, NotOfThisFeed};

pub(crate) static KUBERNETES: Feed = Feed {
    id: "kubernetes",
    summary: "Kubernetes's official CVE feed: flaws of its components, with the versions that their texts name",
    origins: &[Origin {
        url: "https://kubernetes.io/docs/reference/issues-security/official-cve-feed/index.json",
        file: "kubernetes/index.json",
        families: &[FAMILY],
        ..Origin::BASE
    }],
    recognises: |outline| {
        outline.form == Form::JsonObject && outline.has(&["_kubernetes_io", "items"])
    },
    import,
    ..Feed::BASE
};

const FAMILY: &str = "Kubernetes";

#[derive(Deserialize)]
struct Items<'a> {
    #[serde(borrow)]
    items: List<&'a RawValue>,
}

#[derive(Deserialize)]
struct Item {
    id: String,
    #[serde(default)]
    summary: String,
    content_text: String,
    date_published: Option<String>,
    /// The issue.
    url: Option<String>,
    external_url: Option<String>,
}

fn import(document: &Document<'_>, import: &mut Import<'_>) -> Result<(), NotOfThisFeed> {
    let document: Items<'_> = serde_json::from_slice(document.bytes).map_err(|_| NotOfThisFeed)?;
    each_record(document.items.0, import, |item: Item, import| {
        match affected_versions(&item.summary, &item.content_text) {
            Ok(said) => import.push(advisory(item, said)),
            Err(reason) => import.tally.reject(reason),
        }
    });
    Ok(())
}

fn advisory(item: Item, said: Vec<Said>) -> Advisory {
    let vector = item.content_text.find("CVSS:3").and_then(|place| {
        let is_end =
            |character: char| !character.is_ascii_alphanumeric() && !"./:".contains(character);
        item.content_text.get(place..)?.split(is_end).next()
    });
    let entry = |said: Said| Affected {
        family: FAMILY.to_owned(),
        package: said.module.to_owned(),
        intervals: said.intervals,
        versions: said.versions,
        ..Affected::default()
    };
    Advisory {
        feed: KUBERNETES.id.to_owned(),
        severities: vector
            .and_then(|vector| claims::vector("kubernetes", vector))
            .into_iter()
            .collect(),
        id: item.id,
        summary: item.summary,
        details: item.content_text,
        published: item.date_published,
        references: item.url.into_iter().chain(item.external_url).collect(),
        affected: said.into_iter().map(entry).collect(),
        ..Advisory::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::BuildOptions;

    #[test]
    fn an_item_that_says_its_versions_otherwise_is_rejected() {
        let text = r##"{"_kubernetes_io": {}, "items": [
            {"id": "CVE-2025-1974", "summary": "ingress-nginx escalation", "date_published": "2025-03-23T17:38:57Z",
            "url": "https://example.com",
            "content_text": "CVSS Rating: ([CVSS:3.1/AV:N/AC:L](x))\n#### Affected Versions\n\n- < v1.11.0\n"},
            {"id": "CVE-2025-1", "content_text": "All kubelets."}, {}]}"##;
        let options = BuildOptions::default();
        let mut into = Import::new(&options);
        import(&Document { path: "x", bytes: text.as_bytes() }, &mut into).unwrap();
        let advisory = &into.advisories[0];
        assert_eq!(advisory.severities[0].value, "CVSS:3.1/AV:N/AC:L");
        assert_eq!(advisory.affected[0].package, "k8s.io/ingress-nginx");
        assert_eq!(
            into.tally.rejected,
            [("no list of affected versions", 1), ("not a record of its feed", 1)].into()
        );
    }
}
