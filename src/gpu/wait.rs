//! Waiting for the GPU's callbacks.

use futures_channel::oneshot::Receiver;

use super::context::Gpu;
use crate::error::{Error, Result};

fn unfinished(error: impl std::fmt::Display) -> Error {
    Error::Gpu(format!("the GPU did not finish: {error}"))
}

/// What a callback sends when the GPU is done. Natively callbacks run inside of poll.
///
/// # Errors
/// [`Error::Gpu`] when the device is gone.
#[cfg(not(target_arch = "wasm32"))]
pub(super) async fn answer<T>(gpu: &Gpu, receiver: Receiver<T>) -> Result<T> {
    gpu.device.poll(wgpu::PollType::wait_indefinitely()).map_err(unfinished)?;
    receiver.await.map_err(unfinished)
}

/// What a callback sends when the GPU is done. In a browser the event loop calls back.
///
/// Firefox looks after its GPU every 100 ms only (Mozilla's bug 1870699), and whenever something is submitted: so nothing is
/// submitted, again and again, until the answer is there.
///
/// # Errors
/// [`Error::Gpu`] when the device is gone.
#[cfg(target_arch = "wasm32")]
pub(super) async fn answer<T>(gpu: &Gpu, receiver: Receiver<T>) -> Result<T> {
    use std::future::{Future, poll_fn};
    use std::pin::pin;
    use std::task::Poll;

    /// The longest pause in milliseconds; the first is one.
    const LONGEST: i32 = 16;
    let mut receiver = pin!(receiver);
    let mut pause = 1;
    loop {
        let mut timer = pin!(sleep(pause));
        let first = poll_fn(|context| match receiver.as_mut().poll(context) {
            Poll::Ready(answer) => Poll::Ready(Some(answer)),
            Poll::Pending => timer.as_mut().poll(context).map(|()| None),
        });
        if let Some(answer) = first.await {
            return answer.map_err(unfinished);
        }
        gpu.queue.submit([]);
        pause = (pause * 2).min(LONGEST);
    }
}

/// Waits some milliseconds, in a page or a worker; not at all where there is no `setTimeout`.
#[cfg(target_arch = "wasm32")]
async fn sleep(milliseconds: i32) {
    use js_sys::{Function, Promise, Reflect};
    use wasm_bindgen::JsCast;
    let global = js_sys::global();
    let timer = Reflect::get(&global, &"setTimeout".into()).ok().and_then(|timer| timer.dyn_into::<Function>().ok());
    let Some(timer) = timer else { return };
    let promise = Promise::new(&mut |resolve, _| {
        // A refusal leaves the promise open, which only means that nothing is submitted.
        let _ = timer.call2(&global, &resolve, &milliseconds.into());
    });
    let _ = wasm_bindgen_futures::JsFuture::from(promise).await;
}
