//! Version specifiers of Python packages (PEP 440, "Version specifiers"), as `packaging` 26 reads them: each is an interval.

use std::ops::Bound;

use super::comparators::plain;
use super::range::VersionRange;
use crate::number::increment;
use crate::schemes::pep440::Version;

/// A post-release that nobody will make: what sorts after all others of a release has no version of its own.
const LAST_POST_RELEASE: &str = "9999999999999999999999999999";

/// PEP 440's operators. A version alone, or behind one `=`, is that version; with a local part the order alone decides. `===` is that
/// version too, however it is written.
pub(super) fn pep440(operator: &str, version: &str) -> Option<Vec<VersionRange>> {
    if operator.is_empty() && version == "*" {
        return Some(vec![VersionRange::everything()]);
    }
    let operator = if matches!(operator, "" | "=") { "==" } else { operator };
    if let Some(prefix) = version.strip_suffix(".*") {
        return wildcard(operator, prefix);
    }
    let Some(parsed) = Version::parse(version).filter(|parsed| parsed.local.is_none()) else {
        return plain(operator, version);
    };
    let parts = Parts::new(&parsed);
    let behind = parts.after_locals();
    Some(match operator {
        "===" => vec![VersionRange::exactly(version)],
        "==" => vec![VersionRange::between(Bound::Included(version), Bound::Excluded(&behind))],
        "!=" => vec![
            VersionRange::to(Bound::Excluded(version)),
            VersionRange::from(Bound::Included(&behind)),
        ],
        "<=" => vec![VersionRange::to(Bound::Excluded(&behind))],
        "<" if parsed.pre.is_none() && parsed.dev.is_none() => {
            vec![VersionRange::to(Bound::Excluded(&parts.with_dev("0").text()))]
        }
        ">" if parsed.post.is_some() || parsed.dev.is_some() => {
            vec![VersionRange::from(Bound::Included(&behind))]
        }
        ">" => {
            let last = parts.with_post(LAST_POST_RELEASE);
            vec![VersionRange::from(Bound::Excluded(&last.text()))]
        }
        "~=" => {
            let end = parts.next_prefix()?;
            vec![VersionRange::between(Bound::Included(version), Bound::Excluded(&end))]
        }
        _ => return plain(operator, version),
    })
}

/// `==1.2.*` is from `1.2.dev0` to `1.3.dev0`. Behind a pre- or post-release, which today's `packaging` refuses, the same.
fn wildcard(operator: &str, prefix: &str) -> Option<Vec<VersionRange>> {
    let parsed = Version::parse(prefix).filter(|version| version.dev.is_none())?;
    let parts = Parts::new(&parsed);
    let from = parts.with_dev("0").text();
    let to = parts.next().with_dev("0").text();
    match operator {
        "==" => Some(vec![VersionRange::between(Bound::Included(&from), Bound::Excluded(&to))]),
        "!=" => Some(vec![
            VersionRange::to(Bound::Excluded(&from)),
            VersionRange::from(Bound::Included(&to)),
        ]),
        _ => None,
    }
}

/// The parts of a version of which others are made, without a local one.
#[derive(Clone)]
struct Parts {
    epoch: String,
    release: String,
    /// `a`, `b` or `r`, with a number.
    pre: Option<(u8, String)>,
    post: Option<String>,
    dev: Option<String>,
}

impl Parts {
    fn new(version: &Version<'_>) -> Self {
        let owned = |text: &[u8]| String::from_utf8_lossy(text).into_owned();
        Self {
            epoch: owned(version.epoch),
            release: owned(version.release),
            pre: version.pre.map(|(letter, number)| (letter, owned(number))),
            post: version.post.map(owned),
            dev: version.dev.map(owned),
        }
    }

    fn with_dev(&self, dev: &str) -> Self {
        Self { dev: Some(dev.to_owned()), ..self.clone() }
    }

    fn with_post(&self, post: &str) -> Self {
        Self { post: Some(post.to_owned()), ..self.clone() }
    }

    /// One higher in what it is counted by.
    fn next(&self) -> Self {
        let mut next = self.clone();
        let counted = next
            .dev
            .as_mut()
            .or(next.post.as_mut())
            .or(next.pre.as_mut().map(|(_, number)| number));
        if let Some(number) = counted {
            *number = increment(number.as_bytes());
            return next;
        }
        next.release = match self.release.rsplit_once('.') {
            Some((before, last)) => format!("{before}.{}", increment(last.as_bytes())),
            None => increment(self.release.as_bytes()),
        };
        next
    }

    /// The first version that is neither this one nor this one with a local part.
    fn after_locals(&self) -> String {
        match (&self.dev, &self.post) {
            (None, None) => self.with_post("0").with_dev("0").text(),
            (None, Some(_)) => self.next().with_dev("0").text(),
            _ => self.next().text(),
        }
    }

    /// Where `~=` ends: the number before the last is one higher.
    fn next_prefix(&self) -> Option<String> {
        let (release, _) = self.release.rsplit_once('.')?;
        let prefix = Self {
            epoch: self.epoch.clone(),
            release: release.to_owned(),
            pre: None,
            post: None,
            dev: None,
        };
        Some(prefix.next().with_dev("0").text())
    }

    fn text(&self) -> String {
        let mut text = format!("{}!{}", self.epoch, self.release);
        if let Some((letter, number)) = &self.pre {
            let word = if *letter == b'r' {
                "rc"
            } else if *letter == b'a' {
                "a"
            } else {
                "b"
            };
            text.push_str(word);
            text.push_str(number);
        }
        for (word, number) in [(".post", &self.post), (".dev", &self.dev)] {
            if let Some(number) = number {
                text.push_str(word);
                text.push_str(number);
            }
        }
        text
    }
}
