//! Java archives: the Maven packages that a jar, war or their like is and holds, with archives in archives.
//!
//! Maven's coordinates stand in `pom.properties` files, else in `pom.xml`. Where an archive has neither, its manifest, its file name and a
//! table of well-known artifacts say what they can; a group that nothing states is left open and not guessed.

mod container;
mod facts;
mod file_name;
mod identity;
mod known_groups;
mod manifest;
mod own_format;
mod pom_properties;
mod pom_xml;

use std::collections::BTreeSet;

use plimsoll_core::{PackageType, Problem};

pub use facts::{Coordinates, JarFacts, coordinates};

use self::container::Container;
use crate::{
    Candidate, Extraction, Extractor, Fact, FoundPackage, FoundState, Pattern, WantedFile,
};

pub(crate) static JAVA: Extractor = Extractor {
    id: "java",
    version: 6,
    summary: "Java archives (jar, war, ear and their like), with archives nested in them, and those in zip and tar files",
    patterns: &[
        Pattern::Extension(".ear"),
        Pattern::Extension(".far"),
        Pattern::Extension(".hpi"),
        Pattern::Extension(".jar"),
        Pattern::Extension(".jpi"),
        Pattern::Extension(".kar"),
        Pattern::Extension(".lpkg"),
        Pattern::Extension(".nar"),
        Pattern::Extension(".par"),
        Pattern::Extension(".rar"),
        Pattern::Extension(".sar"),
        Pattern::Extension(".tar"),
        Pattern::Extension(".tar.gz"),
        Pattern::Extension(".tgz"),
        Pattern::Extension(".war"),
        Pattern::Extension(".zap"),
        Pattern::Extension(".zip"),
    ],
    wants: |candidate: &Candidate<'_>| {
        match Container::of(candidate.path.file_name()) {
            Some(container) => container.is_wanted(candidate),
            // Other archives have that name, too.
            None if is_named_otherwise(candidate) => candidate.prefix.starts_with(b"PK"),
            None => true,
        }
    },
    extract,
    ..Extractor::RECORD
};

/// True for names that resource adapters, features and add-ons share with what is no Java archive.
fn is_named_otherwise(candidate: &Candidate<'_>) -> bool {
    let extension = candidate.path.file_name().rsplit_once('.').map(|(_, extension)| extension);
    let is_one = |name: &&str| extension.is_some_and(|found| found.eq_ignore_ascii_case(name));
    ["far", "rar", "zap"].iter().any(is_one)
}

fn extract(file: &WantedFile<'_>) -> Extraction {
    if file.content.size() == 0 {
        // A placeholder: there is nothing in it that could be missed.
        return Extraction::default();
    }
    let container = Container::of(file.path.file_name());
    let mut facts = match container {
        Some(container) => container.read(file.content, file.limits),
        None => coordinates(file.content, file.limits),
    };
    let mut listing = Listing {
        packages: Vec::new(),
        seen: BTreeSet::new(),
        problems: std::mem::take(&mut facts.problems),
    };
    match container {
        Some(_) => listing.add_nested(&facts, None),
        None => listing.add(&facts, file.path.file_name(), None),
    }
    let facts = listing.packages.into_iter().map(|package| Fact::Package(Box::new(package)));
    Extraction { facts: facts.collect(), problems: listing.problems }
}

/// The packages of one file, each place of each named once.
struct Listing {
    packages: Vec<FoundPackage>,
    /// Name, version and inner path.
    seen: BTreeSet<(String, String, Option<String>)>,
    problems: Vec<Problem>,
}

impl Listing {
    fn add(&mut self, facts: &JarFacts, file_name: &str, inner_path: Option<&str>) {
        let identity = identity::identify(facts, file_name);
        let state = match inner_path {
            None => FoundState::Installed,
            Some(_) => FoundState::Bundled,
        };
        // The outermost archive's problems are in the list already.
        let is_read =
            facts.problems.is_empty() && (inner_path.is_some() || self.problems.is_empty());
        let licenses = |name: &str| facts.licenses.get(name).cloned().into_iter().collect();
        if let Some(own) = identity.own {
            let mut package = FoundPackage::new(PackageType::Maven, own.name(), own.version);
            package.licenses = licenses(&package.name);
            if package.licenses.is_empty() {
                // Maven's tools write it from the pom, with addresses for names.
                package.licenses = manifest::licenses(&facts.manifest);
            }
            package.sha1.clone_from(&facts.sha1);
            self.push(package, state, inner_path);
        } else if is_read && identity.bundled.is_empty() && facts.nested.is_empty() {
            // Some code of which nothing says what it is: listed by its name, so that it is not taken for nothing.
            let mut package = FoundPackage::new(PackageType::Maven, file_name::stem(file_name), "");
            package.sha1.clone_from(&facts.sha1);
            self.push(package, state, inner_path);
        }
        for bundled in identity.bundled {
            let mut package =
                FoundPackage::new(PackageType::Maven, bundled.name(), bundled.version.as_str());
            package.licenses = licenses(&package.name);
            self.push(package, FoundState::Bundled, inner_path);
        }
        self.add_nested(facts, inner_path);
    }

    fn add_nested(&mut self, facts: &JarFacts, inner_path: Option<&str>) {
        for (name, nested) in &facts.nested {
            self.problems.extend(nested.problems.iter().cloned());
            let inner_path = match inner_path {
                None => name.clone(),
                Some(outer) => format!("{outer}!/{name}"),
            };
            let file_name = name.rsplit('/').next().unwrap_or(name);
            self.add(nested, file_name, Some(&inner_path));
        }
    }

    fn push(&mut self, mut package: FoundPackage, state: FoundState, inner_path: Option<&str>) {
        let inner_path = inner_path.map(str::to_owned);
        let key = (package.name.clone(), package.version.clone(), inner_path.clone());
        if self.seen.insert(key) {
            package.state = state;
            package.inner_path = inner_path;
            self.packages.push(package);
        }
    }
}

#[cfg(test)]
mod tests {
    use plimsoll_core::{ImagePath, Limits, ProblemKind};
    use plimsoll_testkit::jar;
    use proptest::prelude::*;

    use super::*;

    fn run(path: &str, content: &[u8], limits: &Limits) -> Extraction {
        let path = ImagePath::new(path);
        let content = content.to_vec();
        extract(&WantedFile::whole(&path, &content, limits))
    }

    /// Each package as `name@version`, its state, and where it lies.
    fn packages(extraction: &Extraction) -> Vec<(String, FoundState, &str)> {
        let listed = extraction.facts.iter().map(|fact| match fact {
            Fact::Package(package) => (
                format!("{}@{}", package.name, package.version),
                package.state,
                package.inner_path.as_deref().unwrap_or(""),
            ),
            fact => panic!("{fact:?}"),
        });
        listed.collect()
    }

    #[test]
    fn a_shaded_jar_is_itself_and_what_was_packed_into_it() {
        let content = jar::zip(&[
            jar::manifest(&[("Bundle-License", "Apache-2.0;link=x")]),
            jar::pom_properties("com.example", "inner", "2.0"),
            jar::pom_properties("com.example", "outer", "1.0"),
            jar::pom_properties("com.example", "inner2", "3.0"),
        ]);
        let extraction = run("opt/app/outer-1.0.jar", &content, &Limits::default());
        assert_eq!(
            packages(&extraction),
            [
                ("com.example:outer@1.0".to_owned(), FoundState::Installed, ""),
                ("com.example:inner@2.0".to_owned(), FoundState::Bundled, ""),
                ("com.example:inner2@3.0".to_owned(), FoundState::Bundled, ""),
            ]
        );
        let Fact::Package(own) = &extraction.facts[0] else { panic!() };
        assert_eq!(own.licenses, ["Apache-2.0"]);
    }

    #[test]
    fn what_shares_its_name_with_other_archives_is_wanted_where_it_is_a_zip() {
        for (path, prefix, expected) in [
            ("opt/adapter.rar", &b"PK\x03\x04"[..], true),
            ("opt/backup.rar", b"Rar!\x1a\x07", false),
            ("opt/feature.FAR", b"PK\x03\x04", true),
            ("opt/addon.zap", b"PK\x03\x04", true),
            ("opt/addon.zap", b"", false),
            ("opt/app.jar", b"\xca\xfe", true),
        ] {
            let path = &ImagePath::new(path);
            let file = Candidate { path, mode: 0o644, size: 100, prefix };
            assert_eq!((JAVA.wants)(&file), expected, "{path}");
            assert!(!crate::Matcher::new(&[&JAVA]).by_name(path).is_empty(), "{path}");
        }
        let adapter = jar::zip(&[("ra.jar", jar::maven("org.example", "adapter", "1.0"))]);
        let outer = jar::zip(&[("lib/addon.zap", jar::maven("org.example", "addon", "2.0"))]);
        for (path, content, expected) in [
            ("opt/adapter.rar", &adapter, ("org.example:adapter", "1.0")),
            ("opt/app.ear", &outer, ("org.example:addon", "2.0")),
        ] {
            let extraction = run(path, content, &Limits::default());
            let found = |one: &FoundPackage| (one.name.clone(), one.version.clone());
            let found: Vec<_> = extraction.packages().map(found).collect();
            assert!(found.contains(&(expected.0.into(), expected.1.into())), "{found:?}");
        }
    }

    #[test]
    fn a_jar_is_known_by_its_digest_and_its_pom() {
        let pom = "<project><parent><groupId>org.a</groupId><version>2</version></parent><artifactId>b</artifactId>\
            <licenses><license><name>Apache-2.0</name></license></licenses></project>";
        let inner = jar::zip(&[("META-INF/maven/org.a/b/pom.xml", pom)]);
        let content = jar::zip(&[
            ("lib/b.jar", inner),
            ("META-INF/maven/g/c/pom.xml", pom.replace("Apache-2.0", "MIT").into_bytes()),
            ("META-INF/maven/g/c/pom.properties", b"groupId=g\nartifactId=c\nversion=1\n".to_vec()),
            ("archetype/pom.xml", pom.replace(">b<", ">template<").into_bytes()),
        ]);
        let limits = Limits { file_memory_bytes: 200, ..Limits::default() };
        let extraction = run("opt/c.jar", &content, &limits);
        assert_eq!(extraction.problems, []);
        let listed: Vec<_> = extraction
            .packages()
            .map(|found| {
                (
                    &*found.name,
                    &*found.version,
                    found.licenses.concat(),
                    found.sha1.clone().unwrap(),
                )
            })
            .collect();
        let digest = |bytes: &[u8]| {
            use sha1::{Digest, Sha1};
            Sha1::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect::<String>()
        };
        let inner = jar::zip(&[("META-INF/maven/org.a/b/pom.xml", pom)]);
        assert_eq!(
            listed,
            [
                ("g:c", "1", "MIT".to_owned(), digest(&content)),
                ("org.a:b", "2", "Apache-2.0".to_owned(), digest(&inner)),
            ]
        );
    }

    #[test]
    fn a_plugin_of_jenkins_is_what_its_manifest_says() {
        let content = jar::zip(&[
            (
                "META-INF/MANIFEST.MF",
                jar::manifest(&[("Short-Name", "git"), ("Plugin-Version", "5.2.0")]).1.into_bytes(),
            ),
            ("WEB-INF/lib/git.jar", jar::maven("org.jenkins-ci.plugins", "git", "5.2.0")),
        ]);
        let extraction = run("plugins/git.jpi", &content, &Limits::default());
        let name = "org.jenkins-ci.plugins:git@5.2.0".to_owned();
        assert_eq!(
            packages(&extraction),
            [
                (name.clone(), FoundState::Installed, ""),
                (name, FoundState::Bundled, "WEB-INF/lib/git.jar"),
            ]
        );
    }

    #[test]
    fn a_jar_that_says_nothing_of_itself_is_listed_without_a_version() {
        let nameless = jar::zip(&[("Agent.class", "")]);
        let extraction = run("opt/agent.jar", &nameless, &Limits::default());
        assert_eq!(packages(&extraction), [("agent@".to_owned(), FoundState::Installed, "")]);
        // A package without a name would have no package URL.
        let extraction = run("opt/.jar", &nameless, &Limits::default());
        assert_eq!(packages(&extraction), [(".jar@".to_owned(), FoundState::Installed, "")]);
        // An application around libraries that are known is no library itself.
        let library = ("BOOT-INF/lib/a.jar", jar::maven("com.example", "a", "1.0"));
        let extraction = run("srv/app.jar", &jar::zip(&[library]), &Limits::default());
        let inner = "BOOT-INF/lib/a.jar";
        assert_eq!(
            packages(&extraction),
            [("com.example:a@1.0".to_owned(), FoundState::Bundled, inner)]
        );
    }

    #[test]
    fn jars_in_jars_in_wars_are_found_with_their_place() {
        let innermost = jar::zip(&[("x.class", "")]);
        let library = jar::zip(&[("lib/log4j-core-2.14.1.jar", &innermost)]);
        let war = jar::zip(&[
            ("WEB-INF/lib/library-1.0.jar", library),
            ("WEB-INF/lib/LOUD-2.0.JAR", innermost),
            (
                "WEB-INF/classes/META-INF/maven/a/b/pom.properties",
                b"groupId=a\nartifactId=b\nversion=3\n".to_vec(),
            ),
        ]);
        let extraction = run("srv/shop.war", &war, &Limits::default());
        assert_eq!(extraction.problems, []);
        assert_eq!(
            packages(&extraction),
            [
                ("a:b@3".to_owned(), FoundState::Installed, ""),
                ("LOUD@2.0".to_owned(), FoundState::Bundled, "WEB-INF/lib/LOUD-2.0.JAR"),
                ("library@1.0".to_owned(), FoundState::Bundled, "WEB-INF/lib/library-1.0.jar"),
                (
                    "org.apache.logging.log4j:log4j-core@2.14.1".to_owned(),
                    FoundState::Bundled,
                    "WEB-INF/lib/library-1.0.jar!/lib/log4j-core-2.14.1.jar"
                ),
            ]
        );
    }

    #[test]
    fn depth_and_bytes_of_nested_jars_are_limited() {
        let has_deepest = |extraction: &Extraction| {
            packages(extraction).iter().any(|(name, ..)| name == "com.example:deep@1.0")
        };
        let content = jar::nested(5, "com.example", "deep", "1.0");
        let extraction = run("a.jar", &content, &Limits::default());
        assert!(!has_deepest(&extraction));
        assert_eq!(extraction.problems[0].kind, ProblemKind::LimitExceeded);

        let content = jar::nested(4, "com.example", "deep", "1.0");
        assert!(has_deepest(&run("a.jar", &content, &Limits::default())));
        let limits = Limits { nested_bytes: 1_000, ..Limits::default() };
        let extraction = run("a.jar", &content, &limits);
        assert!(!has_deepest(&extraction));
        assert_eq!(extraction.problems.len(), 1);
        assert_eq!(extraction.problems[0].kind, ProblemKind::LimitExceeded);
        // What does not fit into memory lies in a scratch file and is read all the same.
        let limits = Limits { file_memory_bytes: 300, ..Limits::default() };
        let facts = coordinates(&jar::nested(1, "com.example", "deep", "1.0"), &limits);
        assert_eq!(facts.nested["lib/level-0.jar"].pom_properties.len(), 1);
    }

    #[test]
    fn packages_of_one_archive_are_limited() {
        let poms: Vec<_> = (0..20)
            .map(|number| jar::pom_properties("com.example", &format!("a{number}"), "1.0"))
            .collect();
        let limits = Limits { packages_per_file: 5, ..Limits::default() };
        let extraction = run("app.jar", &jar::zip(&poms), &limits);
        assert_eq!(extraction.facts.len(), 5);
        assert_eq!(extraction.problems.len(), 1);
        assert_eq!(extraction.problems[0].kind, ProblemKind::LimitExceeded);
    }

    #[test]
    fn what_is_not_an_archive_is_a_problem() {
        assert_eq!(run("a.jar", b"", &Limits::default()).problems, []);
        let extraction = run("a.jar", b"this is no zip", &Limits::default());
        assert_eq!(extraction.problems[0].kind, ProblemKind::Malformed);
        let outer = jar::zip(&[("lib/a.jar", &b"this is no zip"[..]), ("lib/empty.jar", b"")]);
        let extraction = run("a.jar", &outer, &Limits::default());
        assert_eq!(extraction.problems.len(), 1);
        assert!(extraction.problems[0].detail.starts_with("lib/a.jar: "));
    }

    proptest! {
        #[test]
        fn mutated_archives_end(
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
            end in any::<prop::sample::Index>(),
        ) {
            let mut content = jar::zip(&[
                jar::manifest(&[("Implementation-Version", "1.0")]),
                jar::pom_properties("com.example", "outer", "1.0"),
            ]);
            content = jar::zip(&[("a/inner-1.0.jar", content)]);
            for (at, byte) in changes {
                let at = at.index(content.len());
                content[at] = byte;
            }
            if end.index(4) == 0 {
                content.truncate(end.index(content.len()));
            }
            let _ = run("a-1.jar", &content, &Limits::default());
        }

        #[test]
        fn arbitrary_texts_end(manifest: Vec<u8>, pom: Vec<u8>, name in "[a-z0-9.-]{0,12}") {
            let pom = [b"groupId=a\nartifactId=b\nversion=", &pom[..]].concat();
            let content = jar::zip(&[
                ("META-INF/MANIFEST.MF", manifest),
                ("META-INF/maven/a/b/pom.properties", pom),
            ]);
            let extraction = run(&format!("{name}.jar"), &content, &Limits::default());
            prop_assert!(extraction.facts.len() <= 2);
        }
    }
}
