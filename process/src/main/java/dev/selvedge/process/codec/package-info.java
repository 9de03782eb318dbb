/// Turns object graphs into bytes and back, for what travels between processes.
///
/// An [Encoder] writes values into a **message**, a [Decoder] reads them again, and both are made
/// with [Codecs], the settings and the codecs that both ends share. A program that adds a type of
/// its own implements [Codec].
///
/// Vocabulary: **large memory** goes beside a message instead of into it, so that a transport
/// copies it once; a **word** describes a class or a function, and is sent once; a [Lexicon] keeps
/// the words that both ends of a connection know, by number.
@NullMarked
package dev.selvedge.process.codec;

import org.jspecify.annotations.NullMarked;
