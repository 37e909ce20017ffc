//! How often the loops and the conditional parts of a kernel run. Machine code does not say it; the parameters of a dispatch do.

use resnet_lens::kernel::KernelCall;

use super::Failure;
use super::assembly::Part;

/// A loop with the number of its iterations.
#[derive(Debug)]
pub struct Counted {
    /// Iterations of this loop for each one of the loop around it; less than one for a conditional part.
    pub trips: f64,
    /// The body in the order of its text.
    pub body: Vec<Step>,
}

/// An instruction or a loop.
#[derive(Debug)]
pub enum Step {
    /// One instruction.
    Instruction(super::assembly::Kind),
    /// A loop.
    Loop(Counted),
}

/// The program of a call with the iterations of its loops, which are given in the order of the text.
///
/// # Errors
/// The sentence that a kernel has other loops than are known here.
pub fn counted(parts: Vec<Part>, call: &KernelCall) -> Result<Counted, Failure> {
    let mut given = trips(call).into_iter();
    let program = Counted { trips: 1.0, body: number(parts, &mut given, call)? };
    match given.next() {
        None => Ok(program),
        Some(_) => Err(format!("{}: expected more loops in its machine code", call.kernel.label()).into()),
    }
}

fn number(parts: Vec<Part>, given: &mut impl Iterator<Item = f64>, call: &KernelCall) -> Result<Vec<Step>, Failure> {
    let step = |part| match part {
        Part::Instruction(kind) => Ok(Step::Instruction(kind)),
        Part::Loop(body) => {
            let missing = || format!("{}: expected fewer loops in its machine code", call.kernel.label());
            let trips = given.next().ok_or_else(missing)?;
            Ok(Step::Loop(Counted { trips, body: number(body, given, call)? }))
        }
    };
    parts.into_iter().map(step).collect()
}

fn trips(call: &KernelCall) -> Vec<f64> {
    let field = |name: &str| {
        let index = call.kernel.fields.iter().position(|field| *field == name);
        index.map_or(1.0, |index| f64::from(call.params[index]))
    };
    let constant = |name: &str| call.constants.iter().find(|(key, _)| *key == name).map_or(1.0, |(_, value)| *value);
    match call.kernel.name {
        "conv2d_tiled" => tiled(&constant, &field, call.kernel.workgroup),
        "conv2d_reduce" => vec![field("slices")],
        "conv2d_pair" => vec![(field("quads") / 8.0).ceil() + (field("projection_quads") / 8.0).ceil()],
        "linear_pooled" => {
            let (quads, parts) = (field("in_quads"), constant("PARTS"));
            let chunk = quads.min(512.0);
            vec![(quads / 512.0).ceil(), (chunk / 256.0).ceil(), field("pixels"), (chunk / parts).ceil(), parts - 1.0]
        }
        "linear" => vec![(field("in_quads") / constant("PARTS")).ceil(), constant("PARTS") - 1.0],
        // A window, the whole map: rows and columns.
        "maxpool2d" => vec![field("kernel_height"), field("kernel_width")],
        "avgpool" => vec![field("pixels")],
        _ => Vec::new(),
    }
}

/// Loops: origins of pixels; steps, and in them the offsets that are located again under another tap.
fn tiled(constant: &dyn Fn(&str) -> f64, field: &dyn Fn(&str) -> f64, invocations: usize) -> Vec<f64> {
    let slices = (constant("XS") / constant("THREADS_M")).max(1.0);
    let chunk = if slices == 8.0 { 1.0 } else { (8.0 / slices).min(4.0) };
    let steps = (field("steps_per_slice") / slices).ceil();
    let steps_per_tap = (field("in_quads") / chunk).ceil().min(steps);
    let every_step = constant("ROW_TAPS") + constant("PARTIAL_STEPS") > 0.0;
    // Located in every step, they are not in a conditional part.
    let located = (!every_step).then_some(1.0 / steps_per_tap);
    [(constant("ORIGINS") / invocations as f64).ceil(), steps].into_iter().chain(located).collect()
}
