//! A pickle as far as tensors need it: a stack machine that knows some thirty instructions and the few names of [`super::torch`].
//! Nothing is imported and nothing is called; whatever else a pickle asks for is refused.
//! Format: CPython's `Lib/pickletools.py`, protocols 2 to 5.
//!
//! Each instruction makes one value at most, and their number is bounded.

use std::collections::HashMap;

use super::bytes::Bytes;
use super::not_pytorch;
use super::torch::{self, Global};
use super::values::{Value, Values};
use crate::error::{Error, Result};

/// The most instructions; a checkpoint of ResNet-152 with Adam's state has 100,000.
const MAX_STEPS: usize = 1 << 19;

/// The machine, with all that the pickles run on it have made.
#[derive(Debug)]
pub(super) struct Machine<'a> {
    rest: Bytes<'a>,
    stack: Vec<Value<'a>>,
    /// How high the stack was at each mark.
    marks: Vec<usize>,
    memo: HashMap<u32, Value<'a>>,
    steps: usize,
    pub values: Values<'a>,
}

impl<'a> Machine<'a> {
    /// A machine for the pickles that stand one behind the other at the beginning of `bytes`.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self {
            rest: Bytes::new(bytes),
            stack: Vec::new(),
            marks: Vec::new(),
            memo: HashMap::new(),
            steps: 0,
            values: Values::default(),
        }
    }

    /// How many bytes are left behind the pickles that have run.
    pub fn left(&self) -> usize {
        self.rest.len()
    }

    /// Runs the next pickle and returns its value.
    ///
    /// # Errors
    /// [`Error::Weights`] when it is no pickle, ends early, is too long, or asks for anything but tensors and plain values.
    pub fn run(&mut self) -> Result<Value<'a>> {
        self.stack.clear();
        self.marks.clear();
        self.memo.clear();
        loop {
            self.steps += 1;
            if self.steps > MAX_STEPS {
                return Err(not_pytorch(&format!("a pickle of at most {MAX_STEPS} instructions"), "more"));
            }
            let code = self.rest.u8().ok_or_else(early)?;
            if code == b'.' {
                return self.pop();
            }
            self.step(code)?;
        }
    }

    fn step(&mut self, code: u8) -> Result<()> {
        match code {
            // PROTO and FRAME say nothing that matters here.
            0x80 => drop(self.number(1)?),
            0x95 => drop(self.number(8)?),
            b'(' => self.marks.push(self.stack.len()),
            b'0' => drop(self.pop()?),
            b'1' => drop(self.marked()?),
            b'2' => self.stack.push(self.top()?),
            b'N' => self.stack.push(Value::None),
            0x88 | 0x89 => self.stack.push(Value::Bool),
            b'J' => {
                let number = self.number(4)? as u32 as i32;
                self.stack.push(Value::Int(number.into()));
            }
            b'K' => self.int(1)?,
            b'M' => self.int(2)?,
            0x8a => self.long()?,
            b'G' => {
                self.take(8)?;
                self.stack.push(Value::Other);
            }
            // BINUNICODE and its short and long kin; then what Python 2 wrote for text.
            b'X' => self.text(4)?,
            0x8c => self.text(1)?,
            0x8d => self.text(8)?,
            b'T' => self.text(4)?,
            b'U' => self.text(1)?,
            b'C' => self.bytes(1)?,
            b'B' => self.bytes(4)?,
            b')' => self.tuple(Vec::new()),
            b't' => {
                let items = self.marked()?;
                self.tuple(items);
            }
            0x85..=0x87 => {
                let start = self.stack.len().checked_sub(usize::from(code - 0x84)).ok_or_else(astray)?;
                let items = self.cut(start)?;
                self.tuple(items);
            }
            b']' => self.stack.push(self.values.list()),
            b'}' => self.stack.push(self.values.dict()),
            b'a' => {
                let item = self.pop()?;
                self.values.extend(self.top()?, &[item]).ok_or_else(astray)?;
            }
            b'e' => {
                let items = self.marked()?;
                self.values.extend(self.top()?, &items).ok_or_else(astray)?;
            }
            b's' => {
                let value = self.pop()?;
                let key = self.pop()?;
                self.values.insert(self.top()?, &[key, value]).ok_or_else(astray)?;
            }
            b'u' => {
                let items = self.marked()?;
                self.values.insert(self.top()?, &items).ok_or_else(astray)?;
            }
            b'q' => self.keep(1)?,
            b'r' => self.keep(4)?,
            0x94 => {
                let next = self.memo.len() as u32;
                self.memo.insert(next, self.top()?);
            }
            b'h' => self.recall(1)?,
            b'j' => self.recall(4)?,
            b'c' => {
                let (module, name) = (self.line()?, self.line()?);
                self.stack.push(Value::Global(torch::global(module, name)?));
            }
            0x93 => {
                let (name, module) = (self.pop()?, self.pop()?);
                let (Value::Text(module), Value::Text(name)) = (module, name) else { return Err(astray()) };
                self.stack.push(Value::Global(torch::global(module, name)?));
            }
            b'Q' => {
                let id = self.pop()?;
                let storage = torch::storage(self.values.items(id).ok_or_else(astray)?)?;
                self.stack.push(self.values.storage(storage));
            }
            b'R' => {
                let (arguments, function) = (self.pop()?, self.pop()?);
                let made = self.build(function, arguments)?;
                self.stack.push(made);
            }
            // An ordered dictionary's attributes: PyTorch keeps versions of modules there.
            b'b' => {
                self.pop()?;
                if !matches!(self.top()?, Value::Dict(_)) {
                    return Err(not_pytorch("attributes of a dictionary only", "some of another value"));
                }
            }
            other => {
                let found = format!("instruction {other:#04x} at byte {} from its end", self.rest.len());
                return Err(not_pytorch("a pickle that holds tensors and plain values only", &found));
            }
        }
        Ok(())
    }

    /// What a call that is allowed would have returned.
    fn build(&mut self, function: Value<'a>, arguments: Value<'a>) -> Result<Value<'a>> {
        let (Value::Global(function), Some(arguments)) = (function, self.values.items(arguments)) else {
            return Err(astray());
        };
        match function {
            Global::OrderedDict if arguments.is_empty() => Ok(self.values.dict()),
            Global::RebuildTensor => {
                let tensor = torch::tensor(&self.values, arguments)?;
                Ok(self.values.tensor(tensor))
            }
            Global::RebuildParameter => match arguments.first() {
                Some(Value::Tensor(tensor)) => Ok(Value::Tensor(*tensor)),
                _ => Err(astray()),
            },
            Global::OrderedDict | Global::Storage(_) => {
                Err(not_pytorch("only tensors to be built", "a call of something else"))
            }
        }
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8]> {
        self.rest.take(count).ok_or_else(early)
    }

    /// An unsigned number of `width` bytes, at most eight.
    fn number(&mut self, width: usize) -> Result<u64> {
        Ok(self.take(width)?.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    fn length(&mut self, width: usize) -> Result<usize> {
        usize::try_from(self.number(width)?).map_err(|_| early())
    }

    fn int(&mut self, width: usize) -> Result<()> {
        let number = self.number(width)? as i64;
        self.stack.push(Value::Int(number));
        Ok(())
    }

    fn long(&mut self) -> Result<()> {
        let length = self.length(1)?;
        let bytes = self.take(length)?;
        let filled = if bytes.last().is_some_and(|byte| *byte > 0x7f) { [0xff; 8] } else { [0; 8] };
        let mut wide = filled;
        if length <= 8 {
            wide[..length].copy_from_slice(bytes);
        }
        self.stack.push(if length <= 8 { Value::Int(i64::from_le_bytes(wide)) } else { Value::Other });
        Ok(())
    }

    fn text(&mut self, width: usize) -> Result<()> {
        let length = self.length(width)?;
        let bytes = self.take(length)?;
        let text = std::str::from_utf8(bytes).map_err(|_| not_pytorch("text in UTF-8", "other bytes"))?;
        self.stack.push(Value::Text(text));
        Ok(())
    }

    fn bytes(&mut self, width: usize) -> Result<()> {
        let length = self.length(width)?;
        self.take(length)?;
        self.stack.push(Value::Other);
        Ok(())
    }

    fn line(&mut self) -> Result<&'a str> {
        let line = self.rest.line().ok_or_else(early)?;
        std::str::from_utf8(line).map_err(|_| not_pytorch("names in UTF-8", "other bytes"))
    }

    fn top(&self) -> Result<Value<'a>> {
        // What lies below a mark belongs to a container that is still open.
        let floor = self.marks.last().copied().unwrap_or(0);
        self.stack.get(floor..).and_then(|open| open.last()).copied().ok_or_else(astray)
    }

    fn pop(&mut self) -> Result<Value<'a>> {
        let value = self.top()?;
        self.stack.pop();
        Ok(value)
    }

    fn cut(&mut self, start: usize) -> Result<Vec<Value<'a>>> {
        if start < self.marks.last().copied().unwrap_or(0) {
            return Err(astray());
        }
        Ok(self.stack.split_off(start))
    }

    /// All that was pushed since the latest mark.
    fn marked(&mut self) -> Result<Vec<Value<'a>>> {
        let start = self.marks.pop().ok_or_else(astray)?;
        Ok(self.stack.split_off(start))
    }

    fn tuple(&mut self, items: Vec<Value<'a>>) {
        self.stack.push(self.values.tuple(items));
    }

    fn keep(&mut self, width: usize) -> Result<()> {
        let place = self.number(width)? as u32;
        self.memo.insert(place, self.top()?);
        Ok(())
    }

    fn recall(&mut self, width: usize) -> Result<()> {
        let place = self.number(width)? as u32;
        let kept = self.memo.get(&place).copied();
        let found =
            || not_pytorch("a pickle that recalls what it has kept", &format!("number {place}, which is not there"));
        self.stack.push(kept.ok_or_else(found)?);
        Ok(())
    }
}

fn early() -> Error {
    not_pytorch("a whole pickle", "one that ends early")
}

/// An instruction that does not find on the stack what it works on.
pub(super) fn astray() -> Error {
    not_pytorch("a pickle that builds tensors", "one whose instructions do not fit together")
}
