//! Which records are about the same vulnerability.

use std::collections::{BTreeMap, BTreeSet};

use crate::FindingKind;
use crate::identity::Identity;

/// The key of a finding.
pub(crate) type GroupKey<'s> = (FindingKind, &'s str);

/// The groups that each record belongs to, in the order of the records.
///
/// A record with a CVE belongs to that CVE; a bundle, to each of its CVEs. A record without one belongs to the CVEs of the records
/// whose name it shares. What then has no CVE at all is grouped by its names, so that no group ever holds two CVEs.
pub(crate) fn group<'s>(records: &[&Identity<'s>]) -> Vec<Vec<GroupKey<'s>>> {
    let cves = spread_cves(records);
    let without: Vec<usize> = (0..records.len())
        .filter(|&index| cves.get(index).is_some_and(BTreeSet::is_empty))
        .collect();
    let vulnerability = |cve: &&'s str| (FindingKind::Vulnerability, *cve);
    let mut groups: Vec<Vec<GroupKey<'s>>> =
        cves.iter().map(|cves| cves.iter().map(vulnerability).collect()).collect();
    for members in connected(records, &without) {
        let named: Vec<&Identity<'s>> =
            members.iter().filter_map(|&index| records.get(index).copied()).collect();
        let Some(key) = key_without_cve(&named) else { continue };
        for index in members {
            if let Some(group) = groups.get_mut(index) {
                group.push(key);
            }
        }
    }
    groups
}

/// The longest chain of names that is followed from a record without a CVE to one with it.
const STEPS: usize = 4;

/// Gives records without a CVE those of the records that they share a name with.
fn spread_cves<'s>(records: &[&Identity<'s>]) -> Vec<BTreeSet<&'s str>> {
    let mut cves: Vec<BTreeSet<&'s str>> =
        records.iter().map(|record| record.cves.clone()).collect();
    for _ in 0..STEPS {
        let mut by_name: BTreeMap<&'s str, BTreeSet<&'s str>> = BTreeMap::new();
        for (record, cves) in records.iter().zip(&cves) {
            if cves.len() == 1 && !record.is_bundle() {
                for name in names(record) {
                    by_name.entry(name).or_default().extend(cves);
                }
            }
        }
        let mut is_settled = true;
        for (record, cves) in records.iter().zip(&mut cves) {
            if cves.is_empty() && !record.is_malware && !record.is_erratum {
                let shared = names(record).filter_map(|name| by_name.get(name)).flatten();
                cves.extend(shared);
                is_settled &= cves.is_empty();
            }
        }
        if is_settled {
            break;
        }
    }
    cves
}

fn names<'r, 's>(record: &'r Identity<'s>) -> impl Iterator<Item = &'s str> + use<'r, 's> {
    std::iter::once(record.id).chain(record.names.iter().copied())
}

/// Sets of records that hang together by their names: union-find, whose roots are the smallest members.
fn connected(records: &[&Identity<'_>], members: &[usize]) -> Vec<Vec<usize>> {
    let mut parents: BTreeMap<usize, usize> = members.iter().map(|&index| (index, index)).collect();
    let mut first_with_name: BTreeMap<&str, usize> = BTreeMap::new();
    for &index in members {
        let Some(record) = records.get(index) else { continue };
        for name in names(record) {
            let other = *first_with_name.entry(name).or_insert(index);
            let (one, other) = (root(&mut parents, index), root(&mut parents, other));
            parents.insert(one.max(other), one.min(other));
        }
    }
    let mut sets: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for &index in members {
        sets.entry(root(&mut parents, index)).or_default().push(index);
    }
    sets.into_values().collect()
}

fn root(parents: &mut BTreeMap<usize, usize>, index: usize) -> usize {
    let mut top = index;
    while let Some(&parent) = parents.get(&top)
        && parent != top
    {
        top = parent;
    }
    // Whoever asks again takes one step.
    let mut below = index;
    while below != top {
        below = parents.insert(below, top).unwrap_or(top);
    }
    top
}

/// GitHub's name before the records' own; of malware, that of the malware record.
fn key_without_cve<'s>(members: &[&Identity<'s>]) -> Option<GroupKey<'s>> {
    let is_malware = members.iter().any(|record| record.is_malware);
    let rank = |name: &str| match () {
        () if name.starts_with("MAL-") => 0,
        () if name.starts_with("GHSA-") => 1,
        () => 2,
    };
    let own = members.iter().map(|record| record.id);
    let github = members
        .iter()
        .flat_map(|record| record.names.iter().copied())
        .filter(|name| name.starts_with("GHSA-"));
    let id = own.chain(github).min_by_key(|name| (rank(name), *name))?;
    let kind = if is_malware { FindingKind::Malware } else { FindingKind::Vulnerability };
    Some((kind, id))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn identity<'s>(id: &'s str, cves: &[&'s str], names: &[&'s str]) -> Identity<'s> {
        Identity {
            id,
            cves: cves.iter().copied().collect(),
            names: names.iter().copied().collect(),
            is_malware: id.starts_with("MAL-"),
            is_erratum: id.starts_with("RHSA-"),
        }
    }

    /// Ids of the groups of each record, joined with `+`.
    fn groups(records: &[Identity<'_>]) -> Vec<String> {
        let records: Vec<_> = records.iter().collect();
        let joined = |keys: Vec<GroupKey<'_>>| {
            keys.into_iter().map(|(_, id)| id).collect::<Vec<_>>().join("+")
        };
        group(&records).into_iter().map(joined).collect()
    }

    #[test]
    fn records_of_one_cve_are_one_group() {
        let records = [
            identity("CVE-2024-1", &["CVE-2024-1"], &[]),
            identity("GHSA-a", &["CVE-2024-1"], &[]),
            identity("CVE-2024-2", &["CVE-2024-2"], &[]),
        ];
        assert_eq!(groups(&records), ["CVE-2024-1", "CVE-2024-1", "CVE-2024-2"]);
    }

    #[test]
    fn a_bundle_belongs_to_each_of_its_cves_and_glues_none_together() {
        let records = [
            identity("GO-1", &["CVE-2024-1", "CVE-2024-2"], &[]),
            identity("GHSA-a", &["CVE-2024-1"], &[]),
            identity("GHSA-b", &["CVE-2024-2"], &[]),
            identity("RHSA-1", &["CVE-2024-2", "CVE-2024-3"], &[]),
        ];
        let expected =
            ["CVE-2024-1+CVE-2024-2", "CVE-2024-1", "CVE-2024-2", "CVE-2024-2+CVE-2024-3"];
        assert_eq!(groups(&records), expected);
    }

    #[test]
    fn a_record_without_a_cve_finds_it_by_its_names() {
        let records = [
            identity("PYSEC-1", &[], &["SNYK-1"]),
            identity("SNYK-1", &[], &["GHSA-a"]),
            identity("GHSA-a", &["CVE-2024-1"], &[]),
            identity("GO-1", &[], &["GHSA-a", "GHSA-b"]),
            identity("GHSA-b", &["CVE-2024-2"], &[]),
        ];
        let expected =
            ["CVE-2024-1", "CVE-2024-1", "CVE-2024-1", "CVE-2024-1+CVE-2024-2", "CVE-2024-2"];
        assert_eq!(groups(&records), expected);
    }

    #[test]
    fn without_any_cve_githubs_name_comes_first() {
        let records = [
            identity("PYSEC-1", &[], &["GHSA-a", "SNYK-1"]),
            identity("GO-1", &[], &["GHSA-a"]),
            identity("RUSTSEC-2", &[], &["AAAA-1"]),
            identity("RHSA-1", &[], &[]),
            identity("RHSA-2", &[], &[]),
        ];
        assert_eq!(groups(&records), ["GHSA-a", "GHSA-a", "RUSTSEC-2", "RHSA-1", "RHSA-2"]);
    }

    #[test]
    fn malware_stands_under_its_own_id() {
        let (malware, github) =
            (identity("MAL-1", &[], &["GHSA-a"]), identity("GHSA-a", &[], &["MAL-1"]));
        let keys = group(&[&malware, &github]);
        assert_eq!(keys, vec![vec![(FindingKind::Malware, "MAL-1")]; 2]);
    }

    #[test]
    fn a_long_chain_of_names_is_one_group() {
        let names: Vec<String> = (0..2_000).map(|index| format!("X-{index:05}")).collect();
        let records: Vec<_> =
            names.windows(2).map(|pair| identity(&pair[0], &[], &[&pair[1]])).collect();
        assert!(groups(&records).iter().all(|group| group == "X-00000"));
    }

    const IDS: [&str; 8] =
        ["CVE-2024-1", "CVE-2024-2", "GHSA-a", "GHSA-b", "GO-1", "MAL-1", "PYSEC-1", "RHSA-1"];

    fn any_identity() -> impl Strategy<Value = Identity<'static>> {
        let ids = || proptest::sample::select(&IDS[..]);
        (ids(), proptest::collection::vec(ids(), 0..4)).prop_map(|(id, others)| {
            let (cves, names): (Vec<_>, Vec<_>) =
                others.into_iter().partition(|other| other.starts_with("CVE-"));
            match id {
                _ if id.starts_with("CVE-") => identity(id, &[id], &names),
                _ if id.starts_with("MAL-") => identity(id, &[], &names),
                _ if id.starts_with("RHSA-") || cves.len() > 1 => identity(id, &cves, &[]),
                _ => identity(id, &cves, &names),
            }
        })
    }

    proptest! {
        #[test]
        fn groups_do_not_depend_on_the_order_of_the_records(
            records in proptest::collection::vec(any_identity(), 0..8),
        ) {
            let forwards: Vec<_> = records.iter().collect();
            let backwards: Vec<_> = records.iter().rev().collect();
            let groups = group(&forwards);
            let mut reversed = group(&backwards);
            reversed.reverse();
            prop_assert_eq!(&groups, &reversed);
            for (record, keys) in records.iter().zip(&groups) {
                prop_assert!(!keys.is_empty(), "every record is in a group");
                let own = record.cves.iter().map(|cve| (FindingKind::Vulnerability, *cve));
                if !record.cves.is_empty() {
                    prop_assert_eq!(keys, &own.collect::<Vec<_>>(), "those of its CVEs and no other");
                }
            }
        }
    }
}
