//! What the schemes' tests assert.

use std::cmp::Ordering;

use crate::Scheme;

/// Each version sorts before every later one, both ways round.
pub(crate) fn assert_ascending(scheme: &Scheme, versions: &[&str]) {
    for (index, a) in versions.iter().enumerate() {
        assert_equal(scheme, a, a);
        for b in versions.iter().skip(index + 1) {
            assert_eq!((scheme.compare)(a, b), Some(Ordering::Less), "{}: {a} < {b}", scheme.id);
            assert_eq!((scheme.compare)(b, a), Some(Ordering::Greater), "{}: {b} > {a}", scheme.id);
        }
    }
}

pub(crate) fn assert_equal(scheme: &Scheme, a: &str, b: &str) {
    assert_eq!((scheme.compare)(a, b), Some(Ordering::Equal), "{}: {a} = {b}", scheme.id);
    assert_eq!((scheme.compare)(b, a), Some(Ordering::Equal), "{}: {b} = {a}", scheme.id);
}

/// The first has no order against the second, a good version, nor against itself.
pub(crate) fn assert_undefined(scheme: &Scheme, text: &str, good: &str) {
    for (a, b) in [(text, good), (good, text), (text, text)] {
        assert_eq!((scheme.compare)(a, b), None, "{}: {a:?} against {b:?}", scheme.id);
    }
}
