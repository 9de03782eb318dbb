/// Connections, servers and subprocesses, as plain blocking code for any thread: virtual threads
/// above all, where a wait costs a parked thread and nothing else.
///
/// - [dev.selvedge.loop.io.Connection]: bytes in both directions, made by
///   [dev.selvedge.loop.io.TcpClient] or given to the handler of a
///   [dev.selvedge.loop.io.TcpServer]; over TCP or Unix-domain sockets.
/// - [dev.selvedge.loop.io.Subprocess]: another program, with its input and outputs.
/// - [dev.selvedge.loop.io.Input] and [dev.selvedge.loop.io.Output]: what both have in common.
///
/// **Vocabulary.** A *wire* carries bytes without knowing what they mean; an *input buffer* finds
/// lines and messages in them. A *poller* learns from the operating system which channels are
/// ready; each event loop is one, and for all others there is a thread. To *flush* is to hand to
/// the operating system what was written.
///
/// **Cancellation.** All waits here are Selvedge's own, so a cancelled task and an interrupted
/// thread leave them by `InterruptedException`, and what they waited on remains as it was: no
/// connection is closed, and no byte is lost.
@NullMarked
package dev.selvedge.loop.io;

import org.jspecify.annotations.NullMarked;
