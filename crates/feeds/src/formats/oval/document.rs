//! The document's parts, found by their ids.

use std::collections::HashMap;

use super::super::xml::{Element, XmlError, for_each};
use super::definition::Definition;
use super::leaf::{Object, State, Test, TestKind, variable_names};

/// What is read of a document. Other elements stand in none of these.
const WANTED: &[&str] = &[
    "definition",
    "dpkginfo_test",
    "rpminfo_test",
    "rpmverify_test",
    "rpmverifyfile_test",
    "textfilecontent54_test",
    "textfilecontent_test",
    "family_test",
    "uname_test",
    "dpkginfo_object",
    "rpminfo_object",
    "rpmverify_object",
    "rpmverifyfile_object",
    "textfilecontent54_object",
    "textfilecontent_object",
    "dpkginfo_state",
    "rpminfo_state",
    "rpmverify_state",
    "rpmverifyfile_state",
    "textfilecontent54_state",
    "textfilecontent_state",
    "constant_variable",
];

/// Values that are referred to by an id, perhaps before they are known.
#[derive(Debug)]
pub(super) struct Slots<T> {
    places: HashMap<String, u32>,
    values: Vec<T>,
}

impl<T> Default for Slots<T> {
    fn default() -> Self {
        Self { places: HashMap::new(), values: Vec::new() }
    }
}

impl<T: Default> Slots<T> {
    /// The place of that id.
    pub(super) fn place(&mut self, id: &str) -> u32 {
        if let Some(place) = self.places.get(id) {
            return *place;
        }
        let place = u32::try_from(self.values.len()).unwrap_or(u32::MAX);
        self.places.insert(id.to_owned(), place);
        self.values.push(T::default());
        place
    }

    pub(super) fn get(&self, place: u32) -> Option<&T> {
        self.values.get(place as usize)
    }

    pub(super) fn get_mut(&mut self, place: u32) -> Option<&mut T> {
        self.values.get_mut(place as usize)
    }

    pub(super) fn values(&self) -> &[T] {
        &self.values
    }

    fn put(&mut self, id: &str, value: T) {
        let place = self.place(id);
        if let Some(slot) = self.get_mut(place) {
            *slot = value;
        }
    }
}

/// All parts of a document.
#[derive(Debug, Default)]
pub(super) struct Parts {
    pub(super) definitions: Vec<Definition>,
    pub(super) tests: Slots<Test>,
    pub(super) objects: Slots<Object>,
    pub(super) states: Slots<State>,
    /// The names of packages that a variable stands for.
    pub(super) variables: Slots<Vec<String>>,
    /// Tests whose id another one has: what refers to it may mean either.
    pub(super) ambiguous: u64,
}

impl Parts {
    /// `None` where the text is no whole document of definitions.
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut parts = Self::default();
        let mut root = None;
        let outcome = for_each(text, WANTED, &mut |element| {
            if root.is_none() {
                root = Some(element.name == "oval_definitions");
            } else {
                parts.take(&element);
            }
        });
        let is_whole = root == Some(true) && outcome == Ok::<_, XmlError>(());
        is_whole.then_some(parts)
    }

    fn take(&mut self, element: &Element) {
        let id = element.attribute("id");
        let (kind, part) = element.name.rsplit_once('_').unwrap_or((&element.name, ""));
        match part {
            "" => self.definitions.push(Definition::read(element, &mut self.tests)),
            "test" => {
                let place = self.tests.place(id);
                let (objects, states) = (&mut self.objects, &mut self.states);
                if let Some(test) = self.tests.get_mut(place) {
                    let is_new = test.read(TestKind::of(kind), element, (objects, states));
                    self.ambiguous += u64::from(!is_new);
                }
            }
            "object" => {
                let object = Object::read(element, &mut self.variables);
                self.objects.put(id, object);
            }
            "state" => self.states.put(id, State::read(element)),
            _ => self.variables.put(id, variable_names(element)),
        }
    }
}
