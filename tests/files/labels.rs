//! The names of classes: ImageNet's in two languages, and those that files bring along.

use std::collections::BTreeMap;

use resnet_lens::labels::{Label, Language, complete, imagenet, parse};
use resnet_lens::{Catalog, ModelCard};

/// Classes that may share a Korean name with another one, and why. There is none: all names differ.
const SHARED: [(&str, &str); 0] = [];

fn label(id: Option<&str>, name: &str, ko: Option<&str>) -> Label {
    Label { id: id.map(str::to_owned), name: name.to_owned(), ko: ko.map(str::to_owned) }
}

/// What stands more than once among these, but for what is allowed to.
fn repeated<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut counts = BTreeMap::new();
    texts.for_each(|text| *counts.entry(text).or_insert(0) += 1);
    let allowed = |text: &str| SHARED.iter().any(|(name, _)| *name == text);
    counts.into_iter().filter(|(text, count)| *count > 1 && !allowed(text)).map(|(text, _)| text).collect()
}

fn is_hangul(letter: char) -> bool {
    ('가'..='힣').contains(&letter)
}

#[test]
fn a_thousand_classes_have_an_id_and_two_names() {
    let classes = imagenet().expect("the list can be read");
    assert_eq!(classes.len(), 1000);
    for Label { id, name, ko } in &classes {
        let id = id.as_deref().unwrap_or_else(|| panic!("{name} has no id"));
        let digits = id.strip_prefix('n').unwrap_or_default();
        assert!(digits.len() == 8 && digits.bytes().all(|byte| byte.is_ascii_digit()), "{id}");
        let korean = ko.as_deref().unwrap_or_else(|| panic!("{id} has no Korean name"));
        for text in [name.as_str(), korean] {
            assert!(!text.is_empty() && text == text.trim() && !text.contains("  "), "{id}: {text:?}");
        }
        assert!(name.is_ascii(), "{id}: {name}");
        // Two are called by letters of the Latin alphabet in Korean too, and one by a number.
        let foreign = korean.chars().filter(|letter| !is_hangul(*letter) && *letter != ' ').collect::<String>();
        assert!(["", "CD", "T", "2"].contains(&foreign.as_str()), "{id}: {korean}");
        assert!(korean.chars().any(is_hangul), "{id}: {korean}");
    }
    assert_eq!(repeated(classes.iter().filter_map(|class| class.id.as_deref())), [""; 0]);
    assert_eq!(repeated(classes.iter().map(|class| class.name.as_str())), [""; 0]);
    assert_eq!(repeated(classes.iter().filter_map(|class| class.ko.as_deref())), [""; 0]);
}

/// English words of two meanings, and neighbours that are easily shifted by a line.
#[test]
fn classes_are_named_after_their_synset() {
    let classes = imagenet().expect("the list can be read");
    for (index, id, english, korean) in [
        (0, "n01440764", "tench", "텐치"),
        (134, "n02012849", "crane bird", "두루미"),
        (207, "n02099601", "golden retriever", "골든 리트리버"),
        (263, "n02113023", "Pembroke", "펨브로크 웰시 코기"),
        (264, "n02113186", "Cardigan", "카디건 웰시 코기"),
        (474, "n02963159", "cardigan", "카디건"),
        (517, "n03126707", "crane", "크레인"),
        (638, "n03710637", "maillot", "타이츠"),
        (639, "n03710721", "maillot tank suit", "원피스 수영복"),
        (657, "n03773504", "missile", "미사일"),
        (744, "n04008634", "projectile", "투사체"),
        (836, "n04355933", "sunglass", "집광 렌즈"),
        (837, "n04356056", "sunglasses", "선글라스"),
        (987, "n12144580", "corn", "옥수수"),
        (998, "n13133613", "ear", "이삭"),
        (999, "n15075141", "toilet tissue", "화장지"),
    ] {
        assert_eq!(classes[index], label(Some(id), english, Some(korean)));
        assert_eq!(classes[index].name_in(Language::English), english);
        assert_eq!(classes[index].name_in(Language::Korean), korean);
    }
}

#[test]
fn a_class_without_a_korean_name_keeps_its_own() {
    assert_eq!(label(None, "Hund", None).name_in(Language::Korean), "Hund");
}

/// An id alone is the whole class; beside a name of the model's own it adds what that lacks; all else stays as it is.
#[test]
fn ids_bring_the_names_of_imagenet() {
    let given = [
        label(None, "n02012849", None),
        label(Some("n02012849"), "common_crane", None),
        label(Some("n02012849"), "crane", Some("학")),
        label(Some("n99999999"), "unicorn", None),
        label(None, "crane", None),
        label(None, "n99999999", None),
    ];
    let expected = [
        label(Some("n02012849"), "crane bird", Some("두루미")),
        label(Some("n02012849"), "common_crane", Some("두루미")),
        given[2].clone(),
        given[3].clone(),
        given[4].clone(),
        given[5].clone(),
    ];
    assert_eq!(complete(&given).expect("the list can be read"), expected);
}

#[test]
fn labels_are_read_in_every_usual_form() {
    let plain = [label(None, "cat", None), label(None, "dog", None)];
    for text in [
        r#"["cat", "dog"]"#,
        "cat\n\n  dog \r\n",
        r#"[{"label": "cat"}, {"label": "dog", "hypernym": "canine"}]"#,
        r#"[{"en": "cat"}, "dog"]"#,
        r#"{"1": "dog", "0": {"label": "cat"}}"#,
        r#"{"dog": 1, "cat": 0}"#,
        r#"{"version": 1, "classes": ["cat", "dog"]}"#,
        r#"{"class_to_idx": {"cat": 0, "dog": 1}}"#,
        "\u{feff}cat\r\ndog\r\n",
        "# two animals\ncat\ndog",
        "0: cat\n1: dog",
        "1\tdog\n0\tcat",
        "1. cat\n2. dog",
        "index,name\n0,cat\n1,\"dog\"",
        "name,index\ndog,1\ncat,0",
    ] {
        assert_eq!(parse(text).expect(text), plain, "{text}");
    }
    assert_eq!(
        parse(r#"[{"id": "n02012849", "en": "crane bird", "ko": "두루미"}]"#).unwrap(),
        [label(Some("n02012849"), "crane bird", Some("두루미"))]
    );
    assert_eq!(
        parse(r#"{"1": ["n01443537", "goldfish"], "0": ["n01440764", "tench"]}"#).unwrap(),
        [label(Some("n01440764"), "tench", None), label(Some("n01443537"), "goldfish", None)]
    );
    let numbered = [label(None, "type 0", None), label(None, "type 1", None)];
    assert_eq!(parse("type 0\ntype 1").unwrap(), numbered, "names may end in numbers");
    for text in ["n02012849 crane\nn01443537 goldfish", "0,n02012849,crane\n1,n01443537,goldfish"] {
        let synsets = [label(Some("n02012849"), "crane", None), label(Some("n01443537"), "goldfish", None)];
        assert_eq!(parse(text).unwrap(), synsets, "{text}");
    }
    for (text, found) in [
        ("c\0a\0t\0", "another encoding"),
        (r#"{"cat": 0, "dog": 0}"#, "found \"cat\" and \"dog\""),
        (r#"{"cat": 0, "dog": 2}"#, "index 1, found the next at 2"),
        ("", "none"),
        ("[]", "none"),
        (r#"[{"ko": "두루미"}]"#, "did not match"),
        ("[1]", "did not match"),
        (r#"{"0": "tench", "2": "shark"}"#, "index 1, found the next at 2"),
        (r#"{"tench": "0"}"#, "a number in quotes"),
    ] {
        let error = parse(text).expect_err(text).to_string();
        assert!(error.starts_with("labels: expected") && error.contains(found) && !error.contains('\n'), "{error}");
    }
}

#[test]
fn a_card_names_as_many_classes_as_the_network_has() {
    let card = ModelCard::torchvision("any");
    assert_eq!(card.class_labels(1000, None).unwrap(), imagenet().unwrap());
    assert_eq!(card.class_labels(10, None).unwrap()[7], label(None, "class 7", None));
    let card = ModelCard { labels: Some(parse("n01443537\ncat").unwrap()), ..card };
    assert_eq!(
        card.class_labels(2, None).unwrap(),
        [label(Some("n01443537"), "goldfish", Some("금붕어")), label(None, "cat", None)]
    );
    assert!(card.class_labels(3, None).is_err());
}

#[test]
fn a_card_states_addresses_and_a_probability() {
    let url = Some("https://host/model.pth".to_owned());
    let card = ModelCard { url: url.clone(), licence_url: url, sure_from: Some(0.5), ..ModelCard::torchvision("any") };
    assert_eq!(ModelCard::parse(&serde_json::to_string(&card).unwrap()).expect("it is valid"), card);
    for (field, value) in
        [("url", "\"file.pth\""), ("licence_url", "\"javascript:alert(1)\""), ("sure_from", "1.5"), ("sure_from", "-1")]
    {
        let error = ModelCard::parse(&format!(r#"{{"id": "a", "name": "A", "{field}": {value}}}"#))
            .expect_err(field)
            .to_string();
        assert!(error.contains(&format!("{field}: expected")) && error.contains("found"), "{error}");
    }
}

/// Every model is bundled, in a repository of the hub, or at an address.
#[test]
fn every_model_of_the_catalog_has_one_place() {
    let catalog = Catalog::bundled().expect("the catalog can be read");
    for (index, card) in catalog.models.iter().enumerate() {
        let places = [index == 0, card.id.starts_with("hf:"), card.url.is_some()];
        assert_eq!(places.iter().filter(|&&place| place).count(), 1, "{}", card.id);
        assert!(card.licence != "non-commercial" || card.licence_url.is_some(), "{}: its licence is linked", card.id);
    }
}

/// What a card is written as is what it is read from.
#[test]
fn labels_survive_being_written() {
    let card = ModelCard { labels: Some(imagenet().unwrap()), ..ModelCard::torchvision("any") };
    let text = serde_json::to_string(&card).expect("a card can be written");
    assert_eq!(ModelCard::parse(&text).expect("and read"), card);
}

#[test]
fn the_starter_knows_its_classes_in_both_languages() {
    let card = &Catalog::bundled().expect("the catalog can be read").models[0];
    let labels = card.class_labels(107, None).expect("a label a class");
    assert!(labels.iter().all(|label| label.id.is_some() && label.ko.is_some()), "{labels:?}");
    assert_eq!(labels[12], label(Some("n02099601"), "golden retriever", Some("골든 리트리버")));
}
