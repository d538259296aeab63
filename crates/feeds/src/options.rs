use std::path::PathBuf;

use plimsoll_core::Limits;

/// What of the inputs goes into the snapshot, and how it is built. A filtered snapshot declares nothing complete that the
/// filter may have cut.
#[derive(Clone, Debug, Default)]
pub struct BuildOptions {
    /// Only these ecosystems, in full, such as `Red Hat:enterprise_linux:7::server`; empty for all.
    pub ecosystems: Vec<String>,
    /// Only records whose id begins so; empty for all.
    pub id_prefixes: Vec<String>,
    /// Of Alpine's secdb only these releases, such as `3.18` or `edge`; empty for all.
    pub releases: Vec<String>,
    /// Of Alpine's secdb only these repositories, such as `main`; empty for all.
    pub repositories: Vec<String>,
    /// Threads that parse, besides the one that reads; 0 for as many as there are processors.
    pub threads: usize,
    /// Where what is read of each input is kept, so that the next build reads only those that changed.
    pub kept: Option<PathBuf>,
    /// The snapshot from which families are taken over that have not changed; left out, the one that lies where the new one will.
    pub older: Option<PathBuf>,
    /// Take of a damaged archive what can be read of it, and leave out a damaged document; the report names both. Otherwise the first fails
    /// the build.
    pub past_damage: bool,
    /// When the snapshot is built, in seconds since 1970. Left out, the file depends on the inputs alone.
    pub built_at: Option<u64>,
    pub limits: Limits,
}

impl BuildOptions {
    pub(crate) fn wants_id(&self, id: &str) -> bool {
        allows(&self.id_prefixes, |prefix| id.starts_with(prefix))
    }

    pub(crate) fn wants_ecosystem(&self, family: &str, release: &str) -> bool {
        allows(&self.ecosystems, |wanted| {
            let (wanted_family, wanted_release) = wanted.split_once(':').unwrap_or((wanted, ""));
            wanted_family == family && wanted_release == release
        })
    }

    /// With or without secdb's `v` before a release's number.
    pub(crate) fn wants_release(&self, release: &str) -> bool {
        let number = |release: &str| release.strip_prefix('v').unwrap_or(release).to_owned();
        allows(&self.releases, |wanted| number(wanted) == number(release))
    }

    pub(crate) fn wants_repository(&self, repository: &str) -> bool {
        allows(&self.repositories, |wanted| wanted == repository)
    }
}

fn allows(list: &[String], is: impl Fn(&str) -> bool) -> bool {
    list.is_empty() || list.iter().any(|item| is(item))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ecosystem_is_wanted_by_its_full_name_only() {
        let ecosystems = vec!["Red Hat:enterprise_linux:7::server".to_owned(), "npm".to_owned()];
        let options = BuildOptions { ecosystems, ..Default::default() };
        assert!(options.wants_ecosystem("Red Hat", "enterprise_linux:7::server"));
        assert!(!options.wants_ecosystem("Red Hat", "enterprise_linux:7::client"));
        assert!(options.wants_ecosystem("npm", ""));
        assert!(BuildOptions::default().wants_ecosystem("PyPI", ""));
    }

    #[test]
    fn a_release_is_wanted_with_and_without_its_letter() {
        let options = BuildOptions { releases: vec!["3.18".into()], ..Default::default() };
        assert!(options.wants_release("v3.18") && options.wants_release("3.18"));
        assert!(!options.wants_release("v3.1") && !options.wants_release("edge"));
    }
}
