//! The table of results.

use std::fmt;

/// Rows of what was measured, against what, and what is asked for.
#[derive(Default)]
pub struct Table {
    rows: Vec<Row>,
}

struct Row {
    what: String,
    measured: String,
    yardstick: String,
    bound: String,
    within: Option<bool>,
}

impl Table {
    /// A time against a yardstick's, both in seconds.
    pub fn ratio(&mut self, what: &str, seconds: f64, yardstick: (&str, f64), bound: f64) {
        let (name, yardstick) = yardstick;
        let ratio = seconds / yardstick;
        self.rows.push(Row {
            what: what.to_owned(),
            measured: format!("{seconds:.2} s = {ratio:.2} ×"),
            yardstick: format!("{name}: {yardstick:.2} s"),
            bound: format!("{bound} ×"),
            within: Some(ratio <= bound),
        });
    }

    /// A number with its unit that has an upper bound.
    pub fn bounded(&mut self, what: &str, value: f64, bound: f64, unit: &str) {
        self.rows.push(Row {
            what: what.to_owned(),
            measured: format!("{value:.2} {unit}"),
            yardstick: String::new(),
            bound: format!("{bound} {unit}"),
            within: Some(value <= bound),
        });
    }

    /// A number with its unit of which nothing is asked.
    pub fn noted(&mut self, what: &str, value: f64, unit: &str) {
        self.rows.push(Row {
            what: what.to_owned(),
            measured: format!("{value:.2} {unit}"),
            yardstick: String::new(),
            bound: String::new(),
            within: None,
        });
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "| what | measured | yardstick | at most | within |\n| --- | --- | --- | --- | --- |"
        )?;
        for row in &self.rows {
            let within = match row.within {
                Some(true) => "yes",
                Some(false) => "**no**",
                None => "",
            };
            let Row { what, measured, yardstick, bound, .. } = row;
            writeln!(f, "| {what} | {measured} | {yardstick} | {bound} | {within} |")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_out_of_bounds_says_so() {
        let mut table = Table::default();
        table.ratio("inventory", 3.0, ("tar", 2.0), 1.5);
        table.ratio("inventory", 3.1, ("tar", 2.0), 1.5);
        table.bounded("memory", 151.0, 150.0, "MB");
        let text = table.to_string();
        let verdicts: Vec<_> = text.lines().skip(2).map(|line| line.contains("**no**")).collect();
        assert_eq!(verdicts, [false, true, true]);
    }
}
