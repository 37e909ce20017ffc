//! The memory that two threads share, and whose turn it is to use it.

use std::time::Duration;

/// Who may read and write the memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// Nobody yet: the compute thread is starting.
    Starting,
    /// The engine: it writes a request, or reads the answer to the last one.
    Engine,
    /// The compute thread: it reads a request and writes the answer.
    Thread,
}

/// The number of words of a message.
pub const WORDS: usize = 32;

/// Memory that the engine and one compute thread share: a message of [`WORDS`] words and values.
///
/// Each side calls the methods in its own turn only, except `turn` and `wait`.
pub trait Channel {
    /// The number of values that it holds.
    fn capacity(&self) -> usize;

    /// Whose turn it is.
    fn turn(&self) -> Turn;

    /// Ends the caller's turn.
    fn pass_to(&self, turn: Turn);

    /// Waits for a turn; false if it does not come within `limit`, or never comes.
    fn wait(&self, turn: Turn, limit: Option<Duration>) -> bool;

    /// Replaces the message.
    fn write_words(&self, words: &[u32; WORDS]);

    /// The message.
    fn words(&self) -> [u32; WORDS];

    /// Replaces the values from the one numbered `first` on.
    fn write(&self, first: usize, values: &[f32]);

    /// Copies the values from the one numbered `first` on.
    fn read(&self, first: usize, values: &mut [f32]);
}
