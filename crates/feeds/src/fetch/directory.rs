//! The directory of feeds while it is updated: what is fetched waits in a hidden folder, and what it takes the place of is kept
//! until a snapshot was built of it and judged.

#![expect(clippy::disallowed_methods, reason = "it is the directory of feeds that the user names")]

use std::collections::BTreeSet;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use super::error::UpdateError;

/// What is being fetched. It stays when an update is cut short, so that the next one goes on.
const INCOMING: &str = ".incoming";
/// What was replaced, until that is settled.
const OLD: &str = ".old";
/// Empty files in place of those that had no predecessor, until that is settled.
const NEW: &str = ".new";
const LOCK_FILE: &str = ".lock";
/// How deep files lie below the directory.
const DEPTH: usize = 12;

/// The directory, held by this process alone.
pub(super) struct FeedsDirectory {
    root: PathBuf,
    _lock: File,
}

impl FeedsDirectory {
    /// Makes the directory where it is not there, and undoes what an update did that was cut short.
    pub(super) fn open(root: &Path) -> Result<Self, UpdateError> {
        let failed = |source| UpdateError::Io { path: root.to_owned(), source };
        std::fs::create_dir_all(root).map_err(failed)?;
        refuse_links(root, &[LOCK_FILE])?;
        let lock = File::create(root.join(LOCK_FILE)).map_err(failed)?;
        lock.try_lock().map_err(|error| match error {
            std::fs::TryLockError::WouldBlock => UpdateError::Locked { path: root.to_owned() },
            std::fs::TryLockError::Error(source) => failed(source),
        })?;
        refuse_links(root, &[INCOMING, OLD, NEW])?;
        let directory = Self { root: root.to_owned(), _lock: lock };
        for tree in [NEW, OLD] {
            let unsettled = files_below(&root.join(tree)).map_err(failed)?;
            directory.put_back(&unsettled).map_err(failed)?;
        }
        Ok(directory)
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    pub(super) fn path(&self, file: &str) -> PathBuf {
        self.root.join(file)
    }

    /// Where a file waits until it is installed.
    pub(super) fn incoming(&self, file: &str) -> PathBuf {
        self.root.join(INCOMING).join(file)
    }

    /// Puts what came in into its place; `removed` goes, and so does what is replaced, each until it is settled or put back.
    pub(super) fn install(&self, removed: &[String], staged: &[String]) -> io::Result<()> {
        for file in removed {
            self.set_aside(file)?;
        }
        let mut seen = BTreeSet::new();
        // One that is named twice has its place after the first time.
        for file in staged.iter().filter(|file| seen.insert(*file)) {
            if !self.set_aside(file)? {
                let marker = self.root.join(NEW).join(file);
                make_parent(&marker)?;
                File::create(&marker)?;
            }
            let target = self.path(file);
            make_parent(&target)?;
            std::fs::rename(self.incoming(file), &target)?;
        }
        Ok(())
    }

    /// Brings back what there was before: as if the files had not been fetched.
    pub(super) fn put_back(&self, files: &[String]) -> io::Result<()> {
        for file in files {
            let (old, marker) = (self.root.join(OLD).join(file), self.root.join(NEW).join(file));
            if old.is_file() {
                make_parent(&self.path(file))?;
                std::fs::rename(&old, self.path(file))?;
            } else if marker.is_file() && self.path(file).is_file() {
                remove_file(&self.path(file))?;
            }
            remove_file(&marker)?;
        }
        Ok(())
    }

    /// Lets go of what was replaced, and of what came in and was not wanted. What came in part stays.
    pub(super) fn settle(&self) -> io::Result<()> {
        let incoming = self.root.join(INCOMING);
        let is_part = |file: &String| file.ends_with(".part") || file.ends_with(".part.json");
        let (parts, unwanted): (Vec<_>, Vec<_>) =
            files_below(&incoming)?.into_iter().partition(is_part);
        for file in unwanted {
            remove_file(&incoming.join(file))?;
        }
        if parts.is_empty() {
            remove_tree(&incoming)?;
        }
        remove_tree(&self.root.join(OLD))?;
        remove_tree(&self.root.join(NEW))
    }

    /// Moves a file out of the way, and says whether it had been kept already or was now.
    fn set_aside(&self, file: &str) -> io::Result<bool> {
        let (current, old) = (self.path(file), self.root.join(OLD).join(file));
        if old.is_file() {
            return Ok(true);
        }
        if !current.is_file() {
            return Ok(false);
        }
        make_parent(&old)?;
        std::fs::rename(current, old)?;
        Ok(true)
    }
}

/// What only an update makes is never a link: whoever put one there would have files elsewhere written over, moved or removed.
fn refuse_links(root: &Path, names: &[&str]) -> Result<(), UpdateError> {
    let mut waiting: Vec<_> = names.iter().map(|name| root.join(name)).collect();
    while let Some(path) = waiting.pop() {
        let failed = |source| UpdateError::Io { path: path.clone(), source };
        let kind = match std::fs::symlink_metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            metadata => metadata.map_err(failed)?.file_type(),
        };
        if kind.is_symlink() {
            return Err(UpdateError::Link { path });
        }
        if kind.is_dir() {
            for entry in std::fs::read_dir(&path).map_err(failed)? {
                waiting.push(entry.map_err(failed)?.path());
            }
        }
    }
    Ok(())
}

/// The files below a directory, by their paths below it with `/`, sorted; none where there is no directory. What is hidden is left out.
pub(super) fn files_below(directory: &Path) -> io::Result<Vec<String>> {
    let mut files = Vec::new();
    let mut waiting = vec![(directory.to_owned(), String::new(), 0)];
    while let Some((path, prefix, depth)) = waiting.pop() {
        let listing = match std::fs::read_dir(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            listing => listing?,
        };
        for entry in listing {
            let entry = entry?;
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            let kind = entry.file_type()?;
            if kind.is_dir() && depth < DEPTH {
                waiting.push((entry.path(), format!("{name}/"), depth + 1));
            } else if kind.is_file() || (kind.is_symlink() && entry.path().is_file()) {
                files.push(name);
            }
        }
    }
    files.sort();
    Ok(files)
}

/// True for a path that stays below the directory and names nothing hidden.
pub(super) fn is_safe(file: &str) -> bool {
    let is_plain = |part: &str| {
        let forbidden = |character: char| character.is_control() || character == '\\';
        !part.is_empty() && part.len() <= 255 && !part.starts_with('.') && !part.contains(forbidden)
    };
    file.len() <= 1_000 && file.split('/').count() <= DEPTH && file.split('/').all(is_plain)
}

pub(super) fn make_parent(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), std::fs::create_dir_all)
}

pub(super) fn remove_tree(path: &Path) -> io::Result<()> {
    match std::fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn remove_file(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(path: PathBuf, text: &str) {
        make_parent(&path).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn read(directory: &Path) -> Vec<(String, String)> {
        let files = files_below(directory).unwrap().into_iter().filter(|file| is_safe(file));
        let text = |file: &String| std::fs::read_to_string(directory.join(file)).unwrap();
        files.map(|file| (file.clone(), text(&file))).collect()
    }

    fn names(files: &[&str]) -> Vec<String> {
        files.iter().map(|file| (*file).to_owned()).collect()
    }

    fn pairs(files: &[(&str, &str)]) -> Vec<(String, String)> {
        files.iter().map(|(file, text)| ((*file).to_owned(), (*text).to_owned())).collect()
    }

    /// A directory in which `a` is replaced, `b/new` is new and `b/gone` goes.
    fn installed(root: &Path) -> FeedsDirectory {
        let directory = FeedsDirectory::open(root).unwrap();
        write(root.join("a"), "old");
        write(root.join("b/gone"), "gone");
        write(directory.incoming("a"), "new");
        write(directory.incoming("b/new"), "new");
        directory.install(&names(&["b/gone"]), &names(&["a", "b/new"])).unwrap();
        assert_eq!(read(root), pairs(&[("a", "new"), ("b/new", "new")]));
        directory
    }

    #[test]
    fn what_was_replaced_can_be_had_back_until_it_is_settled() {
        let root = tempfile::tempdir().unwrap();
        let directory = installed(root.path());
        directory.put_back(&names(&["a", "b/new", "b/gone"])).unwrap();
        assert_eq!(read(root.path()), pairs(&[("a", "old"), ("b/gone", "gone")]));
        drop(directory);
        let root = tempfile::tempdir().unwrap();
        let directory = installed(root.path());
        directory.settle().unwrap();
        drop(directory);
        let _again = FeedsDirectory::open(root.path()).unwrap();
        assert_eq!(read(root.path()), pairs(&[("a", "new"), ("b/new", "new")]));
    }

    #[test]
    fn what_is_staged_twice_is_installed_once() {
        let root = tempfile::tempdir().unwrap();
        let directory = FeedsDirectory::open(root.path()).unwrap();
        write(directory.incoming("a"), "new");
        directory.install(&[], &names(&["a", "a"])).unwrap();
        assert_eq!(read(root.path()), pairs(&[("a", "new")]));
    }

    #[test]
    fn an_update_that_was_cut_short_never_was() {
        let root = tempfile::tempdir().unwrap();
        drop(installed(root.path()));
        let _again = FeedsDirectory::open(root.path()).unwrap();
        assert_eq!(read(root.path()), pairs(&[("a", "old"), ("b/gone", "gone")]));
    }

    #[test]
    fn two_updates_do_not_meet() {
        let root = tempfile::tempdir().unwrap();
        let _first = FeedsDirectory::open(root.path()).unwrap();
        let second = FeedsDirectory::open(root.path()).err();
        assert!(matches!(second, Some(UpdateError::Locked { .. })));
    }

    #[test]
    fn what_only_an_update_makes_is_no_link_to_somebody_else_s_files() {
        let theirs = tempfile::tempdir().unwrap();
        write(theirs.path().join("osv/all.zip.part"), "theirs");
        for (link, target) in [
            (INCOMING, "."),
            (OLD, "."),
            (NEW, "."),
            (LOCK_FILE, "osv/all.zip.part"),
            (".incoming/osv", "osv"),
            (".incoming/osv/all.zip.part", "osv/all.zip.part"),
            (".old/gone", "nowhere"),
        ] {
            let root = tempfile::tempdir().unwrap();
            make_parent(&root.path().join(link)).unwrap();
            std::os::unix::fs::symlink(theirs.path().join(target), root.path().join(link)).unwrap();
            let refused = FeedsDirectory::open(root.path()).err();
            assert!(matches!(refused, Some(UpdateError::Link { .. })), "{link}");
            assert_eq!(read(theirs.path()), pairs(&[("osv/all.zip.part", "theirs")]), "{link}");
        }
        // A feed may lie elsewhere, and so may all of them.
        let root = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(theirs.path(), root.path().join("feeds")).unwrap();
        std::os::unix::fs::symlink(theirs.path().join("osv"), theirs.path().join("own")).unwrap();
        assert!(FeedsDirectory::open(&root.path().join("feeds")).is_ok());
    }

    #[test]
    fn a_path_stays_below_the_directory() {
        for (file, expected) in [
            ("osv/Debian/all.zip", true),
            ("osv/crates.io/all.zip", true),
            ("", false),
            ("/etc/passwd", false),
            ("a//b", false),
            ("a/../b", false),
            ("a/.hidden", false),
            ("a\\b", false),
            ("a\nb", false),
            ("a/b/", false),
        ] {
            assert_eq!(is_safe(file), expected, "{file}");
        }
    }
}
