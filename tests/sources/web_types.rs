//! `src/web/types.d.ts` declares what the crate's structs serialise to: same members, same types.

use std::collections::{BTreeMap, BTreeSet};

use resnet_lens::gpu::{AdapterReport, DeviceKind, DispatchTime, ProfileProgress, TuningProgress};
use resnet_lens::labels::Label;
use resnet_lens::lens::{
    ChannelStatistics, Colormap, ColourMapping, Histogram, LayerStatistics, ReceptiveField, RelatedNode,
    ResidualStatistics, Scale, Statistics, Term,
};
use resnet_lens::ops::{ComputeType, Role, WeightFormat};
use resnet_lens::preprocess::{CropBox, Interpolation, Preprocess};
use resnet_lens::session::{
    BlockImportance, CanvasRole, ChannelRequest, ChannelTile, ClassContributions, Classification, DeletionCurves,
    DotProduct, FiltersRequest, FrameClassification, FrameMilliseconds, GradientNorm, GridRequest, ImageInfo,
    ImportanceProgress, LayerInfo, MapRequest, Milliseconds, ModelInfo, NodeTile, OverlayKind, OverlayRequest,
    Prediction, Probe, Progress, Rectangle, ScaleBounds, SeededRequest, Timings, VisualisationRequest,
};
use resnet_lens::{Catalog, ModelCard};
use serde::Serialize;
use serde_json::Value;

/// Declarations whose Rust side exists only in `src/web`.
const OF_THE_BINDINGS: [&str; 15] = [
    "IntegratedGradients",
    "VisualisationProgress",
    "ComparedNetwork",
    "ComparedReference",
    "Pixels",
    "ScaledPixels",
    "FeatureMap",
    "ModelAddress",
    "HubFile",
    "HubUrls",
    "HubRefusal",
    "LfsPointer",
    "Loading",
    "FrameRequest",
    "ByteFile",
];

/// A member of an interface.
struct Member {
    optional: bool,
    ty: String,
}

/// The interfaces and type aliases of the declaration file.
struct Declarations {
    interfaces: BTreeMap<String, BTreeMap<String, Member>>,
    aliases: BTreeMap<String, String>,
    compared: BTreeSet<String>,
}

impl Declarations {
    fn read() -> Self {
        let mut found = Self { interfaces: BTreeMap::new(), aliases: BTreeMap::new(), compared: BTreeSet::new() };
        let mut current: Option<String> = None;
        for line in include_str!("../../src/web/types.d.ts").lines().map(str::trim) {
            if line.is_empty() || line.starts_with(['/', '*']) {
                continue;
            }
            if let Some(alias) = line.strip_prefix("export type ") {
                let (name, ty) = alias.trim_end_matches(';').split_once(" = ").expect("one line per alias");
                found.aliases.insert(name.to_owned(), ty.to_owned());
            } else if let Some(interface) = line.strip_prefix("export interface ") {
                let words: Vec<&str> = interface.trim_end_matches(" {").split(' ').collect();
                let base = if words.get(1) == Some(&"extends") { found.members(words[2]) } else { BTreeMap::new() };
                found.interfaces.insert(words[0].to_owned(), base);
                current = Some(words[0].to_owned());
            } else if line == "}" {
                current = None;
            } else if let (Some(name), Some((member, ty))) = (&current, line.trim_end_matches(';').split_once(": ")) {
                let optional = member.ends_with('?');
                let member = member.trim_end_matches('?').trim_start_matches("readonly ").to_owned();
                found
                    .interfaces
                    .get_mut(name)
                    .expect("begun above")
                    .insert(member, Member { optional, ty: ty.to_owned() });
            }
        }
        found
    }

    /// A copy of an interface's members.
    fn members(&self, interface: &str) -> BTreeMap<String, Member> {
        let members =
            self.interfaces.get(interface).unwrap_or_else(|| panic!("{interface}: expected an interface above"));
        members.iter().map(|(name, of)| (name.clone(), Member { optional: of.optional, ty: of.ty.clone() })).collect()
    }

    /// Compares what `value` serialises to with the declaration `name`.
    fn compare(&mut self, name: &str, value: &impl Serialize) {
        self.compared.insert(name.to_owned());
        let value = serde_json::to_value(value).expect("serialisable");
        if let Err(difference) = self.fits(name, &value) {
            panic!("src/web/types.d.ts: {name}: {difference}");
        }
    }

    /// Whether a value has a type.
    fn fits(&self, ty: &str, value: &Value) -> Result<(), String> {
        let ty = ty.trim();
        let mismatch = || Err(format!("declared as {ty}, serialised as {value}"));
        let union = union_members(ty);
        if union.len() > 1 {
            return if union.iter().any(|part| self.fits(part, value).is_ok()) { Ok(()) } else { mismatch() };
        }
        if let Some(of) = ty.strip_suffix("[]") {
            let Value::Array(values) = value else { return mismatch() };
            return values.iter().try_for_each(|one| self.fits(of, one));
        }
        if let Some(tuple) = ty.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            let types: Vec<&str> = tuple.split(", ").collect();
            let Value::Array(values) = value else { return mismatch() };
            if values.len() != types.len() {
                return mismatch();
            }
            return types.iter().zip(values).try_for_each(|(ty, one)| self.fits(ty, one));
        }
        let fits = match ty {
            "null" => value.is_null(),
            "number" => value.is_number(),
            "string" => value.is_string(),
            "boolean" => value.is_boolean(),
            // The bindings turn lists of numbers into typed arrays.
            "Float32Array" | "Uint32Array" => value.as_array().is_some_and(|of| of.iter().all(Value::is_number)),
            literal if literal.starts_with('\'') => value.as_str() == Some(literal.trim_matches('\'')),
            alias if self.aliases.contains_key(alias) => return self.fits(&self.aliases[alias], value),
            interface => return self.has_members(interface, value),
        };
        if fits { Ok(()) } else { mismatch() }
    }

    fn has_members(&self, interface: &str, value: &Value) -> Result<(), String> {
        let declared = self.interfaces.get(interface).ok_or_else(|| format!("{interface} is not declared"))?;
        let Value::Object(object) = value else { return Err(format!("{interface}: serialised as {value}")) };
        if let Some(unknown) = object.keys().find(|name| !declared.contains_key(*name)) {
            return Err(format!("{interface} lacks the member {unknown}"));
        }
        for (name, member) in declared {
            match object.get(name) {
                Some(value) => self.fits(&member.ty, value).map_err(|difference| format!("{name}: {difference}"))?,
                None if member.optional => {}
                None => return Err(format!("{interface}: the member {name} is not serialised")),
            }
        }
        Ok(())
    }
}

fn label() -> Label {
    Label { id: Some("n02123045".to_owned()), name: "tabby".to_owned(), ko: None }
}

fn image() -> ImageInfo {
    let crop = CropBox { x: 0.5, y: 0.0, width: 2.0, height: 2.0 };
    ImageInfo { width: 3, height: 2, crop, warning: Some("this image is tiny".to_owned()) }
}

fn predictions() -> Vec<Prediction> {
    vec![Prediction { index: 281, label: label(), probability: 0.5 }]
}

/// The members of a union type; a type without `|` outside of brackets is its only member.
fn union_members(ty: &str) -> Vec<&str> {
    let (mut members, mut depth, mut start) = (Vec::new(), 0_i32, 0);
    for (at, character) in ty.char_indices() {
        match character {
            '[' | '(' | '<' => depth += 1,
            ']' | ')' | '>' => depth -= 1,
            '|' if depth == 0 => {
                members.push(ty[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    members.push(ty[start..].trim());
    members
}

#[test]
fn reports_are_declared() {
    let mut types = Declarations::read();
    for matrix_side in [None, Some(16)] {
        let [name, vendor, backend, driver, kind] = ["a", "b", "Vulkan", "c", "Cpu"].map(str::to_owned);
        let features = vec!["shader-f16"];
        types.compare(
            "AdapterReport",
            &AdapterReport {
                device: DeviceKind::Gpu,
                name,
                vendor,
                backend,
                driver,
                kind,
                software: true,
                features,
                matrix_side,
                threads: matrix_side.map(|_| 2),
                buffer_limit: 1,
            },
        );
    }
    types.compare("Label", &label());
    types.compare("Preprocess", &Preprocess { interpolation: Interpolation::Bicubic, ..Preprocess::default() });
    types.compare("ModelCard", &ModelCard::torchvision("own"));
    types.compare("Catalog", &Catalog::bundled().expect("valid"));
    types.compare(
        "ModelInfo",
        &ModelInfo {
            name: "a".to_owned(),
            architecture: "ResNet-50".to_owned(),
            width: 64,
            classes: 1000,
            parameters: 1,
            input: [3, 224, 224],
            preprocess: Preprocess::default(),
            scheme: "torchvision",
            notes: vec![String::new()],
            sure_from: Some(0.5),
            licence: String::new(),
            dispatches: 68,
            precision: WeightFormat::F16,
            compute_type: ComputeType::F32,
            parameter_bytes: 2,
            edits: vec!["branch:layer3.0:0".parse().expect("an edit")],
        },
    );
    let roles = [
        Role::Convolution,
        Role::Norm,
        Role::Activation,
        Role::Add,
        Role::Scale,
        Role::Pool,
        Role::Reshape,
        Role::Linear,
        Role::Softmax,
    ];
    for (role, pair, part) in roles.map(|role| (role, Some([1, 2]), Some("layer1".to_owned()))) {
        types.compare("Role", &role);
        let [name, attributes] = ["conv1", "3x3"].map(str::to_owned);
        let inputs = vec!["input".to_owned()];
        let [kernel_size, stride] = [pair, pair.filter(|_| role == Role::Convolution)];
        let shape = [1, 64, 112, 112];
        let (stage, block) = (part.clone(), part.filter(|_| role == Role::Add));
        types.compare(
            "LayerInfo",
            &LayerInfo {
                name,
                op: "Conv2d",
                role,
                shape,
                parameters: 1,
                macs: 2,
                inputs,
                attributes,
                kernel_size,
                stride,
                stage,
                block,
            },
        );
    }
    types.compare("Prediction", &predictions()[0]);
    types.compare("CropBox", &image().crop);
    types.compare("ImageInfo", &image());
    types.compare("ImageInfo", &ImageInfo { warning: None, ..image() });
    let ms = Milliseconds { decode: 1.0, preprocess: 2.0, infer: 3.0 };
    types.compare("Milliseconds", &ms);
    types
        .compare("Classification", &Classification { predictions: predictions(), image: image(), ms, first_run: true });
    let ms = FrameMilliseconds { gpu: 1.0, total: 2.0 };
    types.compare("FrameMilliseconds", &ms);
    types.compare("FrameClassification", &FrameClassification { predictions: predictions(), image: image(), ms });
    for first in [None, Some(1.0)] {
        types.compare("Timings", &Timings { load: 1.0, first, infer: first });
    }
    types.compare(
        "DispatchTime",
        &DispatchTime { nodes: vec!["a".to_owned()], kernel: "conv2d".to_owned(), ms: 1.0, gflops: 2.0 },
    );
    types.compare("ProfileProgress", &ProfileProgress { done: 1, total: 2 });
    types.compare("TuningProgress", &TuningProgress { done: 1, total: 2 });
    let layer = LayerStatistics { min: 0.0, max: 1.0, mean: 0.5, std: 0.1, zeros: 0.25 };
    types.compare("LayerStatistics", &layer);
    let row = || vec![0.0, 1.0];
    let channels = ChannelStatistics { min: row(), max: row(), mean: row(), std: row(), zeros: row() };
    types.compare("ChannelStatistics", &channels);
    types.compare("Statistics", &Statistics { channels, layer });
    types.compare("Histogram", &Histogram { low: 0.0, high: 1.0, counts: vec![1, 2] });
    let [branch, shortcut, ratio, cosine] = [1.0, 2.0, 0.5, -0.5];
    let block = || "layer1.0".to_owned();
    types.compare("ResidualStatistics", &ResidualStatistics { block: block(), branch, shortcut, ratio, cosine });
    let effect = BlockImportance { block: block(), probability: 0.5, change: -0.25, top: 281 };
    types.compare("BlockImportance", &effect);
    let norm = GradientNorm { node: "layer1.0.conv1".to_owned(), gradient: 0.5, value: 2.0 };
    types.compare("GradientNorm", &norm);
    types.compare("Progress", &Progress { done: 1, total: 2 });
    let curves = DeletionCurves { fractions: vec![0.0, 1.0], deletion: vec![0.5], insertion: vec![0.25] };
    types.compare("DeletionCurves", &curves);
    types.compare("ImportanceProgress", &ImportanceProgress { done: 1, total: 16, latest: &effect });
    types.compare("RelatedNode", &RelatedNode { name: "bn1".to_owned(), label: "after BN".to_owned() });
    let receptive_field = ReceptiveField { x: -3, y: -3, width: 7, height: 7 };
    types.compare("ReceptiveField", &receptive_field);
    let term = Term { channel: 1, value: 2.0, weight: 3.0, product: 6.0 };
    types.compare("Term", &term);
    types.compare(
        "ClassContributions",
        &ClassContributions {
            map: "relu".to_owned(),
            count: 2,
            positive: vec![term],
            negative: vec![term],
            sum: 12.0,
            bias: 0.5,
            logit: 12.5,
        },
    );
    for activation in [None, Some("ReLU")] {
        let dot_product = DotProduct { count: 1, sum: 2.0, scale: 1.0, shift: 0.0, activation };
        types.compare("DotProduct", &dot_product);
        types.compare(
            "Probe",
            &Probe { value: 1.0, receptive_field, terms: Some(vec![term]), dot_product: Some(dot_product) },
        );
        types.compare("Probe", &Probe { value: 1.0, receptive_field, terms: None, dot_product: None });
    }
    for low in [None, Some(0.0)] {
        types.compare("ScaleBounds", &ScaleBounds { low, high: low, signed: false });
    }

    requests(&mut types);
    let declared = types.interfaces.keys().chain(types.aliases.keys());
    let missing: Vec<&String> =
        declared.filter(|name| !types.compared.contains(*name) && !OF_THE_BINDINGS.contains(&name.as_str())).collect();
    assert!(missing.is_empty(), "declared in src/web/types.d.ts and not compared with a struct: {missing:?}");
}

fn requests(types: &mut Declarations) {
    for (colormap, scale) in
        Colormap::ALL.into_iter().zip([Scale::Channel, Scale::Layer, Scale::Network].into_iter().cycle())
    {
        types.compare("ColormapName", &colormap);
        types.compare("ColourMapping", &ColourMapping { colormap, scale, gamma: 1.0 });
    }
    for role in [CanvasRole::Map, CanvasRole::Grid, CanvasRole::Channel, CanvasRole::Overlay, CanvasRole::Filters] {
        types.compare("CanvasRole", &role);
    }
    let colour = ColourMapping::default();
    let [width, height] = [10, 20];
    let node = || "layer1.0.conv1".to_owned();
    let rectangle = Rectangle { x: 0.0, y: 1.0, width: 2.0, height: 3.0 };
    types.compare("Rectangle", &rectangle);
    let tiles = vec![ChannelTile { channel: 1, rectangle }];
    types.compare("ChannelTile", &tiles[0]);
    types.compare("FiltersRequest", &FiltersRequest { width, height, node: node(), tiles: tiles.clone() });
    types.compare("GridRequest", &GridRequest { width, height, node: node(), tiles, colour, legend: true });
    types.compare("ChannelRequest", &ChannelRequest { width, height, node: node(), channel: 1, colour, legend: true });
    let tiles = vec![NodeTile { node: node(), rectangle }];
    types.compare("NodeTile", &tiles[0]);
    types.compare("MapRequest", &MapRequest { width, height, tiles, colour });
    types.compare("SeededRequest", &SeededRequest { depth: 20, shortcuts: true, normalised: false, seed: 1 });
    types.compare("VisualisationRequest", &VisualisationRequest { node: node(), channel: 1, seed: 2 });
    for kind in [OverlayKind::Cam, OverlayKind::Channel, OverlayKind::GradCam] {
        let (class, channel) =
            (Some(1).filter(|_| kind != OverlayKind::Channel), Some(2).filter(|_| kind == OverlayKind::Channel));
        let node = Some(node()).filter(|_| kind != OverlayKind::Cam);
        types.compare(
            "OverlayRequest",
            &OverlayRequest { width, height, kind, class, node, channel, opacity: 0.5, colour, legend: false },
        );
    }
}
