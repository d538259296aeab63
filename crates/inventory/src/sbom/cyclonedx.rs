//! CycloneDX as JSON (ECMA-424): components, which may have components inside.
//!
//! `metadata.component` is what the document is about, so it is none of the components.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::entry::{Entry, Reader};
use super::json;

/// How deep components are read inside one another.
const DEEPEST: usize = 16;
/// Licences that are read of one component.
const MOST_LICENSES: usize = 32;

/// Types of components that are software of a name and a version. The others are files, devices, data, services' configuration.
const SOFTWARE: [&str; 4] = ["application", "framework", "library", "platform"];

#[derive(Deserialize)]
struct Component<'a> {
    #[serde(borrow, rename = "type", default, deserialize_with = "json::lenient")]
    kind: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "json::lenient")]
    group: Option<Cow<'a, str>>,
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow, default, deserialize_with = "json::lenient")]
    version: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "json::lenient")]
    scope: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "json::lenient")]
    purl: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "json::lenient")]
    cpe: Option<Cow<'a, str>>,
    #[serde(borrow)]
    licenses: Option<&'a RawValue>,
    #[serde(borrow)]
    components: Option<&'a RawValue>,
}

/// Either an expression or a licence by identifier or name.
#[derive(Deserialize)]
struct Choice {
    expression: Option<String>,
    license: Option<License>,
}

#[derive(Deserialize)]
struct License {
    id: Option<String>,
    name: Option<String>,
}

pub(super) fn read(components: Option<&RawValue>, reader: &mut Reader) {
    level(components, 0, reader);
}

fn level(components: Option<&RawValue>, depth: usize, reader: &mut Reader) {
    if depth == DEEPEST {
        if components.is_some() {
            reader.is_too_deep();
        }
        return;
    }
    let (members, has_more) = json::members(components, reader.packages_left());
    if has_more {
        reader.is_cut();
    }
    for member in members {
        let Ok(component) = serde_json::from_str::<Component<'_>>(member.get()) else {
            reader.bad_entry();
            continue;
        };
        let inside = component.components;
        // What is excluded is known not to be there when the software runs.
        if component.scope.as_deref() != Some("excluded") {
            if let Some(entry) = entry(component) {
                reader.take(entry);
            }
            level(inside, depth + 1, reader);
        }
    }
}

fn entry(component: Component<'_>) -> Option<Entry> {
    let owned = |text: Option<Cow<'_, str>>| {
        text.map(Cow::into_owned).filter(|text| !text.trim().is_empty())
    };
    let purl = owned(component.purl);
    let is_software = component.kind.as_deref().is_some_and(|kind| SOFTWARE.contains(&kind));
    (purl.is_some() || is_software).then(|| Entry {
        group: owned(component.group),
        name: component.name.into_owned(),
        version: owned(component.version),
        purl,
        cpes: owned(component.cpe).into_iter().collect(),
        licenses: licenses(component.licenses),
        is_root: false,
    })
}

fn licenses(raw: Option<&RawValue>) -> Vec<String> {
    let (members, _) = json::members(raw, MOST_LICENSES);
    let choices =
        members.into_iter().filter_map(|member| serde_json::from_str::<Choice>(member.get()).ok());
    let named = |license: License| license.id.or(license.name);
    choices
        .filter_map(|choice| choice.expression.or_else(|| choice.license.and_then(named)))
        .collect()
}
