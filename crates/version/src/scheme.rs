use std::cmp::Ordering;
use std::fmt;

/// One version scheme: an order over strings.
pub struct Scheme {
    /// Stable: used in snapshots, reports and docs, such as `deb` or `pep440`.
    pub id: &'static str,
    /// One line for `docs/supported.md`: whose order it is and which tool defines it.
    pub summary: &'static str,
    /// Orders two versions. `None` where the native tool defines no order for one of them: the caller cannot tell, and must
    /// never take that for "not affected". Never panics, allocates little, takes time linear in the input.
    pub compare: fn(&str, &str) -> Option<Ordering>,
}

impl fmt::Debug for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Scheme({})", self.id)
    }
}
