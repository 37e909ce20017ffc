//! Answers below the probability from which on a model's card calls them sure.

use std::fs;
use std::path::Path;

use crate::program::{self, folder, golden, stdout};
use serde_json::{Value, json};

/// Classifies an image by the small golden network with this card, as text and as JSON.
fn classify(name: &str, card: &Value) -> (String, Value) {
    let folder = folder(name);
    let weights = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/resnet/basic.safetensors");
    let model = folder.join("model.safetensors");
    fs::copy(weights, &model).expect("a writable folder");
    fs::write(folder.join("model.json"), card.to_string()).expect("a writable folder");
    let run = |format: &[&str]| {
        let mut command = program::classify();
        command.args(format).args(["--top", "1", &golden("rgb.png"), "--model"]).arg(&model);
        stdout(&command.env("XDG_CACHE_HOME", folder.join("cache")).output().expect("the program starts"))
    };
    (run(&[]), serde_json::from_str(run(&["--json"]).trim()).expect("JSON"))
}

#[test]
fn an_answer_below_the_probability_of_the_card_is_not_sure() {
    let card = |sure_from: Value| json!({"id": "small", "name": "Small", "sure_from": sure_from});
    let (text, line) = classify("not-sure", &card(json!(1.0)));
    assert_eq!(line["sure"], false, "{line}");
    assert!(text.contains("rgb.png  not sure, the best class is below 100 %  "), "{text}");
    let (text, line) = classify("sure", &card(json!(0.0)));
    assert_eq!((&line["sure"], text.contains("sure")), (&json!(true), false), "{text}");
    let (text, line) = classify("not-judged", &card(Value::Null));
    assert_eq!((&line["sure"], text.contains("sure")), (&Value::Null, false), "{text}");
}
