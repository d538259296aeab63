/// How much of hostile input is read: the one place where every decoder's bounds stand.
///
/// Hitting one is a [`Problem`](crate::Problem) of kind `LimitExceeded` in the coverage, never a crash. The limits are part of
/// every cache key, so that a record made under other limits is not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Limits {
    /// Uncompressed bytes of one layer.
    pub layer_bytes: u64,
    /// Entries of one layer.
    pub layer_entries: u64,
    /// Bytes of one path or link target.
    pub path_bytes: usize,
    /// Bytes of one PAX header or GNU long name record.
    pub tar_header_bytes: usize,
    /// Bytes of one file that a part reads.
    pub file_bytes: u64,
    /// Bytes of one file that are held in memory; a larger one goes to an unlinked scratch file.
    pub file_memory_bytes: u64,
    /// Bytes of one text file that a part reads (metadata, manifests, package databases that are text).
    pub text_bytes: u64,
    /// Times that a compressed stream may grow, once it has given [`Limits::ratio_free_bytes`].
    pub ratio: u64,
    /// Uncompressed bytes that are given before the ratio is looked at.
    pub ratio_free_bytes: u64,
    /// Entries of one zip archive.
    pub zip_entries: usize,
    /// How deep archives are opened inside archives.
    pub archive_depth: usize,
    /// Uncompressed bytes of all archives nested in one outer archive.
    pub nested_bytes: u64,
    /// Packages that one file may yield.
    pub packages_per_file: usize,
    /// Paths that one file may say a package owns.
    pub owned_paths_per_file: usize,
    /// Symbolic links followed to resolve one path.
    pub link_steps: usize,
    /// Bytes of a manifest, index, config or other image document.
    pub document_bytes: u64,
    /// Layers of one image.
    pub layers: usize,
    /// Problems kept of one layer; more are counted only.
    pub problems: usize,
}

impl Default for Limits {
    fn default() -> Self {
        const KIB: u64 = 1 << 10;
        const MIB: u64 = 1 << 20;
        const GIB: u64 = 1 << 30;
        Self {
            layer_bytes: 64 * GIB,
            layer_entries: 5_000_000,
            path_bytes: 4 << 10,
            tar_header_bytes: 1 << 20,
            file_bytes: GIB,
            file_memory_bytes: 16 * MIB,
            text_bytes: 64 * MIB,
            ratio: 200,
            ratio_free_bytes: 64 * MIB,
            zip_entries: 400_000,
            archive_depth: 4,
            nested_bytes: GIB,
            packages_per_file: 100_000,
            owned_paths_per_file: 2_000_000,
            link_steps: 40,
            document_bytes: 8 * MIB + 512 * KIB,
            layers: 1_000,
            problems: 1_000,
        }
    }
}
