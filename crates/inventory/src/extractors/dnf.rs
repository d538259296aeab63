//! Which repository each rpm package came from, as dnf remembers it: its history (dnf 4) and its system state (dnf 5).
//!
//! The history is a SQLite database whose schema is that of libdnf (`libdnf/transaction/sql`): packages in `rpm`, repositories in
//! `repo`, and `trans_item` says what was done to which package from which repository. Its write-ahead log lies beside it in most
//! images: dnf leaves it there when all of it has been merged, so that it is not looked at. The state of dnf 5 is TOML
//! (`dnf5-system-state(7)`).

use std::collections::HashMap;

use plimsoll_core::{PackageType, Problem, ProblemKind};

use crate::pages::{File, malformed};
use crate::sqlite::{Database, MAGIC, Row, Table, Value};
use crate::{About, Extraction, Extractor, Fact, Pattern, WantedFile};

pub(crate) static DNF: Extractor = Extractor {
    id: "dnf",
    summary: "The repositories of rpm packages: dnf's history and system state",
    patterns: &[
        Pattern::Path("usr/lib/sysimage/libdnf5/nevras.toml"),
        Pattern::Path("var/lib/dnf/history.sqlite"),
    ],
    extract,
    makes_root: false,
    ..Extractor::RECORD
};

/// A row of any of the three tables is a few names and numbers.
const ROW_BYTES: usize = 16 << 10;

fn extract(file: &WantedFile<'_>) -> Extraction {
    if file.path.file_name().ends_with(".toml") {
        return state(file);
    }
    let mut buffer = Vec::new();
    let database = File::new(file.content);
    match database.piece(0, MAGIC.len(), &mut buffer) {
        Ok(magic) if magic == MAGIC => {}
        // Made and never written to.
        _ if file.content.size() == 0 => return Extraction::default(),
        _ => return Extraction::malformed("no database of SQLite"),
    }
    History::new(file.limits.packages_per_file).read(&database)
}

/// The tables as far as they were read.
struct History {
    /// Rows of a table that are still taken.
    limit: usize,
    repositories: HashMap<i64, String>,
    packages: HashMap<i64, About>,
    /// By the package, the number of what was done to it last, and the repository.
    origins: HashMap<i64, (i64, i64)>,
    damage: Option<Problem>,
    too_many: bool,
}

/// What dnf does that leaves a package installed: install, downgrade, obsolete another, upgrade, reinstall
/// (libdnf, `TransactionItemAction`). The other actions are of the package that makes room.
const INSTALLING: [i64; 5] = [1, 2, 4, 6, 9];

impl History {
    fn new(limit: usize) -> Self {
        Self {
            limit,
            repositories: HashMap::new(),
            packages: HashMap::new(),
            origins: HashMap::new(),
            damage: None,
            too_many: false,
        }
    }

    fn read(mut self, file: &File<'_>) -> Extraction {
        if let Err(problem) = self.tables(file) {
            self.damage.get_or_insert(problem);
        }
        self.finish()
    }

    fn tables(&mut self, file: &File<'_>) -> Result<(), Problem> {
        let database = Database::open(file)?;
        self.rows(&database, "repo", &["id", "repoid"], |history, row, columns| {
            let [id, name] = *columns else { return None };
            history.repositories.insert(row.key(id)?, row.value(name)?.text()?);
            Some(())
        })?;
        let columns = ["item_id", "name", "epoch", "version", "release"];
        self.rows(&database, "rpm", &columns, |history, row, columns| {
            let [id, name, epoch, version, release] = *columns else { return None };
            let text = |column| row.value(column).and_then(Value::text);
            let mut about = About::new(PackageType::Rpm, text(name)?);
            let epoch = row.value(epoch).and_then(Value::integer).filter(|epoch| *epoch > 0);
            let epoch = epoch.map(|epoch| format!("{epoch}:")).unwrap_or_default();
            about.version = Some(format!("{epoch}{}-{}", text(version)?, text(release)?));
            history.packages.insert(row.key(id)?, about);
            Some(())
        })?;
        let columns = ["id", "item_id", "repo_id", "action"];
        self.rows(&database, "trans_item", &columns, |history, row, columns| {
            let [id, item, repository, action] = *columns else { return None };
            let done = row.key(id)?;
            let number = |column| row.value(column).and_then(Value::integer);
            // An item need be neither of a repository nor of a package.
            let (Some(item), Some(repository)) = (number(item), number(repository)) else {
                return Some(());
            };
            let is_newer = history.origins.get(&item).is_none_or(|(before, _)| *before < done);
            if INSTALLING.contains(&number(action)?) && is_newer {
                history.origins.insert(item, (done, repository));
            }
            Some(())
        })
    }

    /// Gives the rows of a table to `take`, with the positions of the named columns; `None` of it is a damaged row.
    fn rows(
        &mut self,
        database: &Database<'_>,
        name: &str,
        columns: &[&str],
        take: fn(&mut Self, &Row<'_>, &[usize]) -> Option<()>,
    ) -> Result<(), Problem> {
        let table = database.table(name)?;
        let missing = || malformed(&format!("no table {name} as dnf makes it"));
        let table = table.ok_or_else(missing)?;
        let columns = positions(&table, columns).ok_or_else(missing)?;
        let mut left = self.limit;
        database.rows(&table, ROW_BYTES, &mut |row| {
            let Some(fewer) = left.checked_sub(1) else {
                self.too_many = true;
                return false;
            };
            left = fewer;
            let taken = row.and_then(|row| {
                take(self, &row, &columns).ok_or_else(|| malformed("a row without its columns"))
            });
            if let Err(problem) = taken {
                self.damage.get_or_insert(problem);
            }
            true
        });
        Ok(())
    }

    fn finish(mut self) -> Extraction {
        let mut extraction = Extraction::default();
        let mut origins: Vec<_> = self.origins.into_iter().collect();
        origins.sort_unstable();
        for (item, (_, repository)) in origins {
            let repository = self.repositories.get(&repository).filter(|name| is_remote(name));
            if let (Some(mut about), Some(repository)) = (self.packages.remove(&item), repository) {
                about.repository = Some(repository.clone());
                extraction.facts.push(Fact::About(about));
            }
        }
        if self.too_many {
            let detail = format!("more than {} rows of a table", self.limit);
            extraction.problems.push(Problem::new(ProblemKind::LimitExceeded, detail));
        }
        extraction.problems.extend(self.damage);
        extraction
    }
}

fn positions(table: &Table, columns: &[&str]) -> Option<Vec<usize>> {
    columns.iter().map(|column| table.column(column)).collect()
}

/// False for what stands where the repository is not known: the system itself, a package given as a file.
fn is_remote(repository: &str) -> bool {
    !repository.is_empty() && !repository.starts_with('@')
}

/// `nevras.toml`: a table of each package, either as one line or under a heading.
fn state(file: &WantedFile<'_>) -> Extraction {
    let text = match file.text() {
        Ok(text) => text,
        Err(problem) => return Extraction::failed(problem),
    };
    let mut extraction = Extraction::default();
    let mut bad = 0_usize;
    let mut package = None;
    for line in text.lines().map(str::trim) {
        if let Some(heading) = line.strip_prefix('[') {
            package = quoted(heading.trim_end_matches(']').trim_start_matches("nevras."));
            continue;
        }
        let (name, value) = match (line.starts_with('"'), line.split_once('=')) {
            (true, Some((name, value))) => (quoted(name), value),
            (false, Some((_, _))) => (package, line),
            (_, None) => continue,
        };
        let (Some(name), Some(repository)) = (name, from_repo(value)) else { continue };
        if extraction.facts.len() >= file.limits.packages_per_file {
            let detail = format!("more than {} packages", file.limits.packages_per_file);
            extraction.problems.push(Problem::new(ProblemKind::LimitExceeded, detail));
            break;
        }
        match split_nevra(name) {
            Some((name, version)) if is_remote(repository) => {
                let mut about = About::new(PackageType::Rpm, name);
                about.version = Some(version.to_owned());
                about.repository = Some(repository.to_owned());
                extraction.facts.push(Fact::About(about));
            }
            Some(_) => {}
            None => bad += 1,
        }
    }
    if bad > 0 {
        let detail = format!("{bad} names that are none of a package");
        extraction.problems.push(Problem::new(ProblemKind::Malformed, detail));
    }
    extraction
}

/// The repository in `{from_repo="fedora"}` or `from_repo = "fedora"`.
fn from_repo(value: &str) -> Option<&str> {
    let (_, value) = value.split_once("from_repo")?;
    quoted(value.trim_start().strip_prefix('=')?)
}

/// What stands between the first two quotes.
fn quoted(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once('"')?;
    rest.split_once('"').map(|(inside, _)| inside)
}

/// Name and `[epoch:]version-release` of `name-[epoch:]version-release.arch`.
fn split_nevra(nevra: &str) -> Option<(&str, &str)> {
    let (rest, arch) = nevra.rsplit_once('.')?;
    let (before_release, release) = rest.rsplit_once('-')?;
    let (name, version) = before_release.rsplit_once('-')?;
    let is_whole = [arch, release, name, version].iter().all(|part| !part.is_empty());
    is_whole.then_some(())?;
    Some((name, rest.get(name.len() + 1..)?))
}

#[cfg(test)]
mod tests {
    use plimsoll_core::{ImagePath, Limits};
    use plimsoll_testkit::sqlite::{self, Value as V};
    use proptest::prelude::*;

    use super::*;

    const HISTORY: &str = "var/lib/dnf/history.sqlite";
    const STATE: &str = "usr/lib/sysimage/libdnf5/nevras.toml";

    fn extract_at(path: &str, content: &[u8]) -> Extraction {
        let path = ImagePath::new(path);
        extract(&WantedFile::whole(&path, &content.to_vec(), &Limits::default()))
    }

    fn rows(extraction: &Extraction) -> Vec<(String, String, String)> {
        let row = |fact: &Fact| match fact {
            Fact::About(about) => {
                assert_eq!(about.kind, "rpm");
                (
                    about.name.clone(),
                    about.version.clone().unwrap(),
                    about.repository.clone().unwrap(),
                )
            }
            fact => panic!("{fact:?}"),
        };
        extraction.facts.iter().map(row).collect()
    }

    fn history(items: &[[i64; 4]]) -> Vec<u8> {
        let rpm = |id, name, epoch, version| {
            vec![
                V::Integer(id),
                V::Text(name),
                V::Integer(epoch),
                V::Text(version),
                V::Text("1.el9"),
                V::Text("x86_64"),
            ]
        };
        let repo = |name| vec![V::Null, V::Text(name)];
        let items = items.iter().map(|[item, repository, action, _]| {
            vec![
                V::Null,
                V::Integer(1),
                V::Integer(*item),
                V::Integer(*repository),
                V::Integer(*action),
                V::Integer(2),
                V::Integer(1),
            ]
        });
        sqlite::database(&[
            (
                "repo",
                "CREATE TABLE repo (id INTEGER PRIMARY KEY, repoid TEXT NOT NULL /* the (repository), so */)",
                vec![repo("baseos"), repo("appstream"), repo("@System")],
            ),
            (
                "rpm",
                "CREATE TABLE rpm (item_id INTEGER UNIQUE NOT NULL, name TEXT NOT NULL, epoch INTEGER NOT NULL, \
                 version TEXT NOT NULL, release TEXT NOT NULL, arch TEXT NOT NULL, FOREIGN KEY(item_id) REFERENCES item(id))",
                vec![
                    rpm(10, "bash", 0, "5.1"),
                    rpm(11, "bind", 32, "9.16"),
                    rpm(12, "bash", 0, "5.2"),
                ],
            ),
            (
                "trans_item",
                "CREATE TABLE trans_item (id INTEGER PRIMARY KEY, trans_id INTEGER, item_id INTEGER, repo_id INTEGER, \
                 action INTEGER, reason INTEGER, state INTEGER)",
                items.collect(),
            ),
        ])
    }

    #[test]
    fn the_history_tells_the_repository_of_each_package_with_its_epoch() {
        let file = history(&[[10, 1, 1, 0], [11, 2, 1, 0], [12, 2, 6, 0], [10, 3, 7, 0]]);
        let extraction = extract_at(HISTORY, &file);
        assert_eq!(extraction.problems, []);
        let row = |name: &str, version: &str, repository: &str| {
            (name.to_owned(), version.to_owned(), repository.to_owned())
        };
        assert_eq!(
            rows(&extraction),
            [
                row("bash", "5.1-1.el9", "baseos"),
                row("bind", "32:9.16-1.el9", "appstream"),
                row("bash", "5.2-1.el9", "appstream"),
            ]
        );
    }

    #[test]
    fn what_was_done_last_counts_and_the_system_is_no_repository() {
        let file = history(&[[10, 1, 1, 0], [10, 2, 9, 0], [11, 3, 1, 0]]);
        let extraction = extract_at(HISTORY, &file);
        assert_eq!(rows(&extraction), [("bash".into(), "5.1-1.el9".into(), "appstream".into())]);
    }

    #[test]
    fn a_file_that_is_no_history_is_told() {
        let other = sqlite::database(&[("a", "CREATE TABLE a (x)", Vec::new())]);
        assert_eq!(extract_at(HISTORY, &other).problems[0].detail, "no table repo as dnf makes it");
        assert_eq!(extract_at(HISTORY, b"text").problems[0].kind, ProblemKind::Malformed);
        let whole = history(&[[10, 1, 1, 0]]);
        assert!(!extract_at(HISTORY, &whole[..whole.len() - 5000]).problems.is_empty());
        assert!(extract_at(HISTORY, b"").problems.is_empty());
    }

    #[test]
    fn the_limits_are_kept_and_told() {
        let limits = Limits { packages_per_file: 1, ..Limits::default() };
        let path = ImagePath::new(HISTORY);
        let file = history(&[[10, 1, 1, 0], [11, 2, 1, 0]]);
        let extraction = extract(&WantedFile::whole(&path, &file, &limits));
        assert_eq!(extraction.facts.len(), 1);
        assert_eq!(extraction.problems[0].kind, ProblemKind::LimitExceeded);
    }

    #[test]
    fn the_state_of_dnf_5_is_read_in_both_ways_of_writing_it() {
        let text = "version = \"1.0\"\n[nevras]\n\"bash-5.2.26-3.fc40.x86_64\" = {from_repo=\"fedora\"}\n\
            \"bind-libs-32:9.18.26-1.fc40.x86_64\" = { from_repo = \"updates\" }\n\
            \"own-1-1.noarch\" = {from_repo=\"@commandline\"}\n\"short\" = {from_repo=\"fedora\"}\n\
            [nevras.\"zlib-ng-compat-2.1.6-2.fc40.i686\"]\nfrom_repo = \"fedora\"\n";
        let extraction = extract_at(STATE, text.as_bytes());
        let row = |name: &str, version: &str, repository: &str| {
            (name.to_owned(), version.to_owned(), repository.to_owned())
        };
        assert_eq!(
            rows(&extraction),
            [
                row("bash", "5.2.26-3.fc40", "fedora"),
                row("bind-libs", "32:9.18.26-1.fc40", "updates"),
                row("zlib-ng-compat", "2.1.6-2.fc40", "fedora"),
            ]
        );
        assert_eq!(extraction.problems[0].detail, "1 names that are none of a package");
    }

    proptest! {
        #[test]
        fn mutated_histories_never_panic(changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..30)) {
            let mut file = history(&[[10, 1, 1, 0], [11, 2, 1, 0]]);
            for (at, byte) in changes {
                let at = at.index(file.len());
                file[at] = byte;
            }
            extract_at(HISTORY, &file);
        }

        #[test]
        fn any_text_is_read_without_a_panic(
            text in "(\\[?\"?[a-z.:-]{0,9}\"?\\]?( ?= ?\\{?from_repo=\"?[a-z@]{0,5}\"?)?\\n?\\PC{0,3}){0,9}",
        ) {
            extract_at(STATE, text.as_bytes());
        }
    }
}
