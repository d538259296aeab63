//! The little of YAML that snaps' lists are written in: scalars and lists.

/// The value of a key at the top level.
pub(super) fn scalar(text: &str, key: &str) -> Option<String> {
    text.lines().find_map(|line| value_of(line, key)).map(plain)
}

/// The entries of a list at the top level, one a line or in brackets.
pub(super) fn list<'a>(text: &'a str, key: &str) -> impl Iterator<Item = String> + use<'a> {
    let mut lines = text.lines();
    let head = lines.by_ref().find_map(|line| value_of(line, key)).unwrap_or_default();
    let inner = head.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let in_line = inner.into_iter().flat_map(|inner| inner.split(','));
    // A list without brackets may be as deep as its key, and ends with the next one.
    let entries = lines.map(str::trim_start).map_while(|line| match line.strip_prefix('-') {
        Some(entry) => Some(Some(entry)),
        None if line.is_empty() || line.starts_with('#') => Some(None),
        None => None,
    });
    let on_lines = entries.flatten().take(if head.is_empty() { usize::MAX } else { 0 });
    in_line.chain(on_lines).map(plain).filter(|entry| !entry.is_empty())
}

/// The entries of all lists under a key, however deep it is, each with the key.
pub(super) fn lists_anywhere<'a>(
    text: &'a str,
    keys: &'a [&'static str],
) -> impl Iterator<Item = (&'static str, String)> + use<'a> {
    let mut open = None;
    let entries = text.lines().flat_map(move |line| {
        let line = line.trim_start();
        let begun = keys.iter().find_map(|key| Some((*key, value_of(line, key)?)));
        let (key, entries) = match (begun, line.strip_prefix('-'), open) {
            (Some((key, head)), ..) => {
                let inner = head.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
                open = inner.is_none().then_some(key);
                (key, inner.unwrap_or_default())
            }
            (None, Some(entry), Some(key)) => (key, entry),
            _ => {
                let goes_on = line.is_empty() || line.starts_with('#');
                open = open.filter(|_| goes_on);
                ("", "")
            }
        };
        let is_line = begun.is_none();
        // A line of a list is one entry, commas and all.
        let in_line = entries.split(',').take(if is_line { 0 } else { usize::MAX });
        let on_line = std::iter::once(entries).take(usize::from(is_line));
        in_line.chain(on_line).map(move |entry| (key, plain(entry)))
    });
    entries.filter(|(_, entry)| !entry.is_empty())
}

fn value_of<'a>(line: &'a str, key: &str) -> Option<&'a str> {
    line.strip_prefix(key)?.strip_prefix(':').map(str::trim)
}

/// A scalar without its quotes, or without the comment behind it.
fn plain(value: &str) -> String {
    let value = value.trim();
    for quote in ['"', '\''] {
        if let Some((inside, _)) = value.strip_prefix(quote).and_then(|rest| rest.split_once(quote))
        {
            return inside.to_owned();
        }
    }
    value.split(" #").next().unwrap_or_default().trim_end().to_owned()
}
