use std::borrow::Cow;

use serde::Deserialize;

/// A string that borrows from the document where it holds no escapes; inside of a list, a map or an option too, where a plain
/// [`Cow`] is always copied.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(transparent)]
pub(crate) struct Text<'a>(#[serde(borrow)] pub(crate) Cow<'a, str>);

impl Text<'_> {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}
