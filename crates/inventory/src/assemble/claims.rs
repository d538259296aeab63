//! What parts say of packages, made into one list: each package once, with every place in which it was found.
//!
//! Where parts speak of the same thing, [`Authority`] decides: a record before a program known by its bytes, and that before a
//! bill of materials that lies in the image.

use std::collections::{BTreeMap, HashMap, HashSet};

use plimsoll_core::{
    Distro, Evidence, ImagePath, Package, PackageId, PackageType, PathHash, SourcePackage,
};

use crate::license::licenses;
use crate::purl::purl;
use crate::{About, Authority, FoundPackage, FoundState};

/// One part's statement that a package is there.
pub(super) struct Claim<'a> {
    pub(super) authority: Authority,
    pub(super) found: &'a FoundPackage,
    pub(super) id: PackageId,
    pub(super) evidence: Evidence,
}

/// The packages as far as claims were taken.
pub(super) struct Packages<'a> {
    distro: Option<&'a Distro>,
    by_id: BTreeMap<PackageId, Merged<'a>>,
    /// By type and name in lower case: what is there of that name, for the weaker claims.
    by_name: HashMap<(PackageType, String), Vec<PackageId>>,
    /// The files that packages of a language's package manager own, by type: what a file of one is known by is that package.
    by_file: HashMap<(PackageType, PathHash), PackageId>,
    /// The systems whose package manager has a record in the image.
    recorded_systems: HashSet<PackageType>,
}

/// A package, and what parts said of it.
struct Merged<'a> {
    found: Vec<&'a FoundPackage>,
    evidence: Vec<Evidence>,
    authority: Authority,
}

impl<'a> Packages<'a> {
    /// Takes claims in any order.
    pub(super) fn new(mut claims: Vec<Claim<'a>>, distro: Option<&'a Distro>) -> Self {
        claims.sort_by(|one, other| {
            let order = |claim: &Claim<'_>| claim.authority;
            order(one).cmp(&order(other)).then_with(|| one.id.cmp(&other.id))
        });
        let mut packages = Self {
            distro,
            by_id: BTreeMap::new(),
            by_name: HashMap::new(),
            by_file: HashMap::new(),
            recorded_systems: HashSet::new(),
        };
        for claim in claims {
            match claim.authority {
                Authority::Record => packages.add(claim),
                Authority::Fingerprint => packages.fingerprint(claim),
                Authority::Sbom => packages.stated(claim),
            }
        }
        packages
    }

    fn add(&mut self, claim: Claim<'a>) {
        let Claim { authority, found, id, evidence } = claim;
        // Of the files of a system's packages, `Owners` knows.
        if id.kind.is_system() {
            if authority == Authority::Record {
                self.recorded_systems.insert(id.kind);
            }
        } else {
            let files = found.owned_paths.iter().map(|path| ((id.kind, *path), id.clone()));
            self.by_file.extend(files);
        }
        match self.by_id.get_mut(&id) {
            Some(merged) => {
                merged.found.push(found);
                merged.evidence.push(evidence);
            }
            None => {
                let key = (id.kind, id.name.to_lowercase());
                self.by_name.entry(key).or_default().push(id.clone());
                let merged = Merged { found: vec![found], evidence: vec![evidence], authority };
                self.by_id.insert(id, merged);
            }
        }
    }

    fn named(&self, kind: PackageType, name: &str) -> &[PackageId] {
        self.by_name.get(&(kind, name.to_lowercase())).map_or(&[], Vec::as_slice)
    }

    /// A program known by its bytes. Who owns the file has said more of it; and so has a record in the directory that the program
    /// belongs to (a JVM's `release` file), unless it does not know the version, as the linker of a Go program does not.
    fn fingerprint(&mut self, mut claim: Claim<'a>) {
        if claim.evidence.owner.is_some() {
            return;
        }
        let owner = self.by_file.get(&(claim.id.kind, claim.evidence.path.hash())).cloned();
        let recorded = owner.or_else(|| self.recorded(&claim));
        if let Some(id) = recorded {
            if let Some(merged) = self.by_id.get_mut(&id) {
                merged.evidence.push(claim.evidence);
            }
            return;
        }
        if claim.id.kind == PackageType::Golang
            && let Some(name) = self.take_unversioned(&claim)
        {
            claim.id.name = name;
        }
        self.add(claim);
    }

    /// The package of that name whose record speaks for the program.
    fn recorded(&self, claim: &Claim<'_>) -> Option<PackageId> {
        self.named(claim.id.kind, &claim.id.name).iter().find_map(|id| {
            let merged =
                self.by_id.get(id).filter(|merged| merged.authority == Authority::Record)?;
            let speaks = |evidence: &Evidence| match id.kind {
                // A program of Go records itself; its neighbours only say what they are made of.
                PackageType::Golang => {
                    evidence.path == claim.evidence.path && id.version != UNVERSIONED
                }
                _ => speaks_for(&evidence.path, &claim.evidence.path),
            };
            merged.evidence.iter().any(speaks).then(|| id.clone())
        })
    }

    /// Takes away what the linker said of the same program without a version, and gives its module path: that one has the major
    /// version at its end where the module has.
    fn take_unversioned(&mut self, claim: &Claim<'_>) -> Option<String> {
        let is_same = |id: &PackageId, merged: &Merged<'_>| {
            id.kind == PackageType::Golang
                && id.version == UNVERSIONED
                && without_major(&id.name) == without_major(&claim.id.name)
                && merged.evidence.iter().any(|evidence| evidence.path == claim.evidence.path)
        };
        let (id, merged) = self.by_id.iter_mut().find(|(id, merged)| is_same(id, merged))?;
        let id = id.clone();
        merged.evidence.retain(|evidence| evidence.path != claim.evidence.path);
        if merged.evidence.is_empty() {
            self.by_id.remove(&id);
            let key = (id.kind, id.name.to_lowercase());
            self.by_name.entry(key).or_default().retain(|other| *other != id);
        }
        Some(id.name)
    }

    /// A line of a bill of materials: another place of what is known, or something new. Of a system's packages the package manager,
    /// where there is one, knows better which are there and in which version, and of a file that one of them owns, which it is: a note
    /// in a library names the package that it was built from.
    fn stated(&mut self, claim: Claim<'a>) {
        if claim.id.kind.is_system() && claim.evidence.owner.is_some() {
            return;
        }
        let known = self.named(claim.id.kind, &claim.id.name);
        let same = known.iter().find(|id| is_same_version(id, &claim.id.version)).cloned();
        if same.is_none() && self.recorded_systems.contains(&claim.id.kind) {
            return;
        }
        let id = same.unwrap_or_else(|| claim.id.clone());
        self.add(Claim { id, ..claim });
    }

    /// What is only declared, and without a version, is another place of the package that has one: the only one of its name.
    fn fold_unversioned(&mut self) {
        let is_vague = |(id, merged): (&PackageId, &Merged<'_>)| {
            let is_declared = merged.found.iter().all(|found| found.state == FoundState::Declared);
            (id.version.is_empty() && is_declared).then(|| id.clone())
        };
        let vague: Vec<_> = self.by_id.iter().filter_map(is_vague).collect();
        for id in vague {
            let named = self.named(id.kind, &id.name);
            let mut known = named.iter().filter(|one| {
                one.name == id.name && !one.version.is_empty() && self.by_id.contains_key(one)
            });
            let (Some(other), None) = (known.next().cloned(), known.next()) else { continue };
            let Some(merged) = self.by_id.remove(&id) else { continue };
            if let Some(known) = self.by_id.get_mut(&other) {
                known.evidence.extend(merged.evidence);
            }
        }
    }

    /// The packages, each whole, in the order of their identities.
    pub(super) fn finish(mut self, about: &Abouts<'_>) -> Vec<Package> {
        self.fold_unversioned();
        let (distro, recorded) = (self.distro, self.recorded_systems);
        // What only a bill of materials names, of a kind that is not this system's, is of another distribution.
        let is_foreign = |id: &PackageId| {
            id.kind.is_system() && !recorded.is_empty() && !recorded.contains(&id.kind)
        };
        let finish = |(id, merged): (PackageId, Merged<'_>)| {
            let distro = distro.filter(|_| !is_foreign(&id));
            merged.finish(id, distro, about)
        };
        self.by_id.into_iter().map(finish).collect()
    }
}

/// True for the version that a bill of materials states of a known package. Bitnami's name a component without the revision that its
/// record has.
fn is_same_version(known: &PackageId, stated: &str) -> bool {
    match known.version.strip_prefix(stated) {
        Some("") => true,
        Some(rest) => known.kind == PackageType::Bitnami && rest.starts_with('-'),
        None => false,
    }
}

/// What Go's linker writes for a version that it does not know.
const UNVERSIONED: &str = "(devel)";

/// True where a record at one path speaks for a program at the other: in the same file, or in a directory that has it.
fn speaks_for(record: &ImagePath, program: &ImagePath) -> bool {
    let directory = record.parent();
    let is_below = program.ancestors().any(|ancestor| ancestor == directory);
    record == program || (is_below && !directory.is_empty())
}

/// A module path without the major version at its end (`/v2`).
fn without_major(path: &str) -> &str {
    match path.rsplit_once("/v") {
        Some((rest, major))
            if !major.is_empty() && major.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            rest
        }
        _ => path,
    }
}

impl Merged<'_> {
    fn finish(mut self, mut id: PackageId, distro: Option<&Distro>, about: &Abouts<'_>) -> Package {
        self.evidence.sort_unstable();
        self.evidence.dedup();
        let first = |field: fn(&FoundPackage) -> Option<&String>| {
            self.found.iter().find_map(|found| field(found)).cloned()
        };
        let source = self.found.iter().find_map(|found| {
            Some(SourcePackage {
                name: found.source_name.clone()?,
                version: found.source_version.clone().unwrap_or_else(|| found.version.clone()),
            })
        });
        let mut cpes: Vec<_> = self.found.iter().flat_map(|found| &found.cpes).cloned().collect();
        cpes.sort_unstable();
        cpes.dedup();
        let about = about.of(&id);
        if id.module.is_none() {
            id.module = about.iter().find_map(|about| about.module.clone());
        }
        let stated = self.found.iter().flat_map(|found| &found.licenses);
        let stated = stated.chain(about.iter().flat_map(|about| &about.licenses));
        let licenses = licenses(id.kind, stated.map(String::as_str));
        Package {
            purl: purl(&id, source.as_ref(), distro),
            source,
            vendor: first(|found| found.vendor.as_ref()),
            repository: first(|found| found.repository.as_ref())
                .or_else(|| about.iter().find_map(|about| about.repository.clone())),
            licenses,
            cpes,
            evidence: self.evidence,
            id,
        }
    }
}

/// What other files say of packages, by type and name.
#[derive(Default)]
pub(super) struct Abouts<'a> {
    by_name: HashMap<(&'a str, &'a str), Vec<&'a About>>,
    /// Names under which a package's documents lie elsewhere: Debian's `usr/share/doc/NAME` may be a link to another package's.
    documents: HashMap<String, String>,
}

impl<'a> Abouts<'a> {
    pub(super) fn add(&mut self, about: &'a About) {
        self.by_name.entry((&about.kind, &about.name)).or_default().push(about);
    }

    /// Where a package's own name has nothing, what is said of the name that its documents lie under.
    pub(super) fn linked(&mut self, name: &str, documents_of: String) {
        self.documents.insert(name.to_owned(), documents_of);
    }

    pub(super) fn has(&self, kind: PackageType, name: &str) -> bool {
        self.by_name.contains_key(&(kind.as_str(), name))
    }

    fn of(&self, id: &PackageId) -> Vec<&'a About> {
        let named = |name: &str| {
            let found = self.by_name.get(&(id.kind.as_str(), name)).into_iter().flatten();
            let found = found.filter(|about| {
                about.version.as_ref().is_none_or(|version| is_version_of(version, id))
            });
            found.copied().collect::<Vec<_>>()
        };
        let own = named(&id.name);
        match self.documents.get(&id.name) {
            Some(other) if own.is_empty() && id.kind == PackageType::Deb => named(other),
            _ => own,
        }
    }
}

/// yum names the versions of packages without their epoch.
fn is_version_of(stated: &str, id: &PackageId) -> bool {
    let without_epoch = || id.version.split_once(':').map(|(_, version)| version);
    stated == id.version || (id.kind == PackageType::Rpm && without_epoch() == Some(stated))
}

#[cfg(test)]
mod tests;
