//! Expressions: licences joined by `and` and `or`, as SPDX, Fedora, Debian, R and Cargo write them.
//!
//! `and` binds more tightly than `or`; a comma before either makes it bind less than both (Debian's "Machine-readable copyright file",
//! section "License specification"). A name may have several words, so what stands between operators is one name.

use std::fmt;
use std::iter::Peekable;
use std::vec::IntoIter;

use plimsoll_core::PackageType;

use super::{gentoo, name};

/// How deep expressions are enclosed in one another.
pub(super) const DEEPEST: usize = 32;
/// What a package means that is licensed as Perl is.
const ARTISTIC_BESIDE: &str = "GPL-1.0-or-later";

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Tree {
    /// An identifier or a reference, perhaps with an exception.
    Leaf(String),
    And(Vec<Self>),
    Or(Vec<Self>),
}

impl Tree {
    pub(super) fn leaf(text: &str) -> Self {
        Self::Leaf(text.to_owned())
    }

    /// Joins two; what is joined by the same operator stays one list, in which each stands once.
    fn join(self, other: Self, operator: Operator) -> Self {
        Self::all(vec![self, other], operator)
    }

    pub(super) fn all(members: Vec<Self>, operator: Operator) -> Self {
        let mut list: Vec<Self> = Vec::new();
        for member in members {
            let flat = match (member, operator) {
                (Self::And(inner), Operator::And) | (Self::Or(inner), Operator::Or) => inner,
                (other, _) => vec![other],
            };
            for member in flat {
                if !list.contains(&member) {
                    list.push(member);
                }
            }
        }
        match (list.len(), operator) {
            (1, _) => list.remove(0),
            (_, Operator::And) => Self::And(list),
            (_, Operator::Or) => Self::Or(list),
        }
    }

    /// `Artistic` alone may be one of three licences; beside the GPL of any version it is Perl's. `None` where it stays open.
    fn with_perls_artistic(self) -> Option<Self> {
        match self {
            Self::Leaf(id) if id == name::ARTISTIC => None,
            Self::Leaf(_) => Some(self),
            Self::And(list) => list
                .into_iter()
                .map(Self::with_perls_artistic)
                .collect::<Option<_>>()
                .map(Self::And),
            Self::Or(list) => {
                let is_perls = list.contains(&Self::leaf(ARTISTIC_BESIDE));
                let resolve = |member: Self| match member {
                    Self::Leaf(id) if id == name::ARTISTIC && is_perls => {
                        Some(Self::leaf("Artistic-1.0-Perl"))
                    }
                    other => other.with_perls_artistic(),
                };
                list.into_iter().map(resolve).collect::<Option<_>>().map(Self::Or)
            }
        }
    }
}

impl fmt::Display for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (list, operator) = match self {
            Self::Leaf(text) => return f.write_str(text),
            Self::And(list) => (list, " AND "),
            Self::Or(list) => (list, " OR "),
        };
        for (position, member) in list.iter().enumerate() {
            if position > 0 {
                f.write_str(operator)?;
            }
            match (self, member) {
                (Self::And(_), Self::Or(_)) => write!(f, "({member})")?,
                _ => write!(f, "{member}")?,
            }
        }
        Ok(())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    And,
    Or,
}

#[derive(Debug, PartialEq, Eq)]
enum Token {
    Name(String),
    Open,
    Close,
    /// An operator, and whether a comma stands before it.
    Operator(Operator, bool),
}

/// The expression that a statement is; `None` where any of it is not known.
pub(super) fn read(stated: &str, kind: Option<PackageType>) -> Option<Tree> {
    // A name may have an operator in it ("Common Development and Distribution License").
    let tree = match name::read(stated, kind) {
        Some(tree) => tree,
        None if kind == Some(PackageType::Ebuild) || stated.starts_with("||") => {
            gentoo::read(stated, kind)?
        }
        None => {
            let mut parser = Parser { tokens: tokens(stated)?.into_iter().peekable(), kind };
            let tree = parser.list(Level::Comma, 0)?;
            parser.tokens.next().is_none().then_some(tree)?
        }
    };
    tree.with_perls_artistic()
}

/// How tightly an operator binds, the loosest first.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Comma,
    Or,
    And,
}

struct Parser {
    tokens: Peekable<IntoIter<Token>>,
    kind: Option<PackageType>,
}

impl Parser {
    /// Members joined by operators of one level, from the left.
    fn list(&mut self, level: Level, depth: usize) -> Option<Tree> {
        let mut tree = self.member(level, depth)?;
        while let Some(Token::Operator(operator, _)) =
            self.tokens.next_if(|token| is_of(token, level))
        {
            let other = self.member(level, depth)?;
            tree = tree.join(other, operator);
        }
        Some(tree)
    }

    fn member(&mut self, level: Level, depth: usize) -> Option<Tree> {
        match level {
            Level::Comma => self.list(Level::Or, depth),
            Level::Or => self.list(Level::And, depth),
            Level::And => match self.tokens.next()? {
                Token::Name(text) => name::read(&text, self.kind).or_else(|| self.slashed(&text)),
                Token::Open if depth < DEEPEST => {
                    let tree = self.list(Level::Comma, depth + 1)?;
                    (self.tokens.next()? == Token::Close).then_some(tree)
                }
                Token::Open | Token::Close | Token::Operator(..) => None,
            },
        }
    }

    /// Cargo's old form, `MIT/Apache-2.0`, which others took over: either of them.
    fn slashed(&self, text: &str) -> Option<Tree> {
        if text.contains("://") || !text.contains('/') {
            return None;
        }
        let names: Option<Vec<_>> =
            text.split('/').map(|part| name::read(part, self.kind)).collect();
        Some(Tree::all(names?, Operator::Or))
    }
}

fn is_of(token: &Token, level: Level) -> bool {
    match token {
        Token::Operator(_, true) => level == Level::Comma,
        Token::Operator(Operator::Or, false) => level == Level::Or,
        Token::Operator(Operator::And, false) => level == Level::And,
        Token::Name(_) | Token::Open | Token::Close => false,
    }
}

/// The tokens of a statement; `None` where a parenthesis behind a name is not closed.
fn tokens(stated: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut term = String::new();
    let mut rest = stated.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '(' if term.is_empty() => {
                tokens.push(Token::Open);
                1
            }
            // Behind a name it belongs to that: a version condition of R, an abbreviation.
            '(' => {
                let end = rest.find(')')? + 1;
                push_word(&mut term, rest.get(..end)?);
                end
            }
            ')' => {
                end_term(&mut tokens, &mut term);
                tokens.push(Token::Close);
                1
            }
            '|' | '&' => {
                end_term(&mut tokens, &mut term);
                let operator = if first == '|' { Operator::Or } else { Operator::And };
                tokens.push(Token::Operator(operator, false));
                rest.chars().take(2).take_while(|next| *next == first).count()
            }
            _ => word(rest, &mut tokens, &mut term),
        };
        rest = rest.get(length..)?.trim_start();
    }
    end_term(&mut tokens, &mut term);
    Some(tokens)
}

/// Takes one word: an operator ends the name before it, anything else belongs to the name. Gives its bytes.
fn word(rest: &str, tokens: &mut Vec<Token>, term: &mut String) -> usize {
    let is_end = |letter: char| letter.is_whitespace() || matches!(letter, '(' | ')' | '|' | '&');
    let end = rest.find(is_end).unwrap_or(rest.len());
    let word = rest.get(..end).unwrap_or(rest);
    let operator = match word {
        "and" | "AND" | "And" => Operator::And,
        "or" | "OR" | "Or" => Operator::Or,
        _ => {
            push_word(term, word);
            return end;
        }
    };
    let behind = rest.get(end..).unwrap_or_default();
    if let Some(length) = later_length(behind) {
        term.push('+');
        return end + length;
    }
    let has_comma = term.ends_with(',');
    term.truncate(term.trim_end_matches(',').len());
    end_term(tokens, term);
    tokens.push(Token::Operator(operator, has_comma));
    end
}

/// The bytes of "later", "any later version" and their like behind an `or`.
fn later_length(text: &str) -> Option<usize> {
    let mut length = 0;
    let mut take = |wanted: &[&str]| {
        let rest = text.get(length..).unwrap_or_default();
        let start = rest.trim_start();
        let found = wanted.iter().find(|word| {
            let after = start.get(word.len()..);
            start.get(..word.len()).is_some_and(|found| found.eq_ignore_ascii_case(word))
                && after.is_some_and(|after| !after.starts_with(char::is_alphanumeric))
        })?;
        length += rest.len() - start.len() + found.len();
        Some(())
    };
    take(&["(at your option)", "at your option"]);
    take(&["any"]);
    take(&["later", "newer", "above", "greater", "higher"])?;
    take(&["versions", "version"]);
    take(&["(at your option)"]);
    Some(length)
}

fn push_word(term: &mut String, word: &str) {
    if !term.is_empty() {
        term.push(' ');
    }
    term.push_str(word);
}

fn end_term(tokens: &mut Vec<Token>, term: &mut String) {
    if !term.is_empty() {
        tokens.push(Token::Name(std::mem::take(term)));
    }
}
