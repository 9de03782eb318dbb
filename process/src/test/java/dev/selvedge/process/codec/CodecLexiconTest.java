package dev.selvedge.process.codec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.Call;
import dev.selvedge.Fn;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class CodecLexiconTest {
  record Point(int x, int y) {}

  private final Lexicon ours = new Lexicon();
  private final Lexicon theirs = new Lexicon();
  private final Encoder encoder = new Encoder(Trip.CODECS, ours);
  private final Decoder decoder = new Decoder(Trip.CODECS, Trip.LOADER, theirs);

  private Message message(Object value) throws IOException {
    encoder.reset();
    encoder.write(value);
    return encoder.toMessage();
  }

  private Object read(Message message) throws IOException {
    decoder.open(message);
    return java.util.Objects.requireNonNull(decoder.read());
  }

  @Test
  void aFunctionThatIsSentAgainTakesThreeBytes() throws Exception {
    Fn<Integer, Integer> function = x -> x + 1;
    Message message = message(function);
    assertEquals(3, message.bytes().length);
    theirs.learn(ours.entries(0, ours.size()));
    Object first = read(message);
    assertSame(first, read(message(function)));
    int captured = 5;
    Call<Integer> capturing = () -> captured;
    Message second = message(capturing);
    assertEquals(4, second.bytes().length);
    theirs.learn(ours.entries(1, ours.size()));
    assertEquals(5, ((Call<?>) read(second)).call());
  }

  @Test
  void recordsAndEnumsAreKnownByNumber() throws IOException {
    List<Object> value = List.of(new Point(1, 2), new Point(3, 4), Thread.State.NEW, Point.class);
    Message message = message(value);
    assertEquals(3, ours.size());
    theirs.learn(ours.entries(0, 3));
    assertEquals(value, read(message));
    assertEquals(message.bytes().length, message(value).bytes().length);
    assertEquals(3, ours.size());
  }

  @Test
  void entriesMayComeAgainAndInPartsButNotWithAGap() throws IOException {
    message(List.of(new Point(1, 2), Thread.State.NEW, Point.class));
    byte[] first = ours.entries(0, 2);
    byte[] overlapping = ours.entries(1, 3);
    assertThrows(CorruptMessageException.class, () -> theirs.learn(overlapping));
    theirs.learn(first);
    theirs.learn(first);
    theirs.learn(overlapping);
    assertEquals(3, theirs.size());
    assertEquals(new Point(5, 6), read(message(new Point(5, 6))));
  }

  @Test
  void aMessageThatNeedsMoreThanWasLearntIsRefused() throws IOException {
    Message message = message(new Point(1, 2));
    assertThrows(CorruptMessageException.class, () -> read(message));
    theirs.learn(ours.entries(0, 1));
    assertEquals(new Point(1, 2), read(message));
  }

  @Test
  void damagedEntriesAreRefused() throws IOException {
    message(List.of(new Point(1, 2), Thread.State.NEW));
    byte[] entries = ours.entries(0, 2);
    for (int length = 0; length < entries.length; length++) {
      byte[] cut = java.util.Arrays.copyOf(entries, length);
      try {
        new Lexicon().learn(cut);
      } catch (CorruptMessageException e) {
        assertTrue(length < entries.length, e.toString());
      }
    }
  }

  @Test
  void oneLexiconServesManyEncoders() throws IOException {
    var other = new Encoder(Trip.CODECS, ours);
    message(new Point(1, 2));
    other.write(new Point(3, 4));
    assertEquals(1, ours.size());
    theirs.learn(ours.entries(0, 1));
    assertEquals(new Point(3, 4), read(other.toMessage()));
  }
}
