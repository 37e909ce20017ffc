//! Messages of drivers and browsers.

/// The lines of a driver's or a browser's message as one, without a full stop: it becomes part of a sentence.
pub(in crate::gpu) fn one_line(message: &str) -> String {
    let lines = message.lines().map(str::trim).filter(|line| !line.is_empty() && *line != "Caused by:");
    lines.collect::<Vec<_>>().join("; ").trim_end_matches('.').to_owned()
}

/// The message of a `GPUError` of any class.
#[cfg(target_arch = "wasm32")]
pub(in crate::gpu) fn error_message(error: &wasm_bindgen::JsValue) -> String {
    let message = js_sys::Reflect::get(error, &"message".into()).ok().and_then(|message| message.as_string());
    message.filter(|message| !message.is_empty()).unwrap_or_else(|| "the browser gives no reason".to_owned())
}
