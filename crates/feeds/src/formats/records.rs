//! Documents that are a record, or an array of them, in JSON.

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::document::Document;
use crate::import::{Import, NotOfThisFeed};

/// Gives each record; one of an array that cannot be read is rejected.
pub(crate) fn import<T: DeserializeOwned>(
    document: &Document<'_>,
    import: &mut Import<'_>,
    each: impl Fn(T, &mut Import<'_>),
) -> Result<(), NotOfThisFeed> {
    let text = document.text().ok_or(NotOfThisFeed)?;
    if !text.trim_start().starts_with('[') {
        each(serde_json::from_str(text).map_err(|_| NotOfThisFeed)?, import);
        return Ok(());
    }
    for record in serde_json::from_str::<Vec<&RawValue>>(text).map_err(|_| NotOfThisFeed)? {
        match serde_json::from_str(record.get()) {
            Ok(record) => each(record, import),
            Err(_) => import.tally.reject("not a record of its feed"),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::BuildOptions;

    #[test]
    fn one_record_costs_no_other() {
        for (text, sum, rejected) in [("1", Some(1), 0), ("[1, {}, 2]", Some(3), 1), ("{", None, 0)]
        {
            let options = BuildOptions::default();
            let mut into = Import::new(&options);
            let read = std::cell::Cell::new(0);
            let document = Document { path: "x", bytes: text.as_bytes() };
            let outcome =
                import(&document, &mut into, |number: u32, _| read.set(read.get() + number));
            assert_eq!(outcome.is_ok().then(|| read.get()), sum, "{text}");
            assert_eq!(into.tally.rejected.values().sum::<u64>(), rejected, "{text}");
        }
    }
}
