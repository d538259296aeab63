//! C and C++ packages that Conan installed: the folders of packages of Conan 1, the cache of Conan 2, and what it deployed.
//!
//! Conan 1 has a package in `NAME/VERSION/USER/CHANNEL/package/ID`, where its `conaninfo.txt` says which packages, each with its exact
//! version, it was built with. Conan 2 shortens the folders of its cache, and keeps in `cache.sqlite3` whose they are
//! (conan-io/conan, `conan/internal/cache/db`); its deployer `full_deploy` spells them out again.

use plimsoll_core::{ImagePath, PackageType, Problem, ProblemKind};

use super::lines::lines;
use crate::fields::{component, malformed};
use crate::pages::File;
use crate::sqlite::{Database, MAGIC, Row, Table, Value};
use crate::{Candidate, Extraction, Extractor, FoundPackage, FoundState, Pattern, WantedFile};

pub(crate) static CONAN: Extractor = Extractor {
    id: "conan",
    summary: "C and C++ packages that Conan installed",
    patterns: &[Pattern::Name("conaninfo.txt"), Pattern::PathEnd("p/cache.sqlite3")],
    wants: |candidate: &Candidate<'_>| place(candidate.path).is_some(),
    extract,
    ..Extractor::RECORD
};

/// Whose table a row belongs to is a reference and a few short texts.
const ROW_BYTES: usize = 16 << 10;
/// The bound of Conan's own names is 101 letters; versions have none.
const LONGEST: usize = 256;
const REQUIREMENTS: &[u8] = b"[full_requires]";

/// What the place of a file says.
enum Place<'a> {
    Folder { name: &'a str, version: &'a str },
    Cache,
}

fn place(path: &ImagePath) -> Option<Place<'_>> {
    if path.file_name() == "cache.sqlite3" {
        return (component(path, 1) == Some("p")).then_some(Place::Cache);
    }
    if component(path, 2) == Some("package") {
        // NAME/VERSION/USER/CHANNEL/package/ID/conaninfo.txt
        return Some(Place::Folder { name: component(path, 6)?, version: component(path, 5)? });
    }
    // full_deploy/host/NAME/VERSION, and below it what build and processor it is for, where it is for one.
    let mut above = path.parent().split('/').skip_while(|name| *name != "full_deploy").skip(1);
    let context = above.next()?;
    let (name, version) = (above.next()?, above.next()?);
    ["host", "build"].contains(&context).then_some(Place::Folder { name, version })
}

fn extract(file: &WantedFile<'_>) -> Extraction {
    match place(file.path) {
        Some(Place::Folder { name, version }) => folder((name, version), file),
        Some(Place::Cache) => cache(file),
        None => Extraction::default(),
    }
}

/// A package, and in Conan 1 those that it was built with: what of them it has linked into itself nobody says.
fn folder((name, version): (&str, &str), file: &WantedFile<'_>) -> Extraction {
    let mut extraction = Extraction::default();
    match package(name, version) {
        Some(package) => extraction.push(package),
        None => extraction.problems.push(malformed("a folder that is named as no package is")),
    }
    let bytes = match file.bytes() {
        Ok(bytes) => bytes,
        Err(problem) => {
            extraction.problems.push(problem);
            return extraction;
        }
    };
    let lines = lines(&bytes).map(<[u8]>::trim_ascii);
    let listed = lines.skip_while(|line| *line != REQUIREMENTS).skip(1);
    let listed = listed.take_while(|line| !line.starts_with(b"["));
    let mut list = List { extraction, limit: file.limits.packages_per_file, bad: 0 };
    for line in listed.filter(|line| !line.is_empty() && !line.starts_with(b"#")) {
        let found = std::str::from_utf8(line).ok().and_then(reference);
        let found = found.map(|found| FoundPackage { state: FoundState::Bundled, ..found });
        if !list.take(found) {
            break;
        }
    }
    list.finish("requirements")
}

fn cache(file: &WantedFile<'_>) -> Extraction {
    let mut buffer = Vec::new();
    let content = File::new(file.content);
    match content.piece(0, MAGIC.len(), &mut buffer) {
        Ok(magic) if magic == MAGIC => {}
        // Made and never written to.
        _ if file.content.size() == 0 => return Extraction::default(),
        _ => return Extraction::malformed("no database of SQLite"),
    }
    let opened = Database::open(&content).and_then(|database| {
        let table = database.table("packages")?;
        let table = table.ok_or_else(|| malformed("no table packages as Conan makes it"))?;
        Ok((database, table))
    });
    match opened {
        Ok((database, table)) => cached(&database, &table, file),
        Err(problem) => Extraction::failed(problem),
    }
}

/// The packages in a cache: one row for each build of one.
fn cached(database: &Database<'_>, table: &Table, file: &WantedFile<'_>) -> Extraction {
    let Some(column) = table.column("reference") else {
        return Extraction::malformed("no table packages as Conan makes it");
    };
    let limit = file.limits.packages_per_file;
    let mut list = List { extraction: Extraction::default(), limit, bad: 0 };
    let mut damage = None;
    database.rows(table, ROW_BYTES, &mut |row| match row {
        Ok(row) => list.take(text(&row, column).as_deref().and_then(reference)),
        Err(problem) => {
            damage.get_or_insert(problem);
            true
        }
    });
    let mut extraction = list.finish("rows");
    extraction.problems.extend(damage);
    extraction
}

fn text(row: &Row<'_>, column: usize) -> Option<String> {
    row.value(column).and_then(Value::text)
}

/// Packages of a list, and how many of its entries name none.
struct List {
    extraction: Extraction,
    limit: usize,
    bad: usize,
}

impl List {
    /// False where no more is taken.
    fn take(&mut self, found: Option<FoundPackage>) -> bool {
        let Some(found) = found else {
            self.bad += 1;
            return true;
        };
        if self.extraction.packages().last().is_some_and(|last| *last == found) {
            return true;
        }
        if self.extraction.facts.len() >= self.limit {
            let detail = format!("more than {} packages", self.limit);
            self.extraction.problems.push(Problem::new(ProblemKind::LimitExceeded, detail));
            return false;
        }
        self.extraction.push(found);
        true
    }

    fn finish(mut self, entries: &str) -> Extraction {
        if self.bad > 0 {
            let detail = format!("{} {entries} that name no package", self.bad);
            self.extraction.problems.push(malformed(detail));
        }
        self.extraction
    }
}

/// The package of `NAME/VERSION[@USER/CHANNEL][#REVISION][:ID]`.
fn reference(text: &str) -> Option<FoundPackage> {
    let end = text.find(['@', '#', ':', '%']).unwrap_or(text.len());
    let (name, version) = text.get(..end)?.split_once('/')?;
    package(name, version)
}

fn package(name: &str, version: &str) -> Option<FoundPackage> {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b"_+.-".contains(&byte);
    let is_one =
        |text: &str| !text.is_empty() && text.len() <= LONGEST && text.bytes().all(is_letter);
    (is_one(name) && is_one(version)).then(|| FoundPackage::new(PackageType::Conan, name, version))
}

#[cfg(test)]
mod tests {
    use plimsoll_core::Limits;
    use plimsoll_testkit::sqlite::{self, Value as V};
    use proptest::prelude::*;

    use super::*;

    const FOLDER: &str = "root/.conan/data/poco/1.12.4/_/_/package/6af9cc7cb931c5ad942174fd7838eb655717c709/conaninfo.txt";
    const CACHE: &str = "root/.conan2/p/cache.sqlite3";
    const INFO: &str = "[settings]\n    os=Linux\n\n[requires]\n    openssl/3.Y.Z\n\n[full_requires]\n    \
        openssl/3.1.0:19729b9559f3ae196cad45cb2b97468ccb75dcd1\n    \
        zlib/1.2.13@company/stable:b5d68b3533204ad67e01fa587ad28fb8ce010527\n\n[recipe_hash]\n    5e2f\n\n[env]\n";

    fn run_with(path: &str, content: &[u8], limits: &Limits) -> Extraction {
        let path = ImagePath::new(path);
        extract(&WantedFile::whole(&path, &content.to_vec(), limits))
    }

    fn run(path: &str, content: &[u8]) -> Extraction {
        run_with(path, content, &Limits::default())
    }

    fn rows(extraction: &Extraction) -> Vec<(&str, &str, FoundState)> {
        let packages = extraction.packages();
        packages.map(|found| (found.name.as_str(), found.version.as_str(), found.state)).collect()
    }

    /// A cache with a row for each reference.
    fn database(references: &[V<'static>]) -> Vec<u8> {
        let statement = "CREATE TABLE packages (reference text NOT NULL, rrev text NOT NULL, \
            pkgid text, prev text, path text NOT NULL UNIQUE, timestamp real NOT NULL, build_id text)";
        let row = |reference: &V<'static>| vec![*reference, V::Text("0f1e"), V::Text("19729b95")];
        sqlite::database(&[("packages", statement, references.iter().map(row).collect())])
    }

    #[test]
    fn a_folder_is_a_package_and_says_what_it_was_built_with() {
        let extraction = run(FOLDER, INFO.as_bytes());
        let expected = [
            ("poco", "1.12.4", FoundState::Installed),
            ("openssl", "3.1.0", FoundState::Bundled),
            ("zlib", "1.2.13", FoundState::Bundled),
        ];
        assert_eq!(rows(&extraction), expected);
        assert_eq!(extraction.problems, []);
    }

    #[test]
    fn only_folders_that_name_their_package_are_wanted() {
        for (path, expected) in [
            (FOLDER, Some(("poco", "1.12.4"))),
            (
                "srv/full_deploy/host/zlib/1.3.1/Release/x86_64/conaninfo.txt",
                Some(("zlib", "1.3.1")),
            ),
            ("full_deploy/build/cmake/3.27.7/conaninfo.txt", Some(("cmake", "3.27.7"))),
            // Conan 2: whose it is stands in the cache's table.
            ("root/.conan2/p/b/zlib3e1f0a/p/conaninfo.txt", None),
            ("srv/direct_deploy/zlib/conaninfo.txt", None),
            ("srv/full_deploy/other/zlib/1.3.1/conaninfo.txt", None),
            ("package/6af9/conaninfo.txt", None),
            ("conaninfo.txt", None),
        ] {
            let path = ImagePath::new(path);
            let found = place(&path).and_then(|place| match place {
                Place::Folder { name, version } => Some((name, version)),
                Place::Cache => None,
            });
            assert_eq!(found, expected, "{path}");
        }
    }

    #[test]
    fn the_cache_names_each_package_once() {
        let content = database(&[
            V::Text("fmt/10.2.1"),
            V::Text("fmt/10.2.1"),
            V::Text("openssl/3.2.1@company/stable"),
            V::Text("no reference"),
        ]);
        let extraction = run(CACHE, &content);
        let installed = FoundState::Installed;
        assert_eq!(
            rows(&extraction),
            [("fmt", "10.2.1", installed), ("openssl", "3.2.1", installed)]
        );
        assert_eq!(extraction.problems[0].detail, "1 rows that name no package");
        assert_eq!(run(CACHE, b"").problems, []);
    }

    #[test]
    fn what_cannot_be_read_is_told() {
        let other = sqlite::database(&[("a", "CREATE TABLE a (x)", Vec::new())]);
        let cut = &database(&[V::Text("fmt/10.2.1")])[..600];
        for (path, content) in [
            (CACHE, &b"text"[..]),
            (CACHE, &other),
            (CACHE, cut),
            (FOLDER, b"[full_requires]\nzlib\n"),
            ("a/b c/1/_/_/package/id/conaninfo.txt", b""),
        ] {
            let extraction = run(path, content);
            assert_eq!(extraction.problems.len(), 1, "{path}: {:?}", extraction.problems);
        }
        let limits = Limits { packages_per_file: 2, ..Limits::default() };
        let extraction = run_with(FOLDER, INFO.as_bytes(), &limits);
        assert_eq!(extraction.packages().count(), 2);
        assert_eq!(extraction.problems[0].kind, ProblemKind::LimitExceeded);
        // The folder's own name is not lost with its file.
        let limits = Limits { text_bytes: 10, ..Limits::default() };
        let extraction = run_with(FOLDER, INFO.as_bytes(), &limits);
        assert_eq!((extraction.packages().count(), extraction.problems.len()), (1, 1));
    }

    proptest! {
        #[test]
        fn any_bytes_end(content: Vec<u8>, at in 0..1000_usize, byte: u8) {
            run(FOLDER, &[b"[full_requires]\n", &content[..]].concat());
            let mut damaged = database(&[V::Text("fmt/10.2.1")]);
            damaged[at] = byte;
            run(CACHE, &damaged);
        }
    }
}
