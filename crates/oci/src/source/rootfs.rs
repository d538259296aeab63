//! Root file systems in a directory of the host, walked as if they were one layer.

mod beneath;
mod exclusions;

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use plimsoll_core::{ImagePath, Limits, Problem, ProblemKind};
use rustix::fs::{FileType, Stat};

use crate::{Deadline, LayerEntry, LayerEntryKind, LayerSink, OciError};
use beneath::{Beneath, OpenDirectory};
pub use exclusions::Exclusions;

/// File systems that the kernel makes up (`linux/magic.h`): proc, sysfs, both cgroups, devpts, debugfs, tracefs, securityfs, bpf,
/// configfs, pstore, mqueue, hugetlbfs, efivarfs, fusectl, selinuxfs, binfmt_misc, nsfs.
const KERNEL_FILE_SYSTEMS: [u64; 18] = [
    0x9fa0,
    0x6265_6572,
    0x27_e0eb,
    0x6367_7270,
    0x1cd1,
    0x6462_6720,
    0x7472_6163,
    0x7363_6673,
    0xcafe_4a11,
    0x6265_6570,
    0x6165_676c,
    0x1980_0202,
    0x9584_58f6,
    0xde5e_81e4,
    0x6573_5543,
    0xf97c_ff8c,
    0x4249_4e4d,
    0x6e73_6673,
];

/// Bytes of a file that are offered before its content.
const PREFIX_BYTES: usize = 64;

/// A root file system that was found and not walked yet.
pub struct Rootfs {
    /// The directory as it was typed, for people.
    pub name: String,
    root: Beneath,
    exclusions: Exclusions,
    limits: Limits,
}

/// What is known of a root file system once it was walked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WalkedRootfs {
    /// Files, directories, links and the rest that were offered.
    pub entries: u64,
    pub problems: Vec<Problem>,
    /// Problems beyond [`Limits::problems`].
    pub problems_dropped: u64,
}

impl Rootfs {
    /// # Errors
    /// [`OciError`] where there is no such directory, it cannot be opened, or a pattern is none.
    pub fn open(directory: &Path, exclude: &[String], limits: &Limits) -> Result<Self, OciError> {
        let name = directory.display().to_string();
        let what = || format!("the directory `{name}`");
        let root = Beneath::open(directory).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => OciError::NotFound { what: what(), hint: None },
            _ => OciError::Io { what: what(), source },
        })?;
        let exclusions = Exclusions::new(exclude)?;
        Ok(Self { name, root, exclusions, limits: *limits })
    }

    /// Offers everything below the root to the sink: directory by directory, in each by name, a directory before what is in it. The order
    /// depends on names only. Symbolic links are offered, never followed; hard links are files. Pipes, sockets and devices are not opened.
    ///
    /// What is mounted below is walked too, except for what the kernel makes up: `/proc`, `/sys` and the like wherever
    /// they are mounted, and a mounted `/dev`. They are no content and no gap in the coverage.
    ///
    /// # Errors
    /// [`OciError::TimedOut`] where the deadline passes first.
    pub fn walk(
        &self,
        deadline: Deadline,
        sink: &mut dyn LayerSink,
    ) -> Result<WalkedRootfs, OciError> {
        let mut walk = Walk { rootfs: self, deadline, sink, walked: WalkedRootfs::default() };
        walk.run();
        deadline.check().map(|()| walk.walked)
    }
}

/// A directory still to be read.
struct Pending {
    /// Below the root, in the bytes of the host.
    path: Vec<u8>,
    depth: usize,
    /// Of the file system of the directory above.
    device: u64,
}

struct Walk<'a> {
    rootfs: &'a Rootfs,
    deadline: Deadline,
    sink: &'a mut dyn LayerSink,
    walked: WalkedRootfs,
}

impl Walk<'_> {
    /// One directory is open at a time, and one file: what is pending is only a name.
    fn run(&mut self) {
        let mut pending = vec![Pending { path: Vec::new(), depth: 0, device: 0 }];
        while let Some(directory) = pending.pop()
            && !self.deadline.has_passed()
        {
            let (path, _) = ImagePath::from_archive(&directory.path);
            match self.directory(&directory) {
                Ok(Some(below)) => pending.extend(below),
                Ok(None) => {}
                Err(error) => self.unreadable(&path, &error),
            }
            let limit = self.rootfs.limits.layer_entries;
            if self.walked.entries >= limit && !pending.is_empty() {
                let detail = format!("it has more than the {limit} entries that are read");
                self.problem(ProblemKind::LimitExceeded, detail, &path);
                break;
            }
        }
    }

    /// Offers what is in a directory, and gives the directories in it, the first in order last.
    fn directory(&mut self, pending: &Pending) -> io::Result<Option<Vec<Pending>>> {
        let limits = &self.rootfs.limits;
        let open = self.rootfs.root.directory(&pending.path)?;
        let device = open.device()?;
        let is_root = pending.path.is_empty();
        if !is_root && device != pending.device && is_made_up(&pending.path, &open)? {
            return Ok(None);
        }
        let left = limits.layer_entries.saturating_sub(self.walked.entries);
        let (names, more) = open.names(usize::try_from(left).unwrap_or(usize::MAX))?;
        let mut below = Vec::new();
        for name in names {
            let separator: &[u8] = if is_root { b"" } else { b"/" };
            let path = [pending.path.as_slice(), separator, &name].concat();
            let (shown, _) = ImagePath::from_archive(&path);
            if self.rootfs.exclusions.contains(shown.as_str()) {
                continue;
            }
            if path.len() > limits.path_bytes {
                let detail = format!("its path is longer than {} bytes", limits.path_bytes);
                self.problem(ProblemKind::LimitExceeded, detail, &shown);
                continue;
            }
            match self.entry(&open, &name, &shown) {
                Ok(true) if pending.depth < limits.directory_depth => {
                    below.push(Pending { path, depth: pending.depth + 1, device });
                }
                Ok(true) => {
                    let detail =
                        format!("directories deeper than {} are not read", limits.directory_depth);
                    self.problem(ProblemKind::LimitExceeded, detail, &shown);
                }
                Ok(false) => {}
                Err(error) => self.unreadable(&shown, &error),
            }
        }
        if more {
            let (shown, _) = ImagePath::from_archive(&pending.path);
            let detail =
                format!("it has more than the {} entries that are read", limits.layer_entries);
            self.problem(ProblemKind::LimitExceeded, detail, &shown);
        }
        below.reverse();
        Ok(Some(below))
    }

    /// Offers one entry; true for a directory.
    fn entry(&mut self, open: &OpenDirectory, name: &[u8], path: &ImagePath) -> io::Result<bool> {
        let stat = open.stat(name)?;
        let mode = stat.st_mode & 0o7777;
        let offer = |walk: &mut Self, kind| {
            let entry = LayerEntry { path, kind, mode, size: 0, prefix: &[] };
            walk.offer(&entry, &mut io::empty());
        };
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::Directory => {
                offer(self, LayerEntryKind::Directory);
                return Ok(true);
            }
            FileType::RegularFile => self.file(open.file(name)?, &stat, path)?,
            FileType::Symlink => {
                let target = open.link_target(name)?;
                offer(self, LayerEntryKind::Symlink { target: &lossless(&target) });
            }
            _ => offer(self, LayerEntryKind::Special),
        }
        Ok(false)
    }

    fn file(&mut self, mut file: File, stat: &Stat, path: &ImagePath) -> io::Result<()> {
        let size = u64::try_from(stat.st_size).unwrap_or(0);
        let mut prefix = Vec::with_capacity(PREFIX_BYTES);
        (&mut file).take(size.min(PREFIX_BYTES as u64)).read_to_end(&mut prefix)?;
        let mode = stat.st_mode & 0o7777;
        let entry = LayerEntry { path, kind: LayerEntryKind::File, mode, size, prefix: &prefix };
        // A file that grows while it is read, a log, ends where it ended when it was looked at.
        let rest = size.saturating_sub(prefix.len() as u64);
        let rest = self.deadline.bound_file(file.take(rest));
        self.offer(&entry, &mut prefix.chain(rest));
        Ok(())
    }

    fn offer(&mut self, entry: &LayerEntry<'_>, content: &mut dyn Read) {
        self.walked.entries += 1;
        self.sink.entry(entry, content);
    }

    fn unreadable(&mut self, path: &ImagePath, error: &io::Error) {
        // What is gone since its directory was read is no gap: it is not part of the file system any more.
        if error.kind() != io::ErrorKind::NotFound {
            self.problem(ProblemKind::Unreadable, error.to_string(), path);
        }
    }

    fn problem(&mut self, kind: ProblemKind, detail: String, path: &ImagePath) {
        if self.walked.problems.len() < self.rootfs.limits.problems {
            self.walked.problems.push(Problem::new(kind, detail).at(path));
        } else {
            self.walked.problems_dropped += 1;
        }
    }
}

/// True for the root of a mounted file system that is the kernel's. That of `/dev` cannot be told from a temporary one.
fn is_made_up(path: &[u8], directory: &OpenDirectory) -> io::Result<bool> {
    Ok(path == b"dev" || KERNEL_FILE_SYSTEMS.contains(&directory.file_system()?))
}

/// Bytes that are not UTF-8 stand as `\xNN`, as in an [`ImagePath`].
fn lossless(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            text.push_str(&format!("\\x{byte:02X}"));
        }
    }
    text
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test writes its own files")]
mod tests {
    use std::os::unix::ffi::OsStringExt;
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::os::unix::net::UnixListener;
    use std::time::Duration;

    use super::*;

    /// Entries as lines: kind, path, and what belongs to the kind.
    #[derive(Default)]
    struct Lines(Vec<String>);

    impl LayerSink for Lines {
        fn entry(&mut self, entry: &LayerEntry<'_>, content: &mut dyn Read) {
            let path = entry.path;
            let mut bytes = Vec::new();
            content.read_to_end(&mut bytes).unwrap();
            let text = String::from_utf8_lossy(&bytes);
            self.0.push(match entry.kind {
                LayerEntryKind::File => {
                    assert_eq!(entry.size, bytes.len() as u64);
                    assert!(bytes.starts_with(entry.prefix));
                    format!("f {path} {:o} {text}", entry.mode)
                }
                LayerEntryKind::Directory => format!("d {path}"),
                LayerEntryKind::Symlink { target } => format!("l {path} {target}"),
                LayerEntryKind::Special => format!("s {path}"),
                kind => panic!("{kind:?}"),
            });
        }
    }

    fn walk(root: &Path, exclude: &[&str], limits: &Limits) -> (Vec<String>, WalkedRootfs) {
        let exclude: Vec<_> = exclude.iter().map(|&pattern| pattern.to_owned()).collect();
        let mut lines = Lines::default();
        let walked = Rootfs::open(root, &exclude, limits)
            .unwrap()
            .walk(Deadline::NEVER, &mut lines)
            .unwrap();
        assert_eq!(walked.entries, lines.0.len() as u64);
        (lines.0, walked)
    }

    fn write(path: &Path, text: &str) {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o640)).unwrap();
    }

    fn tree() -> tempfile::TempDir {
        let outside = tempfile::tempdir().unwrap();
        let root = outside.path().join("root");
        write(&outside.path().join("secret"), "secret");
        write(&root.join("etc/os-release"), "ID=x");
        write(&root.join("usr/lib/b"), "b");
        write(&root.join("a"), "");
        symlink("../../secret", root.join("etc/out")).unwrap();
        symlink("..", root.join("usr/up")).unwrap();
        std::fs::hard_link(root.join("usr/lib/b"), root.join("usr/lib/a")).unwrap();
        outside
    }

    #[test]
    fn everything_is_offered_in_order_and_links_are_not_followed() {
        let outside = tree();
        let (lines, walked) = walk(&outside.path().join("root"), &[], &Limits::default());
        assert_eq!(
            lines,
            [
                "f a 640 ",
                "d etc",
                "d usr",
                "f etc/os-release 640 ID=x",
                "l etc/out ../../secret",
                "d usr/lib",
                "l usr/up ..",
                "f usr/lib/a 640 b",
                "f usr/lib/b 640 b",
            ]
        );
        assert_eq!(walked.problems, []);
    }

    #[test]
    fn pipes_and_sockets_are_not_opened() {
        let root = tempfile::tempdir().unwrap();
        let fifo = root.path().join("fifo");
        assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
        let _socket = UnixListener::bind(root.path().join("socket")).unwrap();
        let (lines, walked) = walk(root.path(), &[], &Limits::default());
        assert_eq!((lines, walked.problems), (vec!["s fifo".into(), "s socket".into()], vec![]));
    }

    #[test]
    fn what_is_excluded_is_left_out_with_everything_below() {
        let outside = tree();
        let root = outside.path().join("root");
        let (lines, _) = walk(&root, &["usr", "**/os-*"], &Limits::default());
        assert_eq!(lines, ["f a 640 ", "d etc", "l etc/out ../../secret"]);
        assert!(Rootfs::open(&root, &["/".to_owned()], &Limits::default()).is_err());
    }

    #[test]
    fn names_that_are_not_utf8_are_kept() {
        let root = tempfile::tempdir().unwrap();
        let name = std::ffi::OsString::from_vec(b"a\xff".to_vec());
        symlink(&name, root.path().join("link")).unwrap();
        write(&root.path().join(&name).join("f"), "x");
        let (lines, _) = walk(root.path(), &[], &Limits::default());
        assert_eq!(lines, ["d a\\xFF", "l link a\\xFF", "f a\\xFF/f 640 x"]);
    }

    #[test]
    fn a_walk_that_takes_too_long_is_an_error() {
        let outside = tree();
        let root = Rootfs::open(outside.path(), &[], &Limits::default()).unwrap();
        let walked = root.walk(Deadline::after(Duration::ZERO), &mut Lines::default());
        assert!(matches!(walked, Err(OciError::TimedOut { .. })), "{walked:?}");
    }

    #[test]
    fn limits_are_told() {
        let outside = tree();
        let root = outside.path().join("root");
        for limits in [
            Limits { layer_entries: 2, ..Limits::default() },
            Limits { layer_entries: 3, ..Limits::default() },
            Limits { layer_entries: 8, ..Limits::default() },
            Limits { directory_depth: 1, ..Limits::default() },
            Limits { path_bytes: 8, ..Limits::default() },
        ] {
            let (lines, walked) = walk(&root, &[], &limits);
            assert!(lines.len() as u64 <= limits.layer_entries);
            let kinds: Vec<_> = walked.problems.iter().map(|problem| problem.kind).collect();
            assert!(kinds.contains(&ProblemKind::LimitExceeded), "{limits:?}");
        }
        let (_, walked) = walk(&root, &[], &Limits { layer_entries: 9, ..Limits::default() });
        assert_eq!(walked.problems, []);
    }

    #[test]
    fn what_the_kernel_makes_up_is_not_walked() {
        let root = Rootfs::open(Path::new("/"), &[], &Limits::default()).unwrap();
        let above = root.root.directory(b"").unwrap().device().unwrap();
        for name in [&b"proc"[..], b"sys"] {
            let directory = root.root.directory(name).unwrap();
            // Where the tests run without them there is nothing to leave out.
            let is_mounted = directory.device().unwrap() != above;
            assert_eq!(is_made_up(name, &directory).unwrap(), is_mounted);
        }
    }
}
