//! The option `--shard`.

use std::str::FromStr;

/// One of several disjoint shares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// 1 to `count`.
    number: usize,
    count: usize,
}

impl Shard {
    /// Every `count`-th item, beginning with the `number`-th, so that shares of a sorted list take equally long.
    pub fn select<T>(&self, items: Vec<T>) -> Vec<T> {
        items.into_iter().skip(self.number - 1).step_by(self.count).collect()
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let numbers = text.split_once('/').and_then(|(number, count)| number.parse().ok().zip(count.parse().ok()));
        numbers
            .filter(|(number, count)| (1..=*count).contains(number))
            .map(|(number, count)| Self { number, count })
            .ok_or_else(|| "expected I/N with I from 1 to N, as in 3/16".into())
    }
}
