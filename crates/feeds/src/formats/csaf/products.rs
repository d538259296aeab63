//! The product tree: what the ids of a document stand for.

use std::collections::HashMap;

use super::schema::{Branch, Product, ProductTree};
use crate::formats::json::text;

/// How deep products are parts of one another: of a module, of a repository.
const DEPTH: usize = 8;

/// Products by their ids.
#[derive(Default)]
pub(super) struct Products<'d> {
    plain: HashMap<&'d str, Plain<'d>>,
    /// A part, and what it is a part of.
    parts: HashMap<&'d str, (&'d str, &'d str)>,
}

/// A product that stands in the tree itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Plain<'d> {
    pub(crate) id: &'d str,
    /// Empty where there is none, as is the purl.
    pub(crate) cpe: &'d str,
    pub(crate) purl: &'d str,
}

/// A component as a part of a platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Component<'d> {
    pub(crate) platform: Plain<'d>,
    /// What stands between both, such as a module.
    pub(crate) group: Option<Plain<'d>>,
    pub(crate) component: Plain<'d>,
}

/// What an id stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Resolved<'d> {
    Component(Component<'d>),
    /// A product as a whole.
    Whole,
    Unknown,
}

impl<'d> Products<'d> {
    pub(super) fn of(tree: &'d ProductTree<'_>) -> Self {
        let mut products = Self::default();
        let mut open: Vec<&Branch<'_>> = tree.branches.iter().flatten().collect();
        while let Some(branch) = open.pop() {
            open.extend(branch.branches.iter().flatten());
            branch.product.iter().for_each(|product| products.add(product));
        }
        tree.full_product_names.iter().flatten().for_each(|product| products.add(product));
        for part in tree.relationships.iter().flatten() {
            let of = (part.product_reference.as_str(), part.relates_to_product_reference.as_str());
            products.parts.insert(part.full_product_name.product_id.as_str(), of);
        }
        products
    }

    fn add(&mut self, product: &'d Product<'_>) {
        let id = product.product_id.as_str();
        let helper = product.product_identification_helper.as_ref();
        let cpe = text(helper.and_then(|helper| helper.cpe.as_ref()));
        let purl = text(helper.and_then(|helper| helper.purl.as_ref()));
        self.plain.insert(id, Plain { id, cpe, purl });
    }

    pub(super) fn resolve(&self, id: &str) -> Resolved<'d> {
        let Some(&(component, mut of)) = self.parts.get(id) else {
            return if self.plain.contains_key(id) { Resolved::Whole } else { Resolved::Unknown };
        };
        let mut group = None;
        for _ in 0..DEPTH {
            match self.parts.get(of) {
                Some(&(part, outer)) => {
                    group = self.plain.get(part).copied();
                    of = outer;
                }
                None => break,
            }
        }
        match (self.plain.get(of), self.plain.get(component)) {
            (Some(&platform), Some(&component)) => {
                Resolved::Component(Component { platform, group, component })
            }
            _ => Resolved::Unknown,
        }
    }
}
