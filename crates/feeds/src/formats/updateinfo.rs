//! updateinfo.xml, which createrepo puts beside the packages of a repository: one `update` for each erratum, with the builds that it
//! brings (createrepo_c, `xml_parser_updateinfo.c`).

use super::errata::{Erratum, Place, Publisher, Reference, import_erratum};
use super::rpm::{Build, version_of};
use super::xml::{Element, for_each};
use crate::document::{Document, Outline};
use crate::import::{Import, NotOfThisFeed};

/// What one publisher's updateinfo is like.
pub(crate) struct Dialect {
    pub(crate) publisher: Publisher,
    /// How its ids begin; empty where they begin in any way.
    pub(crate) ids: &'static [&'static str],
    /// What a collection of an update is of, or why nobody can say.
    pub(crate) place: fn(&Collection<'_>) -> Result<Place, &'static str>,
}

/// A collection of packages, with what its update says beside it.
pub(crate) struct Collection<'a> {
    /// Of the document.
    pub(crate) path: &'a str,
    pub(crate) id: &'a str,
    /// What the update is for, such as `Rocky Linux 9`; some write `0`.
    pub(crate) release: &'a str,
    pub(crate) short: &'a str,
    pub(crate) name: &'a str,
    pub(crate) builds: &'a [Build],
}

/// True for an updateinfo.xml whose beginning has one of these texts.
pub(crate) fn is_of(outline: &Outline<'_>, texts: &[&str]) -> bool {
    outline.is_xml_of("updates") && texts.iter().any(|text| outline.beginning.contains(text))
}

/// Reads a document update by update. What is malformed ends it, and is counted.
pub(crate) fn import(
    dialect: &Dialect,
    document: &Document<'_>,
    import: &mut Import<'_>,
) -> Result<(), NotOfThisFeed> {
    let text = document.text().ok_or(NotOfThisFeed)?;
    let mut root = None;
    let outcome = for_each(text, &["update"], &mut |element| match root {
        None => root = Some(element.name == "updates"),
        Some(false) => {}
        Some(true) => import_update(dialect, document.path, &element, import),
    });
    if root != Some(true) {
        return Err(NotOfThisFeed);
    }
    if outcome.is_err() {
        import.tally.reject("document malformed");
    }
    Ok(())
}

fn import_update(dialect: &Dialect, path: &str, update: &Element, import: &mut Import<'_>) {
    let id = update.text_of("id");
    if !dialect.ids.is_empty() && !dialect.ids.iter().any(|prefix| id.starts_with(prefix)) {
        import.tally.reject("id of another form");
        return;
    }
    let mut builds = Vec::new();
    let mut is_placed = true;
    for list in update.children("pkglist") {
        for element in list.children("collection") {
            let found = builds_of(element);
            let collection = Collection {
                path,
                id,
                release: update.text_of("release"),
                short: element.attribute("short"),
                name: element.text_of("name"),
                builds: &found,
            };
            match (dialect.place)(&collection) {
                Ok(place) => builds.push((place, found)),
                Err(reason) => {
                    is_placed = false;
                    import.tally.reject(reason);
                }
            }
        }
    }
    if is_placed || !builds.is_empty() {
        let erratum = Erratum { builds, ..erratum(id, update) };
        import_erratum(erratum, &dialect.publisher, import);
    }
}

/// What an update says beside its packages.
fn erratum(id: &str, update: &Element) -> Erratum {
    let date = |name| update.child(name).map_or("", |element| element.attribute("date")).to_owned();
    let title = match update.text_of("title") {
        "" => update.text_of("summary"),
        title => title,
    };
    let references = update.children("references").flat_map(|list| list.children("reference"));
    let reference = |element: &Element| Reference {
        id: element.attribute("id").to_owned(),
        title: element.attribute("title").to_owned(),
        url: element.attribute("href").to_owned(),
    };
    Erratum {
        id: id.to_owned(),
        kind: update.attribute("type").to_lowercase(),
        title: title.to_owned(),
        details: update.text_of("description").to_owned(),
        published: date("issued"),
        modified: date("updated"),
        is_retracted: update.attribute("status") == "retracted",
        severity: update.text_of("severity").to_owned(),
        references: references.map(reference).collect(),
        ..Erratum::default()
    }
}

fn builds_of(collection: &Element) -> Vec<Build> {
    let module = collection.child("module").and_then(|module| {
        let (name, stream) = (module.attribute("name"), module.attribute("stream"));
        (!name.is_empty() && !stream.is_empty()).then(|| format!("{name}:{stream}"))
    });
    let build = |package: &Element| {
        let part = |name| package.attribute(name);
        Build {
            name: part("name").to_owned(),
            version: version_of(part("epoch"), part("version"), part("release")),
            arch: part("arch").to_owned(),
            module: module.clone(),
        }
    };
    collection.children("package").map(build).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::BuildOptions;
    use crate::tally::Tally;

    const DIALECT: Dialect = Dialect {
        publisher: Publisher { feed: "test", source: "tester" },
        ids: &["T-"],
        place: |collection| match collection.short {
            "elsewhere" => Err("nowhere"),
            short => Ok(Place::binaries("Rocky Linux", short)),
        },
    };

    fn read(text: &str) -> (Vec<String>, Tally) {
        let options = BuildOptions::default();
        let mut into = Import::new(&options);
        let document = Document { path: "x.xml", bytes: text.as_bytes() };
        import(&DIALECT, &document, &mut into).unwrap();
        let words = into.advisories.iter().map(|advisory| {
            let packages: Vec<_> = { advisory.affected.iter() }
                .map(|one| format!("{}{}", one.package, one.module.as_deref().unwrap_or_default()))
                .collect();
            format!("{} {} {}", advisory.id, advisory.upstream.join(" "), packages.join(" "))
        });
        (words.collect(), into.tally)
    }

    fn update(id: &str, short: &str) -> String {
        format!(
            r#"<update type="security" status="final" from="a"><id>{id}</id><title>t</title>
            <issued date="2024-01-01 00:00:00"/><severity>Low</severity>
            <references><reference href="https://x" id="CVE-2024-1000" type="cve"/></references>
            <pkglist><collection short="{short}"><name>n</name>
            <module name="m" stream="1" version="2" context="c" arch="x86_64"/>
            <package name="bash" version="5" release="2" epoch="1" arch="x86_64"><filename>f</filename></package>
            </collection></pkglist></update>"#
        )
    }

    #[test]
    fn updates_are_read_and_one_bad_one_costs_no_other() {
        let parts = [update("X-1", "9"), update("T-1", "elsewhere"), update("T-2", "9")].concat();
        let (words, tally) = read(&format!("<updates>{parts}</updates>"));
        assert_eq!(words, ["T-2 CVE-2024-1000 bashm:1"]);
        assert_eq!(tally.rejected, [("id of another form", 1), ("nowhere", 1)].into());
    }

    #[test]
    fn what_is_cut_short_is_read_as_far_as_it_goes() {
        let (words, tally) = read(&format!("<updates>{}<update><id>T-", update("T-1", "9")));
        assert_eq!((words.len(), tally.rejected), (1, [("document malformed", 1)].into()));
        let options = BuildOptions::default();
        for text in ["<update/>", "<rss><update/></rss>", "text", ""] {
            let document = Document { path: "x.xml", bytes: text.as_bytes() };
            assert!(import(&DIALECT, &document, &mut Import::new(&options)).is_err(), "{text}");
        }
    }
}
