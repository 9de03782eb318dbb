package dev.selvedge.process.codec;

import java.util.IdentityHashMap;
import org.jspecify.annotations.Nullable;

/// Numbers the words of a message as they are written.
final class Words {
  private static final int KEPT = 1 << 12; // beyond it, words are looked up anew

  /// A word that this writer has used, now or earlier.
  private static final class Entry {
    private final int inLexicon; // or -1
    private long message; // in which it has the number
    private int number;

    Entry(int inLexicon) {
      this.inLexicon = inLexicon;
    }
  }

  private final @Nullable Lexicon lexicon;
  private final IdentityHashMap<Word, Entry> entries = new IdentityHashMap<>();
  private long message = 1;
  private int count;
  private @Nullable Word lastWord; // many messages are about objects of one class
  private @Nullable Entry lastEntry;

  Words(@Nullable Lexicon lexicon) {
    this.lexicon = lexicon;
  }

  void nextMessage() {
    message++;
    count = 0;
    if (entries.size() > KEPT) {
      entries.clear();
      lastWord = null;
    }
  }

  void write(Word word, WriteBuffer out) {
    if (word.everybodys() >= 0) {
      out.putCount(Wire.WORD_OF_EVERYBODY + 4 * word.everybodys());
      return;
    }
    Entry entry = entry(word);
    if (entry.inLexicon >= 0) {
      out.putCount(Wire.WORD_OF_LEXICON + 4 * entry.inLexicon);
    } else if (entry.message == message) {
      out.putCount(Wire.WORD_OF_MESSAGE + 4 * entry.number);
    } else {
      entry.message = message;
      entry.number = count++;
      out.putCount(Wire.WORD_INLINE);
      word.writeTo(out);
    }
  }

  @SuppressWarnings("ReferenceEquality") // there is one word for each class
  private Entry entry(Word word) {
    Entry last = lastEntry;
    if (word == lastWord && last != null) {
      return last;
    }
    Entry entry =
        entries.computeIfAbsent(
            word, added -> new Entry(lexicon == null ? -1 : lexicon.number(added)));
    lastWord = word;
    lastEntry = entry;
    return entry;
  }
}
