//! Every version scheme of the list: an order that is the same both ways round, and total where it is defined.

use std::cmp::Ordering;

use plimsoll_version::Scheme;

use crate::bytes::lines;

/// Schemes whose own tool has no transitive order for odd texts.
pub(super) const NOT_TRANSITIVE: &[&str] = &["alpm", "conan", "maven", "packagist"];

pub(crate) fn run(scheme: &Scheme, input: &[u8]) {
    let [a, b, c] = lines(input);
    let compare = |x: &str, y: &str| {
        let order = (scheme.compare)(x, y);
        assert_eq!(order, (scheme.compare)(y, x).map(Ordering::reverse), "{x:?} and {y:?}");
        order
    };
    for version in [&a, &b, &c] {
        let own = compare(version, version);
        assert!(matches!(own, None | Some(Ordering::Equal)), "{version:?} against itself");
    }
    let (Some(ab), Some(bc)) = (compare(&a, &b), compare(&b, &c)) else { return };
    let ac = compare(&a, &c);
    if NOT_TRANSITIVE.contains(&scheme.id) {
        return;
    }
    let expected = match (ab, bc) {
        (Ordering::Equal, other) | (other, Ordering::Equal) => Some(other),
        (one, other) => (one == other).then_some(one),
    };
    if let Some(expected) = expected {
        assert_eq!(ac, Some(expected), "{a:?}, {b:?} and {c:?}");
    }
}

/// Three words at a time.
pub(crate) fn seeds<'a>(words: impl Iterator<Item = &'a [u8]>) -> Vec<Vec<u8>> {
    let words: Vec<_> = [&b"1.0"[..], b"1.0-1", b"2"].into_iter().chain(words).collect();
    words.windows(3).map(|three| three.join(&b'\n')).collect()
}
