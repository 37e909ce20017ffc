//! Compiles the pipelines of the plans, writes the report or checks it.

mod assembly;
mod cases;
mod prediction;
mod radv;
mod report;
mod spirv;
mod trips;
mod wave;

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use resnet_lens::kernel::KernelCall;

use cases::{Format, Work};
use radv::{Compiled, Radv};
use report::Report;
use wave::Totals;

/// An error whose text is one sentence.
type Failure = Box<dyn std::error::Error>;

/// The batch sizes of the report.
const BATCHES: [usize; 3] = [1, 8, 32];

/// A dispatch with what is known of its machine code.
#[derive(Debug)]
pub struct Analysed {
    work: Work,
    compiled: Compiled,
    /// The whole of one subgroup.
    totals: Totals,
    /// Its main loop.
    main: Totals,
}

/// A plan of ResNet-50.
#[derive(Debug)]
pub struct Case {
    format: Format,
    batch: usize,
    dispatches: Vec<Analysed>,
}

/// Checks the report, or writes it first if `write`.
///
/// # Errors
/// The sentence that a kernel spills, that a plan has a lower share of products than docs/gpu-report.md, or that the compiler is missing.
pub fn run(write: bool) -> Result<(), Failure> {
    // The compiler belongs to Linux' graphics drivers, as the others' to macOS and Windows.
    if !cfg!(target_os = "linux") {
        println!("skipped: the report needs Mesa's compiler for AMD GPUs, which Linux has");
        return Ok(());
    }
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/gpu-report.md");
    let report = measure()?;
    if write {
        let text = report.markdown();
        print!("{text}");
        fs::write(&file, text)?;
    }
    report.check(&fs::read_to_string(&file)?)
}

fn measure() -> Result<Report, Failure> {
    let radv = Radv::open()?;
    let mut pipelines = HashMap::new();
    let mut cases = Vec::new();
    for format in Format::ALL {
        for batch in BATCHES {
            let dispatches = cases::work(format, batch)?;
            let dispatches = dispatches.into_iter().map(|work| analyse(work, &radv, &mut pipelines));
            cases.push(Case { format, batch, dispatches: dispatches.collect::<Result<_, _>>()? });
        }
    }
    Ok(Report { driver: radv.name.clone(), cases })
}

fn analyse(work: Work, radv: &Radv, pipelines: &mut HashMap<String, Compiled>) -> Result<Analysed, Failure> {
    let compiled = match pipelines.get(&key(&work.call)) {
        Some(compiled) => compiled.clone(),
        None => radv.compile(&work.call)?,
    };
    pipelines.insert(key(&work.call), compiled.clone());
    let program = trips::counted(assembly::parse(&compiled.assembly), &work.call)?;
    let (totals, main) = wave::execute(&program, compiled.subgroup);
    Ok(Analysed { work, compiled, totals, main })
}

/// What distinguishes pipelines.
fn key(call: &KernelCall) -> String {
    format!("{} {:?}", call.kernel.label(), call.constants)
}
