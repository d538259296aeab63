//! XML as feeds write it: a stream of elements of some names, each given as a small tree. Documents of hundreds of megabytes are never
//! held as a tree, and no entity is expanded but those that XML itself defines.

use quick_xml::XmlVersion;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

/// How deep elements are nested in one that is wanted.
const DEPTH: usize = 64;
/// Tags and texts in one that is wanted.
const EVENTS: usize = 1 << 22;

/// An element with all that it holds. Names are without their namespace's prefix.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Element {
    pub(crate) name: String,
    attributes: Vec<(String, String)>,
    children: Vec<Element>,
    text: String,
}

impl Element {
    /// The attribute of that name, whatever its prefix; empty where there is none.
    pub(crate) fn attribute(&self, name: &str) -> &str {
        let own = self.attributes.iter().find(|(own, _)| *own == name);
        own.map_or("", |(_, value)| value.as_str())
    }

    /// Its own text, trimmed.
    pub(crate) fn text(&self) -> &str {
        self.text.trim()
    }

    pub(crate) fn elements(&self) -> impl Iterator<Item = &Element> {
        self.children.iter()
    }

    /// The elements of that name directly in it.
    pub(crate) fn children<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'s Element> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The first of them.
    pub(crate) fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The text of the first of them; empty where there is none.
    pub(crate) fn text_of(&self, name: &str) -> &str {
        self.child(name).map_or("", Element::text)
    }
}

/// Why a document was not read to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum XmlError {
    Malformed,
    /// An element holds more than is read.
    TooLarge,
}

/// Gives every element that has one of these names, wherever it stands outside of another one; and, before them, the root element with
/// its attributes only.
pub(crate) fn for_each(
    text: &str,
    names: &[&str],
    each: &mut dyn FnMut(Element),
) -> Result<(), XmlError> {
    let mut reader = Reader::from_str(text);
    let mut is_root = true;
    let mut depth = 0_usize;
    loop {
        match reader.read_event().map_err(|_| XmlError::Malformed)? {
            Event::Start(start) => {
                let element = read_start(&start)?;
                if names.contains(&element.name.as_str()) {
                    each(read_rest(element, &mut reader)?);
                } else {
                    depth += 1;
                    if is_root {
                        each(element);
                    }
                }
                is_root = false;
            }
            Event::Empty(start) => {
                let element = read_start(&start)?;
                if is_root || names.contains(&element.name.as_str()) {
                    each(element);
                }
                is_root = false;
            }
            Event::End(_) => depth = depth.saturating_sub(1),
            Event::Eof if is_root || depth > 0 => return Err(XmlError::Malformed),
            Event::Eof => return Ok(()),
            _ => {}
        }
    }
}

/// An element without what it holds.
fn read_start(start: &BytesStart<'_>) -> Result<Element, XmlError> {
    let mut element =
        Element { name: start.local_name().into_inner().to_owned(), ..Element::default() };
    for attribute in start.attributes().with_checks(false) {
        let attribute = attribute.map_err(|_| XmlError::Malformed)?;
        let value = attribute.normalized_value(XmlVersion::Implicit1_0);
        let value = value.map_err(|_| XmlError::Malformed)?.into_owned();
        element.attributes.push((attribute.key.local_name().into_inner().to_owned(), value));
    }
    Ok(element)
}

/// What stands between an element's start and its end.
fn read_rest(element: Element, reader: &mut Reader<&[u8]>) -> Result<Element, XmlError> {
    let mut open = vec![element];
    let mut count = 0_usize;
    loop {
        let event = reader.read_event().map_err(|_| XmlError::Malformed)?;
        let Some(top) = open.last_mut() else { return Err(XmlError::Malformed) };
        match event {
            Event::Start(start) => open.push(read_start(&start)?),
            Event::Empty(start) => top.children.push(read_start(&start)?),
            Event::Text(text) => top.text.push_str(&text.xml10_content()),
            Event::CData(text) => top.text.push_str(&text.xml10_content()),
            Event::GeneralRef(reference) => match reference.resolve_char_ref() {
                Ok(Some(character)) => top.text.push(character),
                Ok(None) => top.text.push_str(
                    resolve_predefined_entity(&reference.xml10_content()).unwrap_or_default(),
                ),
                Err(_) => return Err(XmlError::Malformed),
            },
            Event::End(_) => {
                let Some(done) = open.pop() else { return Err(XmlError::Malformed) };
                match open.last_mut() {
                    Some(parent) => parent.children.push(done),
                    None => return Ok(done),
                }
            }
            Event::Eof => return Err(XmlError::Malformed),
            _ => {}
        }
        count += 1;
        if open.len() > DEPTH || count > EVENTS {
            return Err(XmlError::TooLarge);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str, names: &[&str]) -> Result<Vec<Element>, XmlError> {
        let mut elements = Vec::new();
        for_each(text, names, &mut |element| elements.push(element))?;
        Ok(elements)
    }

    const UPDATES: &str = r#"<?xml version="1.0"?>
        <u:updates xmlns:u="x" kind='a &amp; b'>
          <!-- nothing -->
          <list><update from="me"><id>X&amp;Y &#65;</id><name/><text><![CDATA[<b>]]> end</text>
            <update from="inside"/></update></list>
          <update u:from="you"/>
        </u:updates>"#;

    #[test]
    fn wanted_elements_are_given_whole_and_the_root_with_its_attributes() {
        let elements = read(UPDATES, &["update"]).unwrap();
        let [root, first, last] = elements.as_slice() else { panic!("{elements:?}") };
        assert_eq!((root.name.as_str(), root.attribute("kind")), ("updates", "a & b"));
        assert_eq!((first.attribute("from"), first.text_of("id")), ("me", "X&Y A"));
        assert_eq!((first.text_of("text"), first.text_of("name")), ("<b> end", ""));
        assert_eq!(first.children("update").count(), 1);
        assert_eq!((last.attribute("from"), last.elements().count()), ("you", 0));
    }

    #[test]
    fn what_is_no_whole_document_is_malformed() {
        for text in ["", "text", "<a>", "<a><b></a>", "<a b=>", "<update>", "<a>&#x110000;</a>x<"] {
            assert_eq!(read(text, &["update", "b"]), Err(XmlError::Malformed), "{text}");
        }
    }

    #[test]
    fn no_entity_is_expanded() {
        let bomb =
            r#"<!DOCTYPE a [<!ENTITY x "xxxx"><!ENTITY y "&x;&x;">]><a><update>&y;!</update></a>"#;
        assert_eq!(read(bomb, &["update"]).unwrap()[1].text(), "!");
    }

    #[test]
    fn an_element_of_any_depth_ends() {
        let deep = format!("<r><update>{}</update></r>", "<a>".repeat(100_000));
        assert_eq!(read(&deep, &["update"]), Err(XmlError::TooLarge));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(cut in any::<prop::sample::Index>(), character in any::<char>()) {
            let mut characters: Vec<char> = UPDATES.chars().collect();
            let place = cut.index(characters.len());
            characters[place] = character;
            let _ = read(&characters.into_iter().collect::<String>(), &["update"]);
        }
    }
}
