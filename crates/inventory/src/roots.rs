//! Other roots in an image: of a chroot, of an unpacked root file system, of the layers that a container engine in it keeps. What lies
//! below one is a system of its own, with its own distribution.

use crate::extractors::lies_in_tests;

/// Directories of which a root is made: what lies in them belongs to the root above.
pub(crate) const PARTS_OF_ROOT: [&str; 6] = ["etc", "lib", "usr", "usr/lib", "var", "var/lib"];

/// Where OSTree keeps the deployments of which one is the image's own root.
const DEPLOYMENTS: [&str; 2] = ["ostree", "sysroot/ostree"];

/// True for a directory that may be the root of a system of its own. What software brings to test itself is none.
pub(crate) fn may_be_root(directory: &str) -> bool {
    let is_below = |above: &str| {
        directory.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    !DEPLOYMENTS.iter().any(|above| is_below(above)) && !lies_in_tests(directory)
}

/// The part of a path that lies below a directory; `None` where it lies elsewhere. The empty text is the root of the image.
pub(crate) fn inside<'p>(directory: &str, path: &'p str) -> Option<&'p str> {
    match directory {
        "" => Some(path),
        _ => path.strip_prefix(directory)?.strip_prefix('/'),
    }
}

/// The path of what lies below a directory.
pub(crate) fn join(directory: &str, inside: &str) -> String {
    if directory.is_empty() { inside.to_owned() } else { format!("{directory}/{inside}") }
}
