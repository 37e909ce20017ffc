//! A stack machine for pickles of protocols 0 to 5. Nothing is imported and nothing is called: calls of PyTorch's functions in
//! [`super::torch`] build tensors and dictionaries, all others become inert [`super::value::Object`]s.
//! Format: CPython's `Lib/pickletools.py`.
//!
//! Each instruction builds one value at most, and their number is bounded.

use std::collections::HashMap;

use super::error::{malformed, not_pytorch};
use super::operands::Operands;
use super::torch::{self, Constructor};
use super::value::{Arena, Global, PickleValue};
use crate::error::Result;

/// The most instructions; a checkpoint of ResNet-152 with Adam's state has 100,000.
const MAX_STEPS: usize = 1 << 19;

/// The machine, with the values that its pickles have built.
#[derive(Debug)]
pub(super) struct Unpickler<'a> {
    operands: Operands<'a>,
    stack: Vec<PickleValue<'a>>,
    /// The height of the stack at each mark.
    marks: Vec<usize>,
    memo: HashMap<u32, PickleValue<'a>>,
    steps: usize,
    /// Values that the pickle refers to by a persistent id of text, as in files of PyTorch 0.1.
    pub numbered: HashMap<&'a str, PickleValue<'a>>,
    pub arena: Arena<'a>,
}

impl<'a> Unpickler<'a> {
    /// A machine for consecutive pickles at the beginning of `bytes`.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self {
            operands: Operands::new(bytes),
            stack: Vec::new(),
            marks: Vec::new(),
            memo: HashMap::new(),
            steps: 0,
            numbered: HashMap::new(),
            arena: Arena::default(),
        }
    }

    /// The number of bytes after the pickles that have run.
    pub fn remaining(&self) -> usize {
        self.operands.remaining()
    }

    /// Runs the next pickle and returns its value.
    ///
    /// # Errors
    /// [`crate::Error::Weights`] when it is not a pickle, ends early, is too long, or mentions a function that
    /// [`torch::check_global`] refuses.
    pub fn run(&mut self) -> Result<PickleValue<'a>> {
        self.stack.clear();
        self.marks.clear();
        self.memo.clear();
        loop {
            self.steps += 1;
            if self.steps > MAX_STEPS {
                return Err(not_pytorch(&format!("a pickle of at most {MAX_STEPS} instructions"), "more"));
            }
            let code = self.operands.code()?;
            if code == b'.' {
                return self.pop();
            }
            if !(self.push_scalar(code)?
                || self.build_container(code)?
                || self.edit_stack(code)?
                || self.build_object(code)?)
            {
                let found = format!("instruction {code:#04x} at byte {} from its end", self.operands.remaining());
                return Err(not_pytorch("a pickle that holds tensors and plain values only", &found));
            }
        }
    }

    /// Instructions that push one plain value; false for any other instruction.
    fn push_scalar(&mut self, code: u8) -> Result<bool> {
        let value = match code {
            b'N' => PickleValue::None,
            0x88 | 0x89 => PickleValue::Bool,
            b'J' => PickleValue::Int((self.operands.number(4)? as u32 as i32).into()),
            b'K' => PickleValue::Int(self.operands.number(1)? as i64),
            b'M' => PickleValue::Int(self.operands.number(2)? as i64),
            // LONG1 and LONG4.
            0x8a => self.operands.long(1)?,
            0x8b => self.operands.long(4)?,
            // INT and LONG of protocol 0; INT also spells booleans.
            b'I' | b'L' => self.operands.decimal()?,
            b'F' => {
                self.operands.line()?;
                PickleValue::Opaque
            }
            b'G' => self.operands.opaque(8)?,
            // BINUNICODE, its short and long form; BINSTRING and SHORT_BINSTRING.
            b'X' => self.operands.text(4)?,
            0x8c => self.operands.text(1)?,
            0x8d => self.operands.text(8)?,
            b'T' => self.operands.byte_string(4)?,
            b'U' => self.operands.byte_string(1)?,
            // STRING and UNICODE of protocol 0.
            b'S' => self.operands.quoted()?,
            b'V' => PickleValue::Text(self.operands.line()?),
            b'C' => self.operands.sized_opaque(1)?,
            b'B' => self.operands.sized_opaque(4)?,
            // BINBYTES8 and BYTEARRAY8.
            0x8e | 0x96 => self.operands.sized_opaque(8)?,
            _ => return Ok(false),
        };
        self.stack.push(value);
        Ok(true)
    }

    /// Instructions for tuples, lists, dictionaries and sets; false for any other instruction.
    fn build_container(&mut self, code: u8) -> Result<bool> {
        match code {
            b')' => self.push_tuple(Vec::new()),
            b't' => {
                let items = self.pop_to_mark()?;
                self.push_tuple(items);
            }
            0x85..=0x87 => {
                let start = self.stack.len().checked_sub(usize::from(code - 0x84)).ok_or_else(malformed)?;
                let items = self.split_off(start)?;
                self.push_tuple(items);
            }
            b']' | b'l' | 0x91 => {
                // EMPTY_LIST, LIST and FROZENSET; EMPTY_SET is below, since its items follow.
                let items = if code == b']' { Vec::new() } else { self.pop_to_mark()? };
                let list = self.arena.list(items);
                self.stack.push(list);
            }
            0x8f => {
                let set = self.arena.list(Vec::new());
                self.stack.push(set);
            }
            b'}' | b'd' => {
                let items = if code == b'}' { Vec::new() } else { self.pop_to_mark()? };
                let dict = self.arena.dict(Vec::new());
                self.arena.insert(dict, &items).ok_or_else(malformed)?;
                self.stack.push(dict);
            }
            b'a' => {
                let item = self.pop()?;
                self.arena.extend(self.top()?, &[item]).ok_or_else(malformed)?;
            }
            b'e' | 0x90 => {
                let items = self.pop_to_mark()?;
                self.arena.extend(self.top()?, &items).ok_or_else(malformed)?;
            }
            b's' => {
                let value = self.pop()?;
                let key = self.pop()?;
                self.arena.insert(self.top()?, &[key, value]).ok_or_else(malformed)?;
            }
            b'u' => {
                let items = self.pop_to_mark()?;
                self.arena.insert(self.top()?, &items).ok_or_else(malformed)?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Instructions for the stack, the memo and the framing; false for any other instruction.
    fn edit_stack(&mut self, code: u8) -> Result<bool> {
        match code {
            // PROTO and FRAME do not change the value.
            0x80 => drop(self.operands.number(1)?),
            0x95 => drop(self.operands.number(8)?),
            b'(' => self.marks.push(self.stack.len()),
            b'0' => drop(self.pop()?),
            b'1' => drop(self.pop_to_mark()?),
            b'2' => self.stack.push(self.top()?),
            b'q' => {
                let key = self.operands.number(1)? as u32;
                self.memo.insert(key, self.top()?);
            }
            b'r' => {
                let key = self.operands.number(4)? as u32;
                self.memo.insert(key, self.top()?);
            }
            b'p' => {
                let key = self.operands.decimal_key()?;
                self.memo.insert(key, self.top()?);
            }
            0x94 => {
                let next = self.memo.len() as u32;
                self.memo.insert(next, self.top()?);
            }
            b'h' => {
                let key = self.operands.number(1)? as u32;
                self.push_memo(key)?;
            }
            b'j' => {
                let key = self.operands.number(4)? as u32;
                self.push_memo(key)?;
            }
            b'g' => {
                let key = self.operands.decimal_key()?;
                self.push_memo(key)?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Instructions for globals, calls and attributes; false for any other instruction.
    fn build_object(&mut self, code: u8) -> Result<bool> {
        match code {
            b'c' => {
                let (module, name) = (self.operands.line()?, self.operands.line()?);
                self.push_global(module, name)?;
            }
            0x93 => {
                let (name, module) = (self.pop()?, self.pop()?);
                let (PickleValue::Text(module), PickleValue::Text(name)) = (module, name) else {
                    return Err(malformed());
                };
                self.push_global(module, name)?;
            }
            b'Q' => {
                let id = self.pop()?;
                let value = match id {
                    PickleValue::Text(number) => self.numbered.get(number).copied().ok_or_else(malformed)?,
                    _ => torch::persistent(&mut self.arena, id)?,
                };
                self.stack.push(value);
            }
            // REDUCE and NEWOBJ.
            b'R' | 0x81 => {
                let (arguments, function) = (self.pop()?, self.pop()?);
                let built = self.call(function, arguments)?;
                self.stack.push(built);
            }
            // NEWOBJ_EX has keyword arguments on top.
            0x92 => {
                self.pop()?;
                let (arguments, function) = (self.pop()?, self.pop()?);
                let built = self.call(function, arguments)?;
                self.stack.push(built);
            }
            b'i' => {
                let (module, name) = (self.operands.line()?, self.operands.line()?);
                let arguments = self.pop_to_mark()?;
                self.push_global(module, name)?;
                let function = self.pop()?;
                self.push_call(function, arguments)?;
            }
            b'o' => {
                let mut arguments = self.pop_to_mark()?.into_iter();
                let function = arguments.next().ok_or_else(malformed)?;
                self.push_call(function, arguments.collect())?;
            }
            b'b' => {
                let state = self.pop()?;
                self.set_state(state)?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn push_global(&mut self, module: &'a str, name: &'a str) -> Result<()> {
        let global = Global { module, name };
        torch::check_global(&global)?;
        let value = self.arena.global(global);
        self.stack.push(value);
        Ok(())
    }

    fn push_call(&mut self, function: PickleValue<'a>, arguments: Vec<PickleValue<'a>>) -> Result<()> {
        let arguments = self.arena.tuple(arguments);
        let built = self.call(function, arguments)?;
        self.stack.push(built);
        Ok(())
    }

    /// The value that stands for a call's result.
    fn call(&mut self, function: PickleValue<'a>, arguments: PickleValue<'a>) -> Result<PickleValue<'a>> {
        let class = match function {
            PickleValue::Global(class) => class,
            // A function that another call would have returned.
            PickleValue::Object(object) => return Ok(self.arena.object(self.arena.objects[object].class)),
            _ => return Err(malformed()),
        };
        let items = self.arena.tuple_items(arguments).ok_or_else(malformed)?;
        match torch::constructor(&self.arena.globals[class]) {
            Constructor::Dict => {
                let pairs = self.pairs_of(items.last().copied());
                Ok(self.arena.dict(pairs))
            }
            // Values of a type that no network of this crate has.
            Constructor::Tensor if matches!(items.first(), Some(PickleValue::Opaque)) => Ok(PickleValue::Opaque),
            Constructor::Tensor => {
                let tensor = torch::tensor(&self.arena, items)?;
                Ok(self.arena.tensor(tensor))
            }
            Constructor::First => items.first().copied().map_or_else(|| Ok(self.arena.tuple(Vec::new())), Ok),
            // `_rebuild_from_type_v2(function, type, arguments, state)`.
            Constructor::FromType => match *items {
                [inner @ PickleValue::Global(at), _, arguments, ..]
                    if !matches!(torch::constructor(&self.arena.globals[at]), Constructor::FromType) =>
                {
                    self.call(inner, arguments)
                }
                _ => Err(malformed()),
            },
            Constructor::Object => Ok(self.arena.object(class)),
        }
    }

    /// The pairs of a dictionary or of a sequence of pairs; none for any other argument.
    fn pairs_of(&self, argument: Option<PickleValue<'a>>) -> Vec<[PickleValue<'a>; 2]> {
        let Some(argument) = argument else { return Vec::new() };
        if let Some(pairs) = self.arena.pairs(argument) {
            return pairs.to_vec();
        }
        let items = self.arena.sequence(argument).unwrap_or_default();
        items.iter().filter_map(|item| self.arena.sequence(*item)?.try_into().ok()).collect()
    }

    /// BUILD: the attributes of the object on top of the stack. Those of dictionaries and tensors are dropped: PyTorch stores
    /// versions of modules there.
    fn set_state(&mut self, state: PickleValue<'a>) -> Result<()> {
        match self.top()? {
            PickleValue::Object(at) => self.arena.objects[at].state = Some(state),
            PickleValue::Dict(_) | PickleValue::Tensor(_) => {}
            _ => return Err(not_pytorch("attributes of an object or a dictionary", "some of another value")),
        }
        Ok(())
    }

    fn top(&self) -> Result<PickleValue<'a>> {
        // Values below a mark belong to a container that is not complete.
        let floor = self.marks.last().copied().unwrap_or(0);
        self.stack.get(floor..).and_then(|open| open.last()).copied().ok_or_else(malformed)
    }

    fn pop(&mut self) -> Result<PickleValue<'a>> {
        let value = self.top()?;
        self.stack.pop();
        Ok(value)
    }

    fn split_off(&mut self, start: usize) -> Result<Vec<PickleValue<'a>>> {
        if start < self.marks.last().copied().unwrap_or(0) {
            return Err(malformed());
        }
        Ok(self.stack.split_off(start))
    }

    /// The values pushed since the last mark.
    fn pop_to_mark(&mut self) -> Result<Vec<PickleValue<'a>>> {
        let start = self.marks.pop().ok_or_else(malformed)?;
        Ok(self.stack.split_off(start))
    }

    fn push_tuple(&mut self, items: Vec<PickleValue<'a>>) {
        let tuple = self.arena.tuple(items);
        self.stack.push(tuple);
    }

    fn push_memo(&mut self, key: u32) -> Result<()> {
        let found =
            || not_pytorch("a pickle that reads what it has stored", &format!("number {key}, which is not there"));
        let value = self.memo.get(&key).copied().ok_or_else(found)?;
        self.stack.push(value);
        Ok(())
    }
}
