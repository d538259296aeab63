//! XML as a sequence of tags and texts, without entities of its own and without checking what nobody here asks for.

/// A piece of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part<'a> {
    Open(Tag<'a>),
    /// A tag that closes itself.
    Empty(Tag<'a>),
    Close,
    /// As it stands: see [`unescaped`].
    Text(&'a [u8]),
}

/// The name of an element, without the prefix of a name space, and its attributes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tag<'a> {
    pub(crate) name: &'a [u8],
    attributes: &'a [u8],
}

impl Tag<'_> {
    /// The value of the first attribute of that name, in any case.
    pub(crate) fn attribute(&self, name: &str) -> Option<String> {
        let mut rest = self.attributes;
        loop {
            let equals = memchr::memchr(b'=', rest)?;
            let found = rest.get(..equals)?.trim_ascii();
            let value = rest.get(equals + 1..)?.trim_ascii_start();
            let (quote, value) = value.split_first().filter(|(quote, _)| b"\"'".contains(quote))?;
            let end = memchr::memchr(*quote, value)?;
            if found.eq_ignore_ascii_case(name.as_bytes()) {
                return Some(unescaped(&String::from_utf8_lossy(value.get(..end)?)));
            }
            rest = value.get(end + 1..)?;
        }
    }
}

/// The pieces of a document, to its end or to where it is damaged.
pub(crate) struct Parts<'a>(pub(crate) &'a [u8]);

impl<'a> Iterator for Parts<'a> {
    type Item = Part<'a>;

    fn next(&mut self) -> Option<Part<'a>> {
        loop {
            let start = memchr::memchr(b'<', self.0)?;
            if start > 0 {
                let (text, rest) = self.0.split_at(start);
                self.0 = rest;
                return Some(Part::Text(text));
            }
            if self.0.starts_with(b"<!--") {
                self.skip(b"-->")?;
            } else if let Some(inner) = self.0.strip_prefix(b"<![CDATA[") {
                let end = memchr::memmem::find(inner, b"]]>")?;
                self.0 = inner.get(end + 3..)?;
                return Some(Part::Text(inner.get(..end)?));
            } else if self.0.starts_with(b"<?") {
                self.skip(b"?>")?;
            } else if self.0.starts_with(b"<!") {
                self.skip(b">")?;
            } else if self.0.starts_with(b"</") {
                self.skip(b">")?;
                return Some(Part::Close);
            } else {
                return self.tag();
            }
        }
    }
}

impl<'a> Parts<'a> {
    fn skip(&mut self, end: &[u8]) -> Option<()> {
        let at = memchr::memmem::find(self.0, end)?;
        self.0 = self.0.get(at + end.len()..)?;
        Some(())
    }

    /// The tag that begins here.
    fn tag(&mut self) -> Option<Part<'a>> {
        let mut quote = None;
        let end = self.0.iter().position(|&byte| {
            match quote {
                Some(open) if open == byte => quote = None,
                Some(_) => {}
                None if matches!(byte, b'"' | b'\'') => quote = Some(byte),
                None => return byte == b'>',
            }
            false
        })?;
        let tag = self.0.get(1..end)?;
        self.0 = self.0.get(end + 1..)?;
        let (tag, is_empty) = match tag.strip_suffix(b"/") {
            Some(tag) => (tag, true),
            None => (tag, false),
        };
        let name_end = tag.iter().position(u8::is_ascii_whitespace).unwrap_or(tag.len());
        let (name, attributes) = tag.split_at(name_end);
        let name = name.rsplit(|&byte| byte == b':').next().unwrap_or(name);
        let tag = Tag { name, attributes };
        Some(if is_empty { Part::Empty(tag) } else { Part::Open(tag) })
    }
}

/// The text with the letters that XML's own entities stand for, on one line.
pub(crate) fn unescaped(text: &str) -> String {
    const ENTITIES: [(&str, &str); 5] =
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")];
    let line = text.replace(['\r', '\n', '\t'], " ");
    ENTITIES.iter().fold(line, |text, (entity, letter)| text.replace(entity, letter))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn attributes_are_found_by_name_in_either_quote() {
        let text = b"<p:a x = '1>' Version=\"2 &amp; 3\"\n z=''/>text<b></b>";
        let parts: Vec<_> = Parts(text).collect();
        let [Part::Empty(tag), Part::Text(b"text"), Part::Open(open), Part::Close] = parts[..]
        else {
            panic!("{parts:?}")
        };
        assert_eq!((tag.name, open.name), (&b"a"[..], &b"b"[..]));
        for (name, expected) in
            [("x", Some("1>")), ("version", Some("2 & 3")), ("z", Some("")), ("y", None)]
        {
            assert_eq!(tag.attribute(name).as_deref(), expected, "{name}");
        }
        assert_eq!(open.attribute("x"), None);
    }

    #[test]
    fn damaged_attributes_are_none() {
        for text in ["<a x>", "<a x=>", "<a x=1>", "<a x= y='1'>", "<a =''>"] {
            let Some(Part::Open(tag)) = Parts(text.as_bytes()).next() else { panic!("{text}") };
            assert_eq!(tag.attribute("x"), None, "{text}");
        }
        assert_eq!(Parts(b"<a x='>").next(), None);
    }

    proptest! {
        #[test]
        fn any_text_ends(text in r#"(<|>|/|!|--|\?|\[CDATA\[|\]\]>|a|=|"|'| ){0,30}"#) {
            for part in Parts(text.as_bytes()) {
                if let Part::Open(tag) | Part::Empty(tag) = part {
                    tag.attribute("a");
                }
            }
        }
    }
}
