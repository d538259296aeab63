//! What came in as documents is looked at one by one before it takes the place of anything: an input of many loose documents would not
//! notice that one of them has become a page that tells of maintenance.

#![expect(clippy::disallowed_methods, reason = "the directory of feeds is what the user names")]

use std::io;
use std::path::Path;

use super::super::wanted::EXTRA;
use super::judge::has_shrunk;
use super::{Brought, Got, Outcome, Update};
use crate::input::{changes_of, is_single_document};
use crate::reading::read_document;

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
                one.report.outcome = Outcome::Failed(why);
                // Without the new list the next update asks for the same records again.
                let is_kept = |file: &String| !left_out.contains(file) && !is_hidden(file);
                one.got.staged.retain(is_kept);
                one.got.known.clear();
            }
        }
        Ok(())
    }

    /// What speaks against one document that came in.
    fn objection(&self, one: &Brought, file: &str) -> io::Result<Option<Outcome>> {
        let came = self.directory.incoming(file);
        // An empty file stands for a record that was taken back.
        if came.metadata()?.len() == 0 {
            return Ok(None);
        }
        if file.split('/').next() == Some(EXTRA)
            && let Some(reason) = self.nothing_of(file, &came)?
        {
            let why = format!("nothing of what came can be taken: {reason}");
            return Ok(Some(Outcome::Failed(why)));
        }
        let after = self.records(file, &came)?;
        let before = match self.directory.path(file) {
            old if old.is_file() => self.records(file, &old)?,
            _ => None,
        };
        // Of what is given whole, files of no feed are passed over as they are in a build.
        let is_expected = one.wanted.is_some() || before.is_some();
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

    /// How many records a document holds; `None` where it is none of any feed.
    fn records(&self, file: &str, path: &Path) -> io::Result<Option<u64>> {
        let reading = read_document(file, std::fs::read(path)?, &self.request.build);
        Ok(reading.map(|reading| reading.advisories.len() as u64))
    }
}

/// True for a list that goes with a bulk file.
fn is_hidden(file: &str) -> bool {
    file.rsplit('/').next().is_some_and(|name| name.starts_with('.'))
}
