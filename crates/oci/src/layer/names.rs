use plimsoll_core::ImagePath;

/// What a name in a layer means (OCI image specification, `layer.md`, "Representing Changes").
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// An entry of this name.
    Entry,
    /// The named path is gone.
    Whiteout(ImagePath),
    /// The content of the named directory is gone.
    Opaque(ImagePath),
    /// Not part of the image: notes of aufs, and of tools that pull layers lazily.
    Note,
    /// A whiteout of nothing that a directory can hold.
    Invalid,
}

const WHITEOUT: &str = ".wh.";
const AUFS_NOTE: &str = ".wh..wh.";
const OPAQUE: &str = ".wh..wh..opq";

/// What eStargz adds to a layer, at its root (containerd stargz-snapshotter, `docs/estargz.md`).
const ESTARGZ_NOTES: [&str; 3] =
    ["stargz.index.json", ".prefetch.landmark", ".no.prefetch.landmark"];

pub(super) fn role(path: &ImagePath) -> Role {
    if ESTARGZ_NOTES.contains(&path.as_str()) {
        return Role::Note;
    }
    if !path.as_str().contains(WHITEOUT) {
        return Role::Entry;
    }
    let (parent, name) = (path.parent(), path.file_name());
    if name == OPAQUE {
        return Role::Opaque(ImagePath::new(parent));
    }
    // Only at the root, as with whoever unpacks layers: below it such a name hides nothing of what lies in the directory.
    if path.as_str().starts_with(AUFS_NOTE) {
        return Role::Note;
    }
    match name.strip_prefix(WHITEOUT) {
        None => Role::Entry,
        Some("" | "." | "..") => Role::Invalid,
        Some(removed) if parent.is_empty() => Role::Whiteout(ImagePath::new(removed)),
        Some(removed) => Role::Whiteout(ImagePath::new(&format!("{parent}/{removed}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_mean_what_the_specification_says() {
        let whiteout = |path| Role::Whiteout(ImagePath::new(path));
        let opaque = |path| Role::Opaque(ImagePath::new(path));
        for (name, role_of_name) in [
            ("etc/passwd", Role::Entry),
            ("etc/.wh.passwd", whiteout("etc/passwd")),
            (".wh.etc", whiteout("etc")),
            ("etc/.wh..wh..opq", opaque("etc")),
            (".wh..wh..opq", opaque("")),
            (".wh..wh.plnk", Role::Note),
            (".wh..wh.plnk/12.34", Role::Note),
            (".wh..wh.aufs", Role::Note),
            ("usr/.wh..wh.hidden/package.json", Role::Entry),
            ("usr/.wh..wh.hidden", whiteout("usr/.wh.hidden")),
            ("etc/.wh.", Role::Invalid),
            ("etc/.wh..", Role::Invalid),
            ("etc/.wh...", Role::Invalid),
            ("etc/.wh..profile", whiteout("etc/.profile")),
            ("etc/x.wh.y", Role::Entry),
            (".wh.dir/file", Role::Entry),
            ("stargz.index.json", Role::Note),
            (".no.prefetch.landmark", Role::Note),
            ("usr/stargz.index.json", Role::Entry),
        ] {
            assert_eq!(role(&ImagePath::new(name)), role_of_name, "{name}");
        }
    }
}
