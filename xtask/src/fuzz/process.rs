use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result};
use plimsoll_fuzz::Seeds;

/// Seconds after which one input is too slow. Those of a busy machine, not of an idle one.
const INPUT_SECONDS: u32 = 10;
/// Address space, bounded by the operating system, so that no allocation is larger, however short it lives: libFuzzer only looks at
/// memory once a second. The targets need a quarter of it.
const ADDRESS_SPACE_KIBIBYTES: u32 = 768 << 10;
/// Longer inputs are made only where a seed is longer.
const INPUT_BYTES: usize = 4096;
/// The bytes of an input that are printed.
const PRINTED_BYTES: usize = 4096;
/// The last lines of a failed target's output that are printed.
const PRINTED_LINES: usize = 60;

/// One target's process.
pub struct Run<'a> {
    pub program: &'a Path,
    pub name: String,
    pub seeds: &'a Seeds,
    /// A folder for the seeds, gone with the run.
    pub scratch: &'a Path,
    /// Where inputs that reach new code are found and kept.
    pub corpus: &'a Path,
    /// Where inputs that break something are kept.
    pub failures: &'a Path,
    pub duration: Duration,
    pub fixed: Option<Fixed>,
}

/// What makes two runs of a target the same.
#[derive(Clone, Copy)]
pub struct Fixed {
    /// Where libFuzzer's random numbers begin.
    pub seed: u32,
    /// Inputs after which it ends.
    pub runs: u32,
}

pub enum Outcome {
    Passed {
        runs: u64,
        /// Edges of the code that were reached.
        covered: u64,
    },
    /// What it said, and the input that broke it.
    Failed(String),
}

impl Outcome {
    pub fn line(&self, name: &str) -> String {
        match self {
            Self::Passed { runs, covered } => {
                format!("{name:<24} passed   {runs:>9} runs {covered:>6} edges")
            }
            Self::Failed(_) => format!("{name:<24} FAILED"),
        }
    }
}

impl Run<'_> {
    pub fn to_end(&self) -> Result<Outcome> {
        let seeds = self.scratch.join("seeds");
        for folder in [&seeds, self.corpus, self.failures] {
            fs::create_dir_all(folder)
                .with_context(|| format!("failed to make {}", folder.display()))?;
        }
        for (number, seed) in self.seeds.inputs.iter().enumerate() {
            fs::write(seeds.join(format!("{number:05}")), seed)
                .context("failed to write a seed")?;
        }
        let words = self.scratch.join("words");
        fs::write(&words, dictionary(&self.seeds.words)).context("failed to write the words")?;
        let longest = self.seeds.inputs.iter().map(Vec::len).max().unwrap_or_default();
        let mut command = Command::new("sh");
        // A shell is what can set the bound without a line of unsafe code.
        let script = match self.fixed {
            // libFuzzer is guided by where code lies too: the same inputs are made only where that is the same.
            Some(_) => format!(
                "ulimit -v {ADDRESS_SPACE_KIBIBYTES} && \
                 if setarch -R true 2>/dev/null; then exec setarch -R \"$@\"; else exec \"$@\"; fi"
            ),
            None => format!("ulimit -v {ADDRESS_SPACE_KIBIBYTES} && exec \"$@\""),
        };
        command.args(["-c", &script, "sh"]).arg(self.program);
        command
            .arg(format!("-max_total_time={}", self.duration.as_secs()))
            .arg(format!("-timeout={INPUT_SECONDS}"))
            .arg("-rss_limit_mb=0")
            .arg(format!("-max_len={}", longest.max(INPUT_BYTES)))
            // An empty one is an error.
            .args((!self.seeds.words.is_empty()).then(|| format!("-dict={}", words.display())))
            .arg(format!("-artifact_prefix={}/", self.failures.display()))
            .args(self.fixed.map(|fixed| format!("-seed={}", fixed.seed)))
            .args(self.fixed.map(|fixed| format!("-runs={}", fixed.runs)))
            .args(["-print_final_stats=1", "-detect_leaks=0", "-reload=0"])
            .args([self.corpus, &seeds]);
        let output = command
            .env("PLIMSOLL_FUZZ_TARGET", &self.name)
            // Each would reserve 64 MiB of the address space for itself.
            .env("MALLOC_ARENA_MAX", "2")
            .stdin(Stdio::null())
            .output()
            .with_context(|| format!("failed to run {}", self.program.display()))?;
        let said = String::from_utf8_lossy(&output.stderr);
        if output.status.success() {
            return Ok(Outcome::Passed {
                runs: number_after(&said, "stat::number_of_executed_units:"),
                covered: number_after(&said, "\tDONE   cov:"),
            });
        }
        Ok(Outcome::Failed(self.failure(&said)))
    }

    /// What a developer needs to see, and to do it again.
    fn failure(&self, said: &str) -> String {
        let lines: Vec<_> = said.lines().collect();
        // libFuzzer's own trace has no names; the panic's message stands before it.
        let of_interest = lines.iter().filter(|line| !line.starts_with('#'));
        let of_interest: Vec<_> = of_interest.copied().collect();
        let kept = &of_interest[of_interest.len().saturating_sub(PRINTED_LINES)..];
        let mut text = kept.join("\n");
        let input = lines.iter().find_map(|line| line.split_once("Test unit written to "));
        let Some((_, path)) = input else { return text };
        let bytes = fs::read(path.trim()).unwrap_or_default();
        // Writing to a string cannot fail.
        let _ = write!(text, "\n\nthe input: {}, {} bytes", path.trim(), bytes.len());
        if bytes.len() <= PRINTED_BYTES {
            let _ = write!(text, "\nin hexadecimal: {}", hexadecimal(&bytes));
        }
        let again = format!("cargo xtask fuzz --target {} --input {}", self.name, path.trim());
        let _ = write!(text, "\nhint: {again}");
        text
    }
}

/// libFuzzer's form of a dictionary: a quoted word a line.
fn dictionary(words: &[Vec<u8>]) -> String {
    let escaped =
        |word: &Vec<u8>| word.iter().map(|byte| format!("\\x{byte:02x}")).collect::<String>();
    words.iter().map(|word| format!("\"{}\"\n", escaped(word))).collect()
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The number that follows a word; 0 where the word is not there.
fn number_after(text: &str, word: &str) -> u64 {
    let rest = text.rsplit_once(word).map_or("", |(_, rest)| rest);
    rest.split_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_found_in_what_libfuzzer_says() {
        let said = "#2\tINITED cov: 7 ft: 7\n#9\tDONE   cov: 10 ft: 10\nstat::number_of_executed_units: 9\n";
        assert_eq!(number_after(said, "stat::number_of_executed_units:"), 9);
        assert_eq!(number_after(said, "\tDONE   cov:"), 10);
        assert_eq!(number_after(said, "absent:"), 0);
    }

    #[test]
    fn words_of_any_bytes_are_written_so_that_libfuzzer_reads_them() {
        assert_eq!(dictionary(&[b"a\"\n".to_vec()]), "\"\\x61\\x22\\x0a\"\n");
    }
}
