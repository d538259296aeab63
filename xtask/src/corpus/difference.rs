//! Two lists that should be equal, whatever their order.

use std::collections::BTreeMap;
use std::fmt::Debug;

use anyhow::{Result, bail};

/// How many of the missing and of the unexpected are shown.
const SHOWN: usize = 6;

/// Fails unless both hold the same values equally often.
pub fn same<T: Ord + Debug>(
    expected: impl IntoIterator<Item = T>,
    found: impl IntoIterator<Item = T>,
) -> Result<()> {
    let mut balance: BTreeMap<T, i64> = BTreeMap::new();
    for value in expected {
        *balance.entry(value).or_default() -= 1;
    }
    for value in found {
        *balance.entry(value).or_default() += 1;
    }
    let missing: Vec<_> = balance.iter().filter(|(_, count)| **count < 0).collect();
    let unexpected: Vec<_> = balance.iter().filter(|(_, count)| **count > 0).collect();
    if missing.is_empty() && unexpected.is_empty() {
        return Ok(());
    }
    let mut text = format!("{} missing, {} unexpected", missing.len(), unexpected.len());
    for (word, rows) in [("missing", missing), ("unexpected", unexpected)] {
        for (value, count) in rows.iter().take(SHOWN) {
            let times =
                if count.abs() == 1 { String::new() } else { format!(" × {}", count.abs()) };
            text.push_str(&format!("\n        {word}: {value:?}{times}"));
        }
    }
    bail!(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_does_not_count_and_number_does() {
        assert!(same([1, 2, 2], [2, 1, 2]).is_ok());
        let error = same([1, 2, 2], [2, 3]).unwrap_err().to_string();
        assert!(error.starts_with("2 missing, 1 unexpected"), "{error}");
    }
}
