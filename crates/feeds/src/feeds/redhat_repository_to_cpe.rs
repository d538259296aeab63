//! Red Hat's map of content sets (the repositories that an image says it was built from) to the CPEs of its products. It holds no
//! advisories: it tells which of them judge an image.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::document::{Document, Form};
use crate::feed::{Feed, Origin};
use crate::formats::json::{Text, element};
use crate::formats::red_hat;
use crate::import::{Import, NotOfThisFeed};

pub(crate) static REDHAT_REPOSITORY_TO_CPE: Feed = Feed {
    id: "redhat-repository-to-cpe",
    summary: "Red Hat's content sets: which products' advisories judge an image that names its repositories",
    origins: &[Origin {
        url: "https://security.access.redhat.com/data/metrics/repository-to-cpe.json",
        file: "redhat/repository-to-cpe.json",
        families: &[red_hat::FAMILY],
        ..Origin::BASE
    }],
    recognises: |outline| {
        outline.form == Form::JsonObject
            && outline.has(&["data"])
            && outline.beginning.contains("\"cpes\"")
    },
    import,
    ..Feed::BASE
};

#[derive(Deserialize)]
struct Map<'a> {
    #[serde(borrow)]
    data: BTreeMap<String, &'a RawValue>,
}

#[derive(Deserialize)]
struct ContentSet<'a> {
    #[serde(borrow)]
    cpes: Vec<Text<'a>>,
}

fn import(document: &Document<'_>, import: &mut Import<'_>) -> Result<(), NotOfThisFeed> {
    let map = serde_json::from_slice::<Map<'_>>(document.bytes).map_err(|_| NotOfThisFeed)?;
    if !map.data.values().any(|set| set.get().contains("\"cpes\"")) {
        return Err(NotOfThisFeed);
    }
    for (name, set) in map.data {
        let Some(set) = element::<ContentSet<'_>>(set, "not a content set", &mut import.tally)
        else {
            continue;
        };
        let mut releases = Vec::with_capacity(set.cpes.len());
        for cpe in &set.cpes {
            match red_hat::release(cpe.as_str()) {
                Some(release) => releases.push(release.to_owned()),
                None => import.tally.reject(red_hat::UNKNOWN_CPE),
            }
        }
        import.push_content_set(name, releases);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::BuildOptions;

    #[test]
    fn content_sets_have_the_releases_of_their_cpes() {
        let document = r#"{"data": {
            "rhel-9-for-x86_64-baseos-rpms": {"cpes": ["cpe:/o:redhat:enterprise_linux:9::baseos"], "repo_relative_urls": ["x"]},
            "other": {"cpes": ["cpe:/a:example:x:1"]}, "broken": 5, "": {"cpes": []}}, "last_updated": "2025"}"#;
        let options = BuildOptions::default();
        let mut into = Import::new(&options);
        import(&Document { path: "x.json", bytes: document.as_bytes() }, &mut into).unwrap();
        let expected = vec!["enterprise_linux:9::baseos".to_owned()];
        assert_eq!(into.content_sets, [("rhel-9-for-x86_64-baseos-rpms".to_owned(), expected)]);
        let rejected: Vec<_> = into.tally.rejected.into_iter().collect();
        assert_eq!(
            rejected,
            [("a content set without a name", 1), ("not a content set", 1), ("unknown CPE", 1)]
        );
        let other = Document { path: "x.json", bytes: br#"{"data": {"a": {}}}"# };
        assert_eq!(import(&other, &mut Import::new(&options)), Err(NotOfThisFeed));
    }
}
