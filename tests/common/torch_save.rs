//! What `torch.save` writes, written by tests: pickles instruction by instruction, and archives entry by entry.

use super::containers::Tensor;

/// An entry of an archive, as its directory and its own header describe it.
#[derive(Clone)]
pub struct Entry {
    pub name: String,
    pub data: Vec<u8>,
    pub method: u16,
    pub flags: u16,
    /// What the directory says of the packed and the plain length, and of where the entry begins; absent: the truth.
    pub packed: Option<u32>,
    pub length: Option<u32>,
    pub header: Option<u32>,
}

impl Entry {
    pub fn new(name: &str, data: impl Into<Vec<u8>>) -> Self {
        let data = data.into();
        Self { name: name.to_owned(), data, method: 0, flags: 0, packed: None, length: None, header: None }
    }
}

/// An archive of stored entries.
pub fn zip(entries: &[Entry]) -> Vec<u8> {
    let (mut file, mut directory) = (Vec::new(), Vec::new());
    for Entry { name, data, method, flags, packed, length, header } in entries {
        let at = header.unwrap_or(file.len() as u32);
        let [name_length, real] = [name.len() as u32, data.len() as u32];
        let [packed, length] = [packed, length].map(|declared| declared.unwrap_or(real));
        file.extend(b"PK\x03\x04\x14\0");
        file.extend([*flags, *method].map(u16::to_le_bytes).as_flattened());
        file.extend([0, 0, packed, length, name_length].map(u32::to_le_bytes).as_flattened());
        file.extend(name.bytes().chain(data.iter().copied()));
        directory.extend(b"PK\x01\x02\x14\0\x14\0");
        directory.extend([*flags, *method].map(u16::to_le_bytes).as_flattened());
        directory.extend([0, 0, packed, length, name_length].map(u32::to_le_bytes).as_flattened());
        // No comment, the first disk, no attributes.
        directory.extend([0; 10]);
        directory.extend(at.to_le_bytes());
        directory.extend(name.bytes());
    }
    let start = file.len() as u32;
    let count = entries.len() as u32;
    file.extend(&directory);
    file.extend(b"PK\x05\x06\0\0\0\0");
    file.extend([count | count << 16, directory.len() as u32, start].map(u32::to_le_bytes).as_flattened());
    file.extend([0, 0]);
    file
}

/// A pickle of protocol 2 in the making.
#[derive(Clone, Default)]
pub struct Pickle(pub Vec<u8>);

impl Pickle {
    pub fn new() -> Self {
        Self(vec![0x80, 2])
    }

    pub fn code(mut self, code: impl AsRef<[u8]>) -> Self {
        self.0.extend(code.as_ref());
        self
    }

    pub fn text(self, text: &str) -> Self {
        self.code(b"X").code((text.len() as u32).to_le_bytes()).code(text)
    }

    pub fn int(self, number: i64) -> Self {
        self.code([0x8a, 8]).code(number.to_le_bytes())
    }

    pub fn global(self, module: &str, name: &str) -> Self {
        self.code(format!("c{module}\n{name}\n"))
    }

    pub fn ints(self, numbers: &[i64]) -> Self {
        numbers.iter().fold(self.code(b"("), |pickle, number| pickle.int(*number)).code(b"t")
    }

    /// A view of a storage of `count` values.
    pub fn tensor(self, storage: &str, key: &str, count: i64, offset: i64, dims: &[i64], strides: &[i64]) -> Self {
        let id = self.global("torch._utils", "_rebuild_tensor_v2").code(b"((").text("storage").global("torch", storage);
        let storage = id.text(key).text("cpu").int(count).code(b"tQ");
        let view = storage.int(offset).ints(dims).ints(strides);
        view.code(b"\x89").global("collections", "OrderedDict").code(b")RtR")
    }

    pub fn end(self) -> Vec<u8> {
        self.code(b".").0
    }
}

/// The strides of a tensor whose last index runs fastest.
pub fn row_major(dims: &[i64]) -> Vec<i64> {
    (0..dims.len()).map(|axis| dims[axis + 1..].iter().product()).collect()
}

/// A state dict of these tensors, each in a storage of its own.
pub fn write_pth(tensors: &[Tensor]) -> Vec<u8> {
    let mut pickle = Pickle::new().global("collections", "OrderedDict").code(b")R(");
    let mut entries = Vec::new();
    for (key, Tensor { name, dtype, shape, data }) in tensors.iter().enumerate() {
        let storage = match *dtype {
            "F16" => "HalfStorage",
            "BF16" => "BFloat16Storage",
            "I64" => "LongStorage",
            _ => "FloatStorage",
        };
        let dims: Vec<i64> = shape.iter().map(|extent| *extent as i64).collect();
        let (key, count) = (key.to_string(), dims.iter().product());
        pickle = pickle.text(name).tensor(storage, &key, count, 0, &dims, &row_major(&dims));
        entries.push(Entry::new(&format!("archive/data/{key}"), data.clone()));
    }
    entries.insert(0, Entry::new("archive/data.pkl", pickle.code(b"u").end()));
    zip(&entries)
}
