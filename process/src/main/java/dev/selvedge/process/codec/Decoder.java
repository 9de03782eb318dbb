package dev.selvedge.process.codec;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reads values from messages that an [Encoder] wrote.
///
/// ```java
/// Decoder decoder = new Decoder(codecs, loader);
/// decoder.open(bytes, 0, bytes.length, large);
/// var function = (Fn<?, ?>) decoder.read();
/// Object argument = decoder.read();
/// decoder.reset();                                      // lets go of them
/// ```
///
/// **Failures** of [#read], all of them an [IOException], after which the message is given up, and
/// the decoder goes on with the next one:
///
/// | exception | what it means |
/// |---|---|
/// | [CorruptMessageException] | the bytes are not a message of this version |
/// | [MissingClassException] | a class is not there |
/// | [UnreadableObjectException] | a class is another one here, or threw while its object was made |
/// | [java.io.InvalidClassException] | the filter refused a class |
///
/// **Trust.** A damaged message is found out, or gives other values; it makes the decoder neither
/// hang nor allocate more than its length justifies. But whoever may send messages can have code
/// run, as with all serialization of functions: connect with nobody else. [Codecs#withFilter]
/// narrows what classes are taken.
///
/// **Threads.** For one thread at a time. What one thread read may be used by others only after it
/// was handed over safely, as always.
///
/// @since 0.1
public final class Decoder {
  private final Decoding decoding;

  /// Makes a decoder of messages that describe their classes themselves.
  ///
  /// @param loader who knows the classes of the program, or null for the bootstrap loader
  public Decoder(Codecs codecs, @Nullable ClassLoader loader) {
    decoding = new Decoding(codecs, loader, null);
  }

  /// Makes a decoder of messages whose encoder had a lexicon, from which this one has learnt.
  ///
  /// @param loader who knows the classes of the program, or null for the bootstrap loader
  public Decoder(Codecs codecs, @Nullable ClassLoader loader, Lexicon lexicon) {
    decoding = new Decoding(codecs, loader, lexicon);
  }

  /// Begins to read a message, and gives up the last one.
  ///
  /// @param bytes where it lies; it is not copied, and must not change until it is read
  /// @param large what came beside it; what is not in the heap is copied when it is read
  /// @throws CorruptMessageException if it is of another version
  /// @throws IndexOutOfBoundsException if there are fewer bytes
  public void open(byte[] bytes, int offset, int length, List<MemorySegment> large)
      throws CorruptMessageException {
    decoding.open(bytes, offset, length, large);
  }

  /// Begins to read a message, and gives up the last one.
  ///
  /// @throws CorruptMessageException if it is of another version
  public void open(Message message) throws CorruptMessageException {
    open(message.bytes(), 0, message.bytes().length, message.large());
  }

  /// {@return whether the message has another value}
  public boolean hasNext() {
    return decoding.remaining() > 0;
  }

  /// {@return the next value of the message}
  ///
  /// @throws IOException if it cannot be read; the table above says how
  public @Nullable Object read() throws IOException {
    boolean isRead = false;
    try {
      Object value = decoding.value();
      isRead = true;
      return value;
    } catch (StackOverflowError e) {
      throw new UnreadableObjectException(
          "the message is nested too deeply for the stack of this thread", e);
    } catch (VirtualMachineError e) {
      throw e;
    } catch (RuntimeException | Error e) {
      throw new UnreadableObjectException("a value cannot be made: " + e, e);
    } finally {
      if (!isRead) {
        decoding.clear();
      }
    }
  }

  /// Gives up the message, and lets go of everything that was read from it.
  public void reset() {
    decoding.clear();
  }
}
