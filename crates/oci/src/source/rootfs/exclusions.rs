use crate::OciError;

/// What of a root file system is left out: patterns on the path inside it.
///
/// `*` stands for any characters but `/`, `?` for one of them, and `**` as a whole component for any number of components. A pattern begins
/// at the root, and what it leaves out is left out with everything below: `var/cache`, `home/*/.cache`, `**/node_modules`.
#[derive(Clone, Debug, Default)]
pub struct Exclusions {
    /// By component.
    patterns: Vec<Vec<String>>,
}

impl Exclusions {
    /// # Errors
    /// [`OciError::Reference`] for a pattern that would leave out the root.
    pub fn new(patterns: &[String]) -> Result<Self, OciError> {
        let components = |pattern: &String| {
            let components: Vec<String> = pattern
                .split('/')
                .filter(|component| !matches!(*component, "" | "."))
                .map(str::to_owned)
                .collect();
            if components.iter().all(|component| component == "**") {
                let reason = "nothing would be left to read".to_owned();
                return Err(OciError::Reference { text: pattern.clone(), reason });
            }
            Ok(components)
        };
        Ok(Self { patterns: patterns.iter().map(components).collect::<Result<_, _>>()? })
    }

    /// True for a path that a pattern means itself; what lies below one is never asked for.
    #[must_use]
    pub fn contains(&self, path: &str) -> bool {
        if self.patterns.is_empty() {
            return false;
        }
        let path: Vec<&str> = path.split('/').collect();
        self.patterns.iter().any(|pattern| {
            matches(
                pattern,
                &path,
                |component| component == "**",
                |component, name| component_matches(component, name),
            )
        })
    }
}

fn component_matches(pattern: &str, name: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let name: Vec<char> = name.chars().collect();
    matches(&pattern, &name, |&one| one == '*', |&one, &other| one == '?' || one == other)
}

/// Matches with a star for any number of items. Only the last star met has to be tried again: steps are bounded by the product
/// of both lengths.
fn matches<P, N>(
    pattern: &[P],
    name: &[N],
    is_star: impl Fn(&P) -> bool,
    is_one: impl Fn(&P, &N) -> bool,
) -> bool {
    let (mut at, mut position) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while position < name.len() {
        match (pattern.get(at), name.get(position)) {
            (Some(item), _) if is_star(item) => {
                star = Some((at, position));
                at += 1;
            }
            (Some(item), Some(one)) if is_one(item, one) => {
                at += 1;
                position += 1;
            }
            _ => match star {
                Some((star_at, taken)) => {
                    star = Some((star_at, taken + 1));
                    (at, position) = (star_at + 1, taken + 1);
                }
                None => return false,
            },
        }
    }
    pattern.get(at..).is_some_and(|rest| rest.iter().all(is_star))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn excludes(pattern: &str, path: &str) -> bool {
        Exclusions::new(&[pattern.to_owned()]).unwrap().contains(path)
    }

    #[test]
    fn patterns_mean_paths_below_the_root() {
        for (pattern, path, expected) in [
            ("var/cache", "var/cache", true),
            ("/var/cache/", "var/cache", true),
            ("./var", "var", true),
            ("var/cache", "srv/var/cache", false),
            ("*.log", "a.log", true),
            ("*.log", "var/a.log", false),
            ("**/*.log", "a.log", true),
            ("**/*.log", "var/log/a.log", true),
            ("home/*/.cache", "home/me/.cache", true),
            ("home/*/.cache", "home/me/you/.cache", false),
            ("home/**/x", "home/x", true),
            ("home/**/x", "home/a/b/x", true),
            ("home/**/x", "home/a/b/xy", false),
            ("?at", "cat", true),
            ("?at", "at", false),
            ("?", "ä", true),
            ("a*b*c", "aXbXbXc", true),
            ("a*b*c", "aXbXbX", false),
            ("var/**", "var", true),
            ("var/**", "var/x", true),
        ] {
            assert_eq!(excludes(pattern, path), expected, "{pattern} {path}");
        }
    }

    #[test]
    fn a_pattern_for_everything_is_a_mistake() {
        for pattern in ["", "/", "**", "./**/"] {
            assert!(Exclusions::new(&[pattern.to_owned()]).is_err(), "{pattern}");
        }
    }

    proptest! {
        #[test]
        fn many_stars_do_not_take_for_ever(stars in 1_usize..200, path in "a{0,200}") {
            let pattern = "*a".repeat(stars) + "b";
            let path = path + "c";
            prop_assert!(!excludes(&pattern, &path));
        }
    }
}
