//! What came in as documents is looked at one by one before it takes the place of anything: an input of many loose documents would not
//! notice that one of them has become a page that tells of maintenance.

#![expect(clippy::disallowed_methods, reason = "the directory of feeds is what the user names")]

use std::collections::BTreeSet;
use std::io;
use std::path::Path;

use super::super::changes::last_part;
use super::super::osv_list::UNKNOWN;
use super::super::state::Version;
use super::super::wanted::EXTRA;
use super::judge::has_shrunk;
use super::{Brought, Got, Outcome, Update, is_hidden};
use crate::feeds::osv::OSV;
use crate::input::{CHANGES_SUFFIX, changes_of, is_single_document};
use crate::reading::{Reading, read_document};
use crate::skipped::{Standing, standing};

impl Update<'_> {
    /// Leaves out what came and is no document of a feed, or has far fewer records than the one that it would replace.
    pub(super) fn inspect(&mut self) -> io::Result<()> {
        for place in 0..self.brought.len() {
            let Some(one) = self.brought.get(place) else { continue };
            let folder = format!("{}/", changes_of(&one.report.file));
            let mut left_out = Vec::new();
            let mut whole = None;
            for file in one.got.staged.iter().filter(|file| is_single_document(file)) {
                match self.objection(one, file)? {
                    Some(_) if file.starts_with(&folder) => left_out.push(file.clone()),
                    None => {}
                    objection => whole = objection,
                }
            }
            let Some(one) = self.brought.get_mut(place) else { continue };
            if let Some(outcome) = whole {
                one.report.outcome = outcome;
                one.got = Got::default();
            } else if let Some(first) = left_out.first() {
                let why = format!("what came of {first} is no record; the old one stays");
                one.report.outcome = Outcome::Incomplete(why);
                one.got.staged.retain(|file| !left_out.contains(file));
                // A whole file that came too is there, and of a version.
                one.got.known.retain(|file, _| one.got.staged.contains(file));
                for list in one.got.staged.iter().filter(|file| is_hidden(file)) {
                    without(&self.directory.incoming(list), &left_out)?;
                    if let Some(known) = one.got.known.get_mut(list) {
                        // It is had again, and what is left out is asked for again.
                        known.version = Version::default();
                    }
                }
            }
        }
        Ok(())
    }

    /// What speaks against one document that came in.
    fn objection(&self, one: &Brought, file: &str) -> io::Result<Option<Outcome>> {
        let came = self.directory.incoming(file);
        // An empty file of our own stands for a document that was taken back; one that is given may be another's of those.
        let is_taken_back = one.got.taken_back.iter().any(|own| own == file)
            || (one.wanted.is_none() && is_beside_archive(file) && came.metadata()?.len() == 0);
        if is_taken_back {
            return Ok(None);
        }
        if file.split('/').next() == Some(EXTRA)
            && let Some(reason) = self.nothing_of(file, &came)?
        {
            let why = format!("nothing of what came can be taken: {reason}");
            return Ok(Some(Outcome::Failed(why)));
        }
        let after = self.read(file, &came)?;
        let before = match self.directory.path(file) {
            old if old.is_file() => self.read(file, &old)?,
            _ => None,
        };
        // Of another feed than the one that it would replace, or another record than its name says.
        let is_other = |reading: &Reading| {
            before.as_ref().is_some_and(|before| before.feed.id != reading.feed.id)
                || (reading.feed.id == OSV.id
                    && is_beside_archive(file)
                    && !is_named(file, reading))
        };
        let after = after.filter(|reading| !is_other(reading)).map(|reading| count(&reading));
        let before = before.map(|reading| count(&reading));
        // Of what is given whole, files of no feed are passed over as they are in a build, but where a feed's lie.
        let is_expected =
            one.wanted.is_some() || before.is_some() || standing(file) == Standing::Expected;
        Ok(match (before.unwrap_or(0), after) {
            (_, None) if is_expected => {
                Some(Outcome::Failed("what came is no document of its feed".to_owned()))
            }
            (before, Some(after)) if has_shrunk(before, after) && !self.request.accept_shrunk => {
                Some(Outcome::Refused { before, after })
            }
            _ => None,
        })
    }

    /// Why nothing can be taken of a document that has something to say, as one of a repository whose distribution nobody named.
    fn nothing_of(&self, file: &str, path: &Path) -> io::Result<Option<&'static str>> {
        let reading = read_document(file, std::fs::read(path)?, &self.request.build);
        let reading = reading.filter(|reading| reading.advisories.is_empty());
        Ok(reading.and_then(|reading| reading.rejected.into_keys().next()))
    }

    /// What a document holds; `None` where it is none of any feed.
    fn read(&self, file: &str, path: &Path) -> io::Result<Option<Reading>> {
        Ok(read_document(file, std::fs::read(path)?, &self.request.build))
    }
}

/// Takes documents out of a list of those that are had.
fn without(list: &Path, files: &[String]) -> io::Result<()> {
    let names: BTreeSet<_> = files.iter().map(|file| last_part(file)).collect();
    let row = |line: &str| match line.trim().rsplit_once(',') {
        // As osv.dev writes it. What is held in its place has a time that nobody knows.
        Some((_, id)) if names.contains(format!("{id}.json").as_str()) => {
            format!("{UNKNOWN},{id}\n")
        }
        Some((path, _)) if names.contains(last_part(path.trim_matches('"'))) => String::new(),
        _ => format!("{line}\n"),
    };
    let text = String::from_utf8_lossy(&std::fs::read(list)?).lines().map(row).collect::<String>();
    std::fs::write(list, text)
}

fn count(reading: &Reading) -> u64 {
    reading.advisories.len() as u64
}

/// True where the records are those that the file is called after, as each of OSV's is.
fn is_named(file: &str, reading: &Reading) -> bool {
    let name = file.rsplit('/').next().unwrap_or(file);
    let id = name.strip_suffix(".json").unwrap_or(name);
    reading.advisories.iter().all(|advisory| advisory.id == id)
}

/// True for what lies beside an archive.
fn is_beside_archive(file: &str) -> bool {
    file.rsplit_once('/').is_some_and(|(folder, _)| folder.ends_with(CHANGES_SUFFIX))
}
