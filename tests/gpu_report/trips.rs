//! How often the loops of a kernel run. Machine code does not say it; the parameters of a dispatch do.

use resnet_lens::kernel::KernelCall;

use super::Failure;
use super::assembly::Part;

/// A loop with the number of its iterations.
#[derive(Debug)]
pub struct Counted {
    /// Iterations of this loop for each one of the loop around it.
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
    let mut given = trips(call, &parts).into_iter();
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

fn trips(call: &KernelCall, parts: &[Part]) -> Vec<f64> {
    let field = |name: &str| {
        let index = call.kernel.fields.iter().position(|field| *field == name);
        index.map_or(1.0, |index| f64::from(call.params[index]))
    };
    let constant = |name: &str| call.constants.iter().find(|(key, _)| *key == name).map_or(1.0, |(_, value)| *value);
    match call.kernel.name {
        "conv2d_tiled" => tiled(&constant, field("steps_per_slice"), parts),
        "conv2d_reduce" => vec![field("slices")],
        "linear" => vec![(field("in_quads") / constant("PARTS")).ceil(), constant("PARTS") - 1.0],
        // A window, the whole map: rows and columns.
        "maxpool2d" => vec![field("kernel_height"), field("kernel_width")],
        "avgpool" => vec![field("pixels")],
        _ => Vec::new(),
    }
}

/// Loops: origins of pixels; steps, with loads of activations and of weights, and products; stores.
fn tiled(constant: &dyn Fn(&str) -> f64, steps: f64, parts: &[Part]) -> Vec<f64> {
    let pixels = constant("ORIGINS");
    let [quads, chunk] = ["QUADS", "CHUNK"].map(constant);
    let mut trips = vec![(pixels / 64.0).ceil(), steps, (constant("XS") / 64.0).ceil(), (constant("WS") / 64.0).ceil()];
    let inner = parts.iter().filter_map(|part| if let Part::Loop(body) = part { Some(body) } else { None });
    let products = inner.flatten().filter_map(|part| match part {
        Part::Loop(body) if Part::products(body) > 8 => Some(Part::products(body)),
        _ => None,
    });
    trips.extend(products.map(|products| constant("ROWS") * quads * 16.0 * chunk / products as f64));
    trips.push(4.0);
    trips
}
