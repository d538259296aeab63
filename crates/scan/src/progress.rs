/// Who is told how far an inventory has come. Called from many threads.
pub trait Progress: Sync {
    /// The image has this many layers.
    fn layers(&self, _count: usize) {}

    /// The layer at this position has been read.
    fn layer_done(&self, _position: usize) {}
}

/// Tells nobody.
pub struct NoProgress;

impl Progress for NoProgress {}
