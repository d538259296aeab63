//! CSAF 2.0 as far as it is read (docs.oasis-open.org/csaf/csaf/v2.0). What is long and seldom needed stays raw until it is.

use plimsoll_advisory::Status;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::formats::json::Text;

#[derive(Deserialize)]
pub(super) struct Csaf<'a> {
    #[serde(borrow)]
    pub(super) document: About<'a>,
    pub(super) product_tree: Option<ProductTree<'a>>,
    pub(super) vulnerabilities: Option<Vec<&'a RawValue>>,
}

/// What the document says of itself.
#[derive(Deserialize)]
pub(super) struct About<'a> {
    #[serde(borrow)]
    pub(super) aggregate_severity: Option<AggregateSeverity<'a>>,
    pub(super) notes: Option<&'a RawValue>,
    pub(super) references: Option<&'a RawValue>,
    pub(super) publisher: Option<Publisher<'a>>,
    pub(super) title: Option<Text<'a>>,
    pub(super) tracking: Tracking<'a>,
}

#[derive(Deserialize)]
pub(super) struct Publisher<'a> {
    #[serde(borrow)]
    pub(super) namespace: Option<Text<'a>>,
}

#[derive(Deserialize)]
pub(super) struct AggregateSeverity<'a> {
    #[serde(borrow)]
    pub(super) text: Option<Text<'a>>,
}

#[derive(Deserialize)]
pub(super) struct Tracking<'a> {
    #[serde(borrow)]
    pub(super) id: Text<'a>,
    pub(super) initial_release_date: Option<Text<'a>>,
    pub(super) current_release_date: Option<Text<'a>>,
}

#[derive(Deserialize)]
pub(super) struct Note<'a> {
    #[serde(borrow)]
    pub(super) category: Option<Text<'a>>,
    pub(super) text: Option<Text<'a>>,
}

#[derive(Deserialize)]
pub(super) struct Reference<'a> {
    #[serde(borrow)]
    pub(super) url: Option<Text<'a>>,
}

#[derive(Deserialize)]
pub(super) struct ProductTree<'a> {
    #[serde(borrow)]
    pub(super) branches: Option<Vec<Branch<'a>>>,
    pub(super) full_product_names: Option<Vec<Product<'a>>>,
    pub(super) relationships: Option<Vec<Relationship<'a>>>,
}

/// How deep branches stand in one another is bounded by the depth of JSON that is read.
#[derive(Deserialize)]
pub(super) struct Branch<'a> {
    #[serde(borrow)]
    pub(super) branches: Option<Vec<Branch<'a>>>,
    pub(super) product: Option<Product<'a>>,
}

#[derive(Deserialize)]
pub(super) struct Product<'a> {
    #[serde(borrow)]
    pub(super) product_id: Text<'a>,
    pub(super) product_identification_helper: Option<Helper<'a>>,
}

#[derive(Deserialize)]
pub(super) struct Helper<'a> {
    #[serde(borrow)]
    pub(super) cpe: Option<Text<'a>>,
    pub(super) purl: Option<Text<'a>>,
}

/// `full_product_name` is the product `product_reference` as a part of the product `relates_to_product_reference`.
#[derive(Deserialize)]
pub(super) struct Relationship<'a> {
    #[serde(borrow)]
    pub(super) full_product_name: Product<'a>,
    pub(super) product_reference: Text<'a>,
    pub(super) relates_to_product_reference: Text<'a>,
}

#[derive(Deserialize)]
pub(super) struct Vulnerability<'a> {
    #[serde(borrow)]
    pub(super) cve: Option<Text<'a>>,
    pub(super) title: Option<Text<'a>>,
    pub(super) release_date: Option<Text<'a>>,
    pub(super) product_status: Option<ProductStatus<'a>>,
    pub(super) cwe: Option<&'a RawValue>,
    pub(super) notes: Option<&'a RawValue>,
    pub(super) references: Option<&'a RawValue>,
    pub(super) remediations: Option<&'a RawValue>,
    pub(super) scores: Option<&'a RawValue>,
    pub(super) threats: Option<&'a RawValue>,
}

/// Lists of product ids.
#[derive(Default, Deserialize)]
pub(super) struct ProductStatus<'a> {
    #[serde(borrow)]
    first_fixed: Option<&'a RawValue>,
    fixed: Option<&'a RawValue>,
    recommended: Option<&'a RawValue>,
    first_affected: Option<&'a RawValue>,
    known_affected: Option<&'a RawValue>,
    last_affected: Option<&'a RawValue>,
    known_not_affected: Option<&'a RawValue>,
    under_investigation: Option<&'a RawValue>,
}

impl<'a> ProductStatus<'a> {
    /// The lists of builds that are fixed.
    pub(super) fn fixed(&self) -> impl Iterator<Item = &'a RawValue> + use<'a> {
        [self.first_fixed, self.fixed, self.recommended].into_iter().flatten()
    }

    /// The other lists, by what they say.
    pub(super) fn states(&self) -> impl Iterator<Item = (&'a RawValue, Status)> + use<'a> {
        let lists = [
            (self.first_affected, Status::Affected),
            (self.known_affected, Status::Affected),
            (self.last_affected, Status::Affected),
            (self.known_not_affected, Status::NotAffected),
            (self.under_investigation, Status::UnderInvestigation),
        ];
        lists.into_iter().filter_map(|(list, status)| Some((list?, status)))
    }
}

#[derive(Deserialize)]
pub(super) struct Cwe<'a> {
    #[serde(borrow)]
    pub(super) id: Option<Text<'a>>,
}

/// A remediation or a threat: something about products.
#[derive(Deserialize)]
pub(super) struct Remark<'a> {
    #[serde(borrow)]
    pub(super) category: Option<Text<'a>>,
    pub(super) details: Option<Text<'a>>,
    pub(super) url: Option<Text<'a>>,
    pub(super) product_ids: Option<&'a RawValue>,
}

#[derive(Deserialize)]
pub(super) struct Score<'a> {
    #[serde(borrow)]
    pub(super) cvss_v2: Option<Cvss<'a>>,
    pub(super) cvss_v3: Option<Cvss<'a>>,
    pub(super) cvss_v4: Option<Cvss<'a>>,
}

#[derive(Deserialize)]
pub(super) struct Cvss<'a> {
    #[serde(rename = "vectorString", borrow)]
    pub(super) vector: Option<Text<'a>>,
}
