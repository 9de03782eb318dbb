package dev.selvedge.process.codec;

import dev.selvedge.internal.Obstacles;
import java.io.IOException;
import java.io.InvalidObjectException;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.SerializedLambda;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Writes values into messages.
///
/// ```java
/// Encoder encoder = new Encoder(codecs);
/// encoder.write(function);
/// encoder.write(argument);
/// transport.send(encoder.length(), encoder::copyTo, encoder.large());
/// encoder.reset();                                      // the next message
/// ```
///
/// **What travels.** Texts, numbers, arrays, records, enums, collections, `Optional`, paths of the
/// default file system, charsets, times, functions of a serializable type ([dev.selvedge.Call],
/// [dev.selvedge.Action], [dev.selvedge.Fn]) with what they captured, memory segments, objects
/// without fields, whatever has a [Codec], and everything that is [java.io.Serializable]. Records
/// need not be. Where the module of a class does not open it to `dev.selvedge.process`, it must be
/// serializable.
///
/// **Sharing.** A message is one graph: an object that occurs twice in it, in one value or in two,
/// is written once and arrives as one, and cycles through arrays and collections are kept. Texts,
/// numbers and other values of the JDK are copied each time. The details are in `Wire`.
///
/// **Large memory** is not copied here. [#large] gives it as it lies in the caller's heap, and
/// whoever sends the message copies it, before the caller can change it.
///
/// **Failures.** What cannot travel is refused with a [CannotTravelException]. The message is then
/// empty again, and the encoder can be used further.
///
/// **Threads.** For one thread at a time. It keeps its buffer between messages, up to a megabyte;
/// so keep the encoder, too.
///
/// @since 0.1
public final class Encoder {
  private final Encoding encoding;

  /// Makes an encoder of messages that describe their classes themselves.
  public Encoder(Codecs codecs) {
    encoding = new Encoding(codecs, null);
  }

  /// Makes an encoder of messages that take the descriptions of classes and functions from a
  /// lexicon, and add to it.
  public Encoder(Codecs codecs, Lexicon lexicon) {
    encoding = new Encoding(codecs, lexicon);
  }

  /// Adds a value to the message.
  ///
  /// @throws CannotTravelException if something in it cannot travel; it says what, and what to do
  public void write(@Nullable Object value) throws CannotTravelException {
    Exception failure = attempt(value);
    if (failure != null) {
      throw refusal(value, failure);
    }
  }

  private @Nullable Exception attempt(@Nullable Object value) {
    try {
      encoding.value(value);
      return null;
    } catch (IOException | RuntimeException e) {
      return e;
    } catch (StackOverflowError e) {
      return tooDeep(e);
    } catch (Error e) {
      encoding.clear();
      throw e;
    }
  }

  private static Exception tooDeep(StackOverflowError e) {
    var refused =
        new InvalidObjectException(
            "the structure is nested too deeply for the stack of this thread; send it as a flat"
                + " list");
    refused.initCause(e);
    return refused;
  }

  private CannotTravelException refusal(@Nullable Object value, Exception failure) {
    List<SerializedLambda> lambdas = List.copyOf(encoding.lambdas());
    encoding.clear();
    return new CannotTravelException(
        Obstacles.describe(lambdas, value, failure, this::probe), failure);
  }

  private @Nullable Exception probe(@Nullable Object captured) {
    try {
      return attempt(captured);
    } finally {
      encoding.clear();
    }
  }

  /// {@return the bytes of the message so far}
  public int length() {
    return encoding.out().length();
  }

  /// Copies the message to the beginning of this memory.
  ///
  /// @throws IndexOutOfBoundsException if it is too small
  public void copyTo(MemorySegment target) {
    encoding.out().copyTo(target);
  }

  /// Copies a part of the message, which may still grow.
  ///
  /// @throws java.nio.BufferOverflowException if there is less room
  /// @throws IndexOutOfBoundsException if the message has no such part
  public void copyTo(ByteBuffer target, int from, int to) {
    encoding.out().copyTo(target, from, to);
  }

  /// {@return a copy of the message}
  public byte[] toByteArray() {
    return encoding.out().toByteArray();
  }

  /// {@return what goes beside the message, in this order: views of the caller's arrays and memory,
  /// valid until [#reset]}
  public List<MemorySegment> large() {
    return Collections.unmodifiableList(encoding.large());
  }

  /// {@return a copy of the message, and of what goes beside it}
  public Message toMessage() {
    List<MemorySegment> large = encoding.large();
    return new Message(
        toByteArray(), large.isEmpty() ? List.of() : large.stream().map(Message::copy).toList());
  }

  /// Begins a new message, and lets go of everything that the old one referred to.
  public void reset() {
    encoding.clear();
  }
}
