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
    /// Bytes of one document of a feed of advisories; the largest that is published is an OVAL file of some 200 MB.
    pub feed_document_bytes: u64,
    /// Bytes of one text file that a part reads (metadata, manifests, package databases that are text).
    pub text_bytes: u64,
    /// Times that a compressed stream may grow, once it has given [`Limits::ratio_free_bytes`].
    pub ratio: u64,
    /// Uncompressed bytes that are given before the ratio is looked at.
    pub ratio_free_bytes: u64,
    /// The largest window of a zstd frame that is read, as the logarithm of its bytes to the base of 2. The decoder holds it in
    /// memory; 27 is what the zstd tool itself reads without being asked, and what its highest level writes.
    pub zstd_window_log: u32,
    /// Members of one archive that holds an image (docker-archive, OCI archive): the outer tar, not its layers.
    pub archive_members: usize,
    /// Entries of one zip archive.
    pub zip_entries: usize,
    /// How deep archives are opened inside archives.
    pub archive_depth: usize,
    /// Uncompressed bytes of all archives nested in one outer archive.
    pub nested_bytes: u64,
    /// Bytes of one os-release file.
    pub os_release_bytes: u64,
    /// Bytes of one package's header in an rpm database; rpm itself stops at 256 MiB.
    pub rpm_header_bytes: usize,
    /// Packages that one file may yield.
    pub packages_per_file: usize,
    /// Paths that one file may say a package owns.
    pub owned_paths_per_file: usize,
    /// Bytes of facts and problems that one part keeps of one layer, counted as they lie in memory.
    pub part_result_bytes: u64,
    /// Bytes of the names that are kept of one layer as texts: its links with their targets, and what it removes.
    pub layer_name_bytes: u64,
    /// Bytes of all results kept of one image, or of what might be layers in an archive that passes: what is beyond is
    /// dropped from the top layer down.
    pub image_result_bytes: u64,
    /// Symbolic links followed to resolve one path.
    pub link_steps: usize,
    /// Wanted names under which one file is read a second time.
    pub links_to_one_file: usize,
    /// Symbolic links of one image that are followed to files whose own name says nothing.
    pub followed_links: usize,
    /// Components of paths that are looked at to follow links of one image.
    pub link_components: usize,
    /// Directories of one image that seem to be roots of other systems, below which links are followed to what has its place there.
    pub linked_roots: usize,
    /// Bytes of a manifest, index, config or other image document.
    pub document_bytes: u64,
    /// Layers of one image.
    pub layers: usize,
    /// How deep an image index is opened inside another.
    pub index_depth: usize,
    /// Manifests and indexes read to find the wanted platform of one image, and images of an index that are read together.
    pub index_documents: usize,
    /// Entries of an index, and of the indexes in it.
    pub index_entries: usize,
    /// Bytes of documents kept while an image archive passes that cannot be read twice.
    pub archive_document_bytes: u64,
    /// How deep the directories of a root file system are nested.
    pub directory_depth: usize,
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
            feed_document_bytes: GIB,
            text_bytes: 64 * MIB,
            ratio: 200,
            ratio_free_bytes: 64 * MIB,
            zstd_window_log: 27,
            archive_members: 100_000,
            zip_entries: 400_000,
            archive_depth: 4,
            nested_bytes: GIB,
            os_release_bytes: 64 * KIB,
            rpm_header_bytes: 32 << 20,
            packages_per_file: 100_000,
            owned_paths_per_file: 2_000_000,
            part_result_bytes: 64 * MIB,
            layer_name_bytes: 64 * MIB,
            image_result_bytes: 256 * MIB,
            link_steps: 40,
            links_to_one_file: 64,
            followed_links: 1_000,
            link_components: 1_000_000,
            linked_roots: 1_000,
            document_bytes: 8 * MIB + 512 * KIB,
            layers: 1_000,
            index_depth: 4,
            index_documents: 128,
            index_entries: 10_000,
            archive_document_bytes: 64 * MIB,
            directory_depth: 512,
            problems: 1_000,
        }
    }
}
