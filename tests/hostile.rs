//! Hostile PyTorch files: whatever they request or claim, opening them takes little memory and time and gives at most one sentence.
#![cfg(not(target_arch = "wasm32"))]

mod common;

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use common::Random;
use common::torch_save::{Entry, Pickle, row_major, zip};
use resnet_lens::weights::WeightFile;

/// Counts what this thread of tests holds at most: the tests of this file run in one.
struct Counting;

static HELD: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call is the system allocator's own; only numbers are kept besides.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let held = HELD.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        MOST.fetch_max(held, Ordering::Relaxed);
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        HELD.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// What reading a file of at most some megabytes may take besides the file.
const MEMORY: usize = 100 << 20;
/// Far more than it takes on a slow machine: this bounds a hang.
const TIME: Duration = Duration::from_secs(20);

/// Opens a file; what it says when it refuses, in one line.
fn open(what: &str, file: Vec<u8>) -> Result<Vec<String>, String> {
    let (before, started) = (HELD.load(Ordering::Relaxed), Instant::now());
    MOST.store(before, Ordering::Relaxed);
    let opened = pollster::block_on(WeightFile::open(file));
    let found = opened.map(|file| file.dims().into_keys().collect()).map_err(|error| error.to_string());
    let (memory, time) = (MOST.load(Ordering::Relaxed) - before, started.elapsed());
    assert!(memory < MEMORY, "{what}: took {memory} bytes");
    assert!(time < TIME, "{what}: took {time:?}");
    if let Err(sentence) = &found {
        let one_line = !sentence.contains(['\n', '\r']) && sentence.len() < 400;
        assert!(one_line && sentence.contains("expected") && sentence.contains("found"), "{what}: {sentence}");
    }
    found
}

fn refused(cases: Vec<(&str, Vec<u8>, &str)>) {
    for (what, file, words) in cases {
        let sentence = open(what, file).expect_err(what);
        assert!(sentence.contains(words), "{what}: no {words:?} in: {sentence}");
        println!("{what}: {sentence}");
    }
}

fn archive(pickle: Vec<u8>) -> Vec<u8> {
    zip(&[Entry::new("a/data.pkl", pickle), Entry::new("a/data/0", vec![0; 64])])
}

/// An archive of one tensor `w` over a storage of 16 values, which the file has.
fn tensor(count: i64, offset: i64, dims: &[i64], strides: &[i64]) -> Vec<u8> {
    let pickle = Pickle::new().code(b"}").text("w").tensor("FloatStorage", "0", count, offset, dims, strides);
    archive(pickle.code(b"s").end())
}

/// The tests of this file, one after the other: they count memory together.
#[test]
fn hostile_files_are_refused_in_one_sentence() {
    assert_eq!(open("a good file", tensor(16, 4, &[3, 4], &[4, 1])).expect("a good file"), ["w"]);
    pickles_that_want_more_than_tensors();
    pickles_that_grow();
    pickles_that_are_broken();
    tensors_that_contradict_the_file();
    archives_that_contradict_themselves();
    files_of_the_old_form();
    files_of_which_bytes_were_changed();
}

fn pickles_that_want_more_than_tensors() {
    let run = |module: &str, name: &str| archive(Pickle::new().global(module, name).text("echo").code(b"\x85R").end());
    let short = |pickle: Pickle, text: &str| pickle.code([0x8c, text.len() as u8]).code(text);
    let stacked = short(short(Pickle::new(), "builtins"), "eval").code(b"\x93").text("1").code(b"\x85R");
    let beside = |module: &str, name: &str| {
        let tensors = Pickle::new().code(b"}(").text("w").tensor("FloatStorage", "0", 16, 0, &[16], &[1]);
        archive(tensors.text("x").global(module, name).text("echo").code(b"\x85Ru").end())
    };
    refused(vec![
        ("os.system", run("os", "system"), "found a mention of os.system, which is not followed"),
        ("posix.system", run("posix", "system"), "posix.system"),
        ("eval", archive(stacked.end()), "builtins.eval"),
        (
            "a module",
            run("torchvision.models.resnet", "ResNet"),
            "an object of torchvision.models.resnet.ResNet without tensors",
        ),
        ("a name of two lines", run("o\rs", &"x".repeat(10_000)), "o?s.xxx"),
        ("a function of PyTorch", run("torch.hub", "load"), "torch.hub.load"),
        ("a command in an old instance", archive(Pickle::new().code(b"(ios\nsystem\n").end()), "os.system"),
        ("a command beside tensors", beside("nt", "system"), "nt.system"),
        ("code beside tensors", beside("__builtin__", "eval"), "__builtin__.eval"),
        ("an import beside tensors", beside("importlib", "import_module"), "importlib.import_module"),
        ("a registered class", archive(Pickle::new().code(b"\x82\x01").end()), "instruction 0x82"),
        (
            "a storage that is called",
            archive(Pickle::new().global("torch", "FloatStorage").code(b")R").end()),
            "an object of torch.FloatStorage without tensors",
        ),
        ("attributes of a tuple", archive(Pickle::new().code(b")}b").end()), "attributes"),
        ("a text that is called", archive(Pickle::new().text("os.system").code(b")R").end()), "do not fit together"),
    ]);
}

/// Few bytes that would be many values, much depth or much time if they were followed to the letter.
fn pickles_that_grow() {
    // Ten lists of ten of the list before, twenty times over: 10^20 values if they were copied.
    let mut bomb = Pickle::new().code(b"]q\0");
    for _ in 0..20 {
        bomb = bomb.code(b"](").code([b'h', 0].repeat(10)).code(b"eq\0");
    }
    let deep = |code: &[u8], times: usize| archive(Pickle::new().code(b")").code(code.repeat(times)).end());
    let itself = Pickle::new().code(b"]q\0h\0a").end();
    let memo =
        (0..400_000u32).fold(Pickle::new().code(b"N"), |pickle, at| pickle.code(b"r").code((at * 9973).to_le_bytes()));
    let copies = Pickle::new().code(b"}").code(b"2".repeat(600_000));
    refused(vec![
        ("a bomb of lists", archive(bomb.end()), "a dictionary of tensors"),
        ("a deep well of tuples", deep(b"\x85", 500_000), "a dictionary of tensors"),
        ("a deeper one", deep(b"\x85", 3_000_000), "at most 524288 instructions"),
        ("marks and nothing else", deep(b"(", 500_000), "do not fit together"),
        ("a list of itself", archive(itself), "a dictionary of tensors"),
        ("a memo of 400,000", archive(memo.end()), "a dictionary of tensors"),
        ("copies", archive(copies.end()), "at most 524288 instructions"),
        ("five megabytes", archive(Pickle::new().text(&"x".repeat(5 << 20)).end()), "at most 4194304 bytes"),
    ]);
    // Half a million dictionaries are a state dict without a tensor.
    assert_eq!(open("many dictionaries", deep(b"}", 500_000)).expect("the last one is empty"), [""; 0]);
}

fn pickles_that_are_broken() {
    let of = |codes: &[u8]| archive(Pickle::new().code(codes).0);
    refused(vec![
        ("nothing", archive(vec![]), "ends early"),
        ("no end", of(b"}"), "ends early"),
        ("an empty stack", of(b"."), "do not fit together"),
        ("a text longer than the file", of(b"X\xff\xff\xff\xffabc"), "ends early"),
        ("a text of 9 exabytes", of(b"\x8d\xff\xff\xff\xff\xff\xff\xff\x7fabc"), "ends early"),
        ("no UTF-8", of(b"X\x02\0\0\0\xff\xfe."), "UTF-8"),
        ("a name without an end", of(b"cos"), "ends early"),
        ("what was never kept", of(b"h\x07."), "number 7"),
        ("an odd number of items", of(b"}(NNNu."), "do not fit together"),
        ("items of nothing", of(b"(NNu."), "do not fit together"),
        ("items of a list", of(b"](NNu."), "do not fit together"),
        ("a tuple across a mark", of(b"NN(N\x87."), "do not fit together"),
        (
            "a key that is no text",
            archive(Pickle::new().code(b"}N").tensor("FloatStorage", "0", 16, 0, &[16], &[1]).code(b"s").end()),
            "a name of each tensor",
        ),
        ("a number", of(b"K\x07."), "a dictionary of tensors"),
        ("a storage of nothing", of(b")Q."), "do not fit together"),
    ]);
}

fn tensors_that_contradict_the_file() {
    let most = i64::MAX;
    let two = |second: i64| {
        let pickle = Pickle::new().code(b"}(").text("v").tensor("FloatStorage", "0", 16, 0, &[8], &[1]);
        archive(pickle.text("w").tensor("FloatStorage", "0", 16, second, &[8], &[1]).code(b"u").end())
    };
    let twice = Pickle::new().code(b"}(").text("w").tensor("FloatStorage", "0", 16, 0, &[8], &[1]);
    let twice = twice.text("w").tensor("FloatStorage", "0", 16, 8, &[8], &[1]).code(b"u").end();
    assert_eq!(open("two tensors of a storage", two(8)).expect("they lie apart"), ["v", "w"]);
    refused(vec![
        ("bytes shared", two(7), "v: expected tensors that share all bytes or none"),
        ("one name twice", archive(twice), "w: expected one tensor of this name"),
        ("more than the storage", tensor(16, 0, &[17], &[1]), "inside its storage of 16"),
        ("behind the storage", tensor(16, 10, &[7], &[1]), "from value 10 on"),
        ("an offset beyond counting", tensor(16, most, &[16], &[1]), "inside its storage"),
        ("a negative offset", tensor(16, -4, &[4], &[1]), "do not fit together"),
        ("a negative extent", tensor(16, 0, &[-4], &[1]), "do not fit together"),
        ("a negative stride", tensor(16, 15, &[4], &[-1]), "do not fit together"),
        ("dims beyond counting", tensor(16, 0, &[most, most, most], &row_major(&[1, 1, 1])), "contiguous"),
        ("dims beyond counting beside a zero", tensor(16, 0, &[0, 1 << 40, 1 << 40], &[0, 0, 0]), "contiguous"),
        ("one value many times", tensor(16, 0, &[1 << 40], &[0]), "at most 16777216 values where it repeats them"),
        ("gaps", tensor(16, 0, &[8], &[2]), "contiguous"),
        ("strides of another rank", tensor(16, 0, &[4], &[4, 1]), "do not fit together"),
        ("nine dims", tensor(16, 0, &[1; 9], &[1; 9]), "do not fit together"),
        ("a longer storage", tensor(17, 0, &[16], &[1]), "w: expected a storage of 17 values"),
        ("a storage beyond counting", tensor(most, 0, &[16], &[1]), "w: expected a storage of"),
        ("a negative storage", tensor(-1, 0, &[16], &[1]), "do not fit together"),
    ]);
    let lost =
        Pickle::new().code(b"}").text("w").tensor("FloatStorage", "../../x", 16, 0, &[16], &[1]).code(b"s").end();
    refused(vec![("a storage elsewhere", archive(lost), "an entry a/data/../../x")]);
}

fn archives_that_contradict_themselves() {
    let pickle = || Entry::new("a/data.pkl", Pickle::new().code(b"}").end());
    let entry = |change: &dyn Fn(&mut Entry)| {
        let mut entry = pickle();
        change(&mut entry);
        zip(&[entry])
    };
    let good = zip(&[pickle()]);
    let with_end = |at: usize, bytes: &[u8]| {
        let mut file = good.clone();
        let start = file.len() - 22 + at;
        file[start..start + bytes.len()].copy_from_slice(bytes);
        file
    };
    assert_eq!(open("an empty archive", good.clone()).expect("a dictionary"), [""; 0]);
    let bomb = |entry: &mut Entry| (entry.method, entry.packed, entry.length) = (8, Some(1000), Some(u32::MAX - 1));
    let big = zip(&[pickle(), Entry::new("a/byteorder", *b"big")]);
    refused(vec![
        ("a bomb", entry(&bomb), "stored as it is or deflated, found 4294967294 bytes packed into 1000 by method 8"),
        ("packed by nothing", entry(&|entry| entry.length = Some(1 << 30)), "packed into"),
        ("encrypted", entry(&|entry| entry.flags = 1), "encrypted"),
        (
            "longer than the file",
            entry(&|entry| (entry.packed, entry.length) = (Some(1 << 30), Some(1 << 30))),
            "in front of the directory",
        ),
        ("elsewhere", entry(&|entry| entry.header = Some(3)), "a header of a/data.pkl at byte 3"),
        ("outside", entry(&|entry| entry.header = Some(u32::MAX - 1)), "in front of the directory"),
        ("no zip64 field", entry(&|entry| entry.header = Some(u32::MAX)), "entries, found 0 that end early"),
        ("half", good[..good.len() / 2].to_vec(), "cut off"),
        ("only a beginning", b"PK\x03\x04".to_vec(), "cut off"),
        ("more entries than there are", with_end(8, &[9, 0, 9, 0]), "found 1 that end early"),
        ("fewer entries than there are", with_end(8, &[0, 0, 0, 0]), "0 entries in its directory, found more"),
        ("several files", with_end(8, &[1, 0, 2, 0]), "parts of several"),
        ("a directory of 4 GB", with_end(12, &[0xff; 8]), "at most 4194304 bytes"),
        ("a directory behind the end", with_end(16, &[0xff, 0xff, 0, 0]), "in front of its end"),
        ("no pickle", zip(&[Entry::new("readme", *b"hello")]), "one entry data.pkl in the archive, found 0"),
        ("two pickles", zip(&[pickle(), Entry::new("b/data.pkl", *b"}.")]), "found 2"),
        ("one name twice", zip(&[pickle(), pickle()]), "a/data.pkl twice"),
        ("another order", big, "the low byte first"),
    ]);
}

/// The pickles of PyTorch before 1.6: magic number, version, machine, tensors, keys; then the storages.
fn files_of_the_old_form() {
    let magic = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";
    let old = |version: i64, count: u64, values: usize, keys: Pickle| {
        let tensors = Pickle::new().code(b"}").text("w").tensor("FloatStorage", "7", 4, 0, &[4], &[1]).code(b"s").end();
        let pickles = [Pickle::new().int(version).end(), Pickle::new().code(b"}").end(), tensors, keys.code(b".").0];
        [&magic[..], &pickles.concat(), &count.to_le_bytes(), &vec![0; values * 4]].concat()
    };
    let keys = |keys: &[&str]| keys.iter().fold(Pickle::new().code(b"]"), |pickle, key| pickle.text(key).code(b"a"));
    assert_eq!(open("a good old file", old(1001, 4, 4, keys(&["7"]))).expect("good"), ["w"]);
    refused(vec![
        ("another version", old(1002, 4, 4, keys(&["7"])), "version 1001"),
        ("another number", old(1001, 5, 4, keys(&["7"])), "the number of its 4 values before the storage 7"),
        ("cut off", old(1001, 4, 3, keys(&["7"])), "the weight file is cut off"),
        ("an unknown storage", old(1001, 4, 4, keys(&["8"])), "do not fit together"),
        ("no storage", old(1001, 4, 4, keys(&[])), "do not fit together"),
        ("no list", old(1001, 4, 4, Pickle::new().code(b"}")), "do not fit together"),
        ("a pickle of something", Pickle::new().code([0x8a, 0x0a]).code([1; 10]).end(), "a pickle of something else"),
    ]);
}

/// Unforeseen faults: valid files with a few bytes changed, or truncated. The fuzz targets do the same for longer.
fn files_of_which_bytes_were_changed() {
    let mut random = Random::new(5);
    let files: [&[u8]; 3] = [
        include_bytes!("golden/pytorch/channels_last.pth"),
        include_bytes!("golden/pytorch/legacy.pth"),
        include_bytes!("golden/pytorch/early.pth"),
    ];
    for file in files {
        for turn in 0..300 {
            let mut changed = file.to_vec();
            for _ in 0..1 + random.below(4) {
                // Where the pickles are, or anywhere.
                let at = random.below(if turn % 2 == 0 { 8192 } else { file.len() });
                changed[at] = random.below(256) as u8;
            }
            changed.truncate(if turn % 10 == 0 { random.below(file.len()) } else { file.len() });
            // Good or not: no panic, little memory, a sentence.
            let _ = open("bytes changed", changed);
        }
    }
}
