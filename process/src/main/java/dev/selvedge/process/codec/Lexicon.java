package dev.selvedge.process.codec;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// What both ends of a connection know by number: descriptions of classes and functions, which then
/// take two or three bytes of a message instead of hundreds.
///
/// The writing end has one for all its encoders; each reading end has one that *learns* from it:
///
/// ```java
/// Lexicon ours = new Lexicon();
/// Encoder encoder = new Encoder(codecs, ours);
/// encoder.write(work);
/// if (known < ours.size()) {                                // this worker knows fewer
///   connection.sendEntries(ours.entries(known, ours.size()));
///   known = ours.size();
/// }
/// connection.sendMessage(encoder.toByteArray());
///
/// // at the other end
/// Lexicon theirs = new Lexicon();
/// Decoder decoder = new Decoder(codecs, loader, theirs);
/// theirs.learn(entries);                                    // before the message that came after
/// ```
///
/// It only grows, up to 65,536 entries; beyond that, messages describe for themselves again. As
/// entries are independent of messages, it does not matter which of those are sent, lost or sent
/// twice, or to how many workers. Thread-safe.
///
/// @since 0.1
public final class Lexicon {
  private static final int CAPACITY = 1 << 16;

  private final Map<Word, Integer> numbers = new HashMap<>(); // guarded by this
  private final List<Word> words = new ArrayList<>(); // guarded by this
  private volatile int size; // written after the word is in place

  /// Makes one that is empty.
  public Lexicon() {}

  /// {@return how many entries there are}
  public int size() {
    return size;
  }

  /// {@return the entries from a number on, up to but without another, for [#learn]}
  ///
  /// @throws IndexOutOfBoundsException if there are no such entries
  public synchronized byte[] entries(int from, int to) {
    var out = new WriteBuffer();
    out.putByte(Wire.VERSION);
    out.putCount(from);
    for (Word word : words.subList(from, to)) {
      word.writeTo(out);
    }
    return out.toByteArray();
  }

  /// Takes what [#entries] of the other end gave. Entries that are known already do no harm.
  ///
  /// @throws CorruptMessageException if it is something else, or entries before them are missing;
  ///   then nothing more can be understood on this connection
  public synchronized void learn(byte[] entries) throws CorruptMessageException {
    var in = new ReadBuffer();
    in.open(entries, 0, entries.length);
    int version = in.getByte();
    int number = in.getCount();
    if (version != Wire.VERSION || number > size) {
      throw new CorruptMessageException(
          "entries of version " + version + " from " + number + " do not continue " + size);
    }
    for (; in.remaining() > 0; number++) {
      int length = in.claimBytes(1);
      Word word = Word.view(entries, in.take(length), length);
      if (number == size) {
        if (number == CAPACITY) {
          throw new CorruptMessageException("more than " + CAPACITY + " entries");
        }
        add(word.copy());
      }
    }
  }

  /// {@return the number of a word, which is added if it is new, or -1 if there is no room}
  synchronized int number(Word word) {
    Integer known = numbers.get(word);
    if (known != null) {
      return known;
    }
    return size == CAPACITY ? -1 : add(word);
  }

  synchronized Word word(int number) throws CorruptMessageException {
    if (number >= size) {
      throw new CorruptMessageException(
          "the message refers to entry " + number + " of the lexicon, which has " + size);
    }
    return words.get(number);
  }

  /// Called with the lock held.
  @SuppressWarnings("NonAtomicVolatileUpdate") // written under the lock
  private int add(Word word) {
    int number = words.size();
    words.add(word);
    numbers.put(word, number);
    size = number + 1;
    return number;
  }
}
