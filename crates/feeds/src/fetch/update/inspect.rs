//! What came in as documents is looked at one by one before it takes the place of anything: an input of many loose documents would not
//! notice that one of them has become a page that tells of maintenance.

#![expect(clippy::disallowed_methods, reason = "the directory of feeds is what the user names")]

use std::io;
use std::path::Path;

use super::super::wanted::EXTRA;
use super::judge::has_shrunk;
use super::{Brought, Outcome, Update};
use crate::input::is_single_document;
use crate::reading::read_document;

impl Update<'_> {
    /// Leaves out what came and is no document of a feed, or has far fewer records than the one that it would replace.
    pub(super) fn inspect(&mut self) -> io::Result<()> {
        for place in 0..self.brought.len() {
            let Some(one) = self.brought.get(place) else { continue };
            if let Some(outcome) = self.objection(one)?
                && let Some(one) = self.brought.get_mut(place)
            {
                one.report.outcome = outcome;
                one.got = super::Got::default();
            }
        }
        Ok(())
    }

    /// What speaks against what came in of one file.
    fn objection(&self, one: &Brought) -> io::Result<Option<Outcome>> {
        for file in one.got.staged.iter().filter(|file| is_single_document(file)) {
            let came = self.directory.incoming(file);
            if file.split('/').next() == Some(EXTRA)
                && let Some(reason) = self.nothing_of(file, &came)?
            {
                let why = format!("nothing of what came can be taken: {reason}");
                return Ok(Some(Outcome::Failed(why)));
            }
            // An empty file stands for a record that was taken back.
            if came.metadata()?.len() == 0 {
                continue;
            }
            let after = self.records(file, &came)?;
            let before = match self.directory.path(file) {
                old if old.is_file() => self.records(file, &old)?,
                _ => None,
            };
            // Of what is given whole, files of no feed are passed over as they are in a build.
            let is_expected = one.wanted.is_some() || before.is_some();
            let (before, Some(after)) = (before.unwrap_or(0), after) else {
                if is_expected {
                    let why =
                        format!("what came cannot be read: {file} is no document of its feed");
                    return Ok(Some(Outcome::Failed(why)));
                }
                continue;
            };
            if has_shrunk(before, after) && !self.request.accept_shrunk {
                return Ok(Some(Outcome::Refused { before, after }));
            }
        }
        Ok(None)
    }

    /// Why nothing can be taken of a document that has something to say, as one of a repository whose distribution nobody named.
    fn nothing_of(&self, file: &str, path: &Path) -> io::Result<Option<&'static str>> {
        let reading = read_document(file, std::fs::read(path)?, &self.request.build);
        let reading = reading.filter(|reading| reading.advisories.is_empty());
        Ok(reading.and_then(|reading| reading.rejected.into_keys().next()))
    }

    /// How many records a document holds; `None` where it is none of any feed.
    fn records(&self, file: &str, path: &Path) -> io::Result<Option<u64>> {
        let reading = read_document(file, std::fs::read(path)?, &self.request.build);
        Ok(reading.map(|reading| reading.advisories.len() as u64))
    }
}
