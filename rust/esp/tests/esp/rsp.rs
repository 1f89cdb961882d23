//! Reads known answers: blocks of `NAME = octets in hex`, parted by blank lines.

use std::collections::HashMap;

pub(crate) struct Case(HashMap<&'static str, &'static str>);

impl Case {
    pub(crate) fn word(&self, name: &str) -> &'static str {
        self.0.get(name).unwrap_or_else(|| panic!("known answer without {name}"))
    }

    pub(crate) fn octets(&self, name: &str) -> Vec<u8> {
        hex(self.word(name))
    }
}

/// The blocks of a file; a file without any is a mistake.
pub(crate) fn cases(text: &'static str) -> Vec<Case> {
    let lines = text.lines().filter(|line| !line.starts_with('#')).collect::<Vec<_>>();
    let blocks = lines.split(|line| line.is_empty()).filter(|block| !block.is_empty());
    let cases = blocks.map(|block| Case(block.iter().filter_map(|line| line.split_once(" = ")).collect()));
    let cases = cases.collect::<Vec<_>>();
    assert!(!cases.is_empty(), "no known answers");
    cases
}

/// Octets of hex digits; blanks may stand anywhere between octets.
pub(crate) fn hex(digits: &str) -> Vec<u8> {
    let digits = digits.bytes().filter(|digit| !digit.is_ascii_whitespace()).collect::<Vec<_>>();
    assert!(digits.len().is_multiple_of(2), "odd number of hex digits");
    let nibble = |digit: u8| (digit as char).to_digit(16).expect("hex digit") as u8;
    digits.chunks_exact(2).map(|pair| (nibble(pair[0]) << 4) | nibble(pair[1])).collect()
}
