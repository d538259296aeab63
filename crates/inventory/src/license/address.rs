//! Licences by the address of their text, as Maven's and .NET's packages name them.

use super::expression::Tree;
use super::{identifiers, name};

/// Addresses whose last component says by its name which licence lies there.
const COLLECTIONS: &[&str] = &[
    "choosealicense.com/licenses/",
    "gnu.org/licenses/",
    "gnu.org/licenses/old-licenses/",
    "licenses.nuget.org/",
    "opensource.org/license/",
    "opensource.org/licenses/",
    "repository.jboss.org/licenses/",
    "spdx.org/licenses/",
];

/// Addresses of single licences, in lower case, without scheme, `www.`, a file name's ending and a slash at the end.
#[rustfmt::skip]
const SINGLE: &[(&str, &str)] = &[
    ("apache.org/licenses/license-1.1", "Apache-1.1"),
    ("apache.org/licenses/license-2", "Apache-2.0"),
    ("apache.org/licenses/license-2.0", "Apache-2.0"),
    ("aws.amazon.com/apache2.0", "Apache-2.0"),
    ("boost.org/license_1_0", "BSL-1.0"),
    ("bouncycastle.org/licence", "MIT"),
    ("creativecommons.org/publicdomain/zero/1.0", "CC0-1.0"),
    ("eclipse.org/legal/epl-2.0", "EPL-2.0"),
    ("eclipse.org/legal/epl-v10", "EPL-1.0"),
    ("eclipse.org/legal/epl-v20", "EPL-2.0"),
    ("eclipse.org/org/documents/edl-v10", "BSD-3-Clause"),
    ("eclipse.org/org/documents/epl-1.0/epl-v1.0", "EPL-1.0"),
    ("eclipse.org/org/documents/epl-2.0/epl-2.0", "EPL-2.0"),
    ("eclipse.org/org/documents/epl-v10", "EPL-1.0"),
    ("json.org/license", "JSON"),
    ("mozilla.org/en-us/mpl/2.0", "MPL-2.0"),
    ("mozilla.org/mpl/2.0", "MPL-2.0"),
    ("mozilla.org/mpl/2.0/index", "MPL-2.0"),
    ("mozilla.org/mpl/mpl-1.1", "MPL-1.1"),
    ("unlicense.org", "Unlicense"),
    ("wtfpl.net", "WTFPL"),
];

const CREATIVE_COMMONS: &str = "creativecommons.org/licenses/";
const FILE_ENDINGS: [&str; 5] = [".html", ".htm", ".php", ".txt", ".md"];

pub(super) fn read(text: &str) -> Option<Tree> {
    let (_, place) = text.split_once("://").filter(|(scheme, _)| scheme.starts_with("http"))?;
    let place = place.to_ascii_lowercase();
    let place = place.strip_prefix("www.").unwrap_or(&place).trim_end_matches('/');
    let place = FILE_ENDINGS.iter().find_map(|end| place.strip_suffix(end)).unwrap_or(place);
    if let Ok(found) = SINGLE.binary_search_by(|(known, _)| (*known).cmp(place)) {
        return SINGLE.get(found).map(|(_, id)| Tree::leaf(id));
    }
    if let Some(terms) = place.strip_prefix(CREATIVE_COMMONS) {
        return identifiers::license(&format!("cc-{}", terms.replace('/', "-")));
    }
    let mut named = COLLECTIONS.iter().filter_map(|collection| place.strip_prefix(collection));
    name::read(named.find(|named| !named.contains(['/', ':']))?, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_sorted_and_name_what_the_list_has() {
        assert!(SINGLE.is_sorted() && COLLECTIONS.is_sorted());
        for (_, id) in SINGLE {
            assert_eq!(identifiers::listed_exactly(id), Some(*id));
        }
    }

    #[test]
    fn an_address_says_which_licence_it_is() {
        for (address, expected) in [
            ("http://www.apache.org/licenses/LICENSE-2.0.txt", Some("Apache-2.0")),
            ("https://www.apache.org/licenses/LICENSE-2.0", Some("Apache-2.0")),
            ("http://opensource.org/licenses/mit-license.php", Some("MIT")),
            ("https://opensource.org/licenses/BSD-3-Clause", Some("BSD-3-Clause")),
            ("https://opensource.org/licenses/Apache-2.0/", Some("Apache-2.0")),
            ("http://www.opensource.org/licenses/bsd-license.php", None),
            ("https://www.gnu.org/licenses/lgpl-2.1.html", Some("LGPL-2.1-only")),
            ("http://www.gnu.org/copyleft/lesser.html", None),
            ("https://www.gnu.org/licenses/old-licenses/gpl-2.0.html", Some("GPL-2.0-only")),
            ("http://www.eclipse.org/legal/epl-v10.html", Some("EPL-1.0")),
            ("https://creativecommons.org/licenses/by-sa/4.0/", Some("CC-BY-SA-4.0")),
            ("http://creativecommons.org/publicdomain/zero/1.0/", Some("CC0-1.0")),
            ("https://licenses.nuget.org/MIT", Some("MIT")),
            ("https://spdx.org/licenses/ISC.html", Some("ISC")),
            ("https://spdx.org/licenses/", None),
            ("https://opensource.org/licenses/http://opensource.org/licenses/mit", None),
            ("https://github.com/a/b/blob/main/LICENSE", None),
            ("ftp://spdx.org/licenses/ISC", None),
        ] {
            assert_eq!(
                read(address).map(|tree| tree.to_string()).as_deref(),
                expected,
                "{address}"
            );
        }
    }
}
