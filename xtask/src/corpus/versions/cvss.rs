//! `cvss`: the scores of vectors.

use std::path::Path;

use anyhow::{Context, Result, bail};
use cvss::Cvss;

use super::super::case::Case;
use super::table;

/// Rows of `vector,base,temporal,environmental`. A score that is not stated is not compared, nor one that the crate does not compute:
/// the temporal one of CVSS 3.
pub fn case(case: String, path: &Path) -> Case {
    let path = path.to_owned();
    Case::new(case, move || check(&path))
}

fn check(path: &Path) -> Result<String> {
    let rows = table::rows(path, &["vector", "base", "temporal", "environmental"])?;
    let (mut wrong, mut compared) = (Vec::new(), 0);
    for (number, row) in &rows {
        let [vector, stated @ ..] = row.as_slice() else { bail!("row {number} is empty") };
        let scores = match vector.parse::<Cvss>() {
            Ok(vector) => scores(&vector),
            Err(error) => {
                wrong.push(format!("row {number}: {vector}: {error}"));
                continue;
            }
        };
        for (stated, found) in stated.iter().zip(scores) {
            let Some(found) = found.filter(|_| !stated.is_empty()) else { continue };
            let stated: f64 = stated.parse().with_context(|| format!("row {number}: {stated}"))?;
            compared += 1;
            if (stated - found).abs() > 0.001 {
                wrong.push(format!("row {number}: {vector}: {stated} expected, {found} found"));
            }
        }
    }
    Ok(format!("{}, {compared} scores", table::outcome(rows.len(), &wrong)?))
}

/// Base, temporal and environmental score.
fn scores(vector: &Cvss) -> [Option<f64>; 3] {
    match vector {
        Cvss::CvssV20(vector) => [
            Some(vector.score().value()),
            Some(vector.temporal_score().value()),
            Some(vector.environmental_score().value()),
        ],
        Cvss::CvssV30(vector) | Cvss::CvssV31(vector) => {
            [Some(vector.base_score().value()), None, Some(vector.environmental_score().value())]
        }
        Cvss::CvssV40(vector) => [Some(vector.score().value()), None, None],
        _ => [None; 3],
    }
}
