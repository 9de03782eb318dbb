package dev.selvedge.process.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.selvedge.process.codec.Codecs;
import dev.selvedge.process.codec.Decoder;
import dev.selvedge.process.codec.Encoder;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What is left of a draft when its worker has died, at each point where it can.
class DraftTest {
  private static final long TASK = 7;
  private static final long STATE = 16;

  private final MemorySegment memory = Arena.ofAuto().allocate(Draft.size(), Long.BYTES);
  private final Draft draft = new Draft(memory);
  private final Encoder encoder = new Encoder(Codecs.standard());
  private final ChunkReports received = new ChunkReports();
  private int done;

  private void add(Object report) throws IOException {
    encoder.write(report);
    assertTrue(draft.add(encoder, done));
    done = encoder.length();
  }

  private void receive() {
    ByteBuffer piece = draft.bytes();
    byte[] bytes = new byte[piece.remaining()];
    piece.get(bytes);
    received.append(bytes, draft.count());
  }

  private List<@Nullable Object> recovered() {
    new Draft(memory).recover(TASK, received); // the pool's
    received.readPieces(new Decoder(Codecs.standard(), getClass().getClassLoader()));
    return received.take().all();
  }

  @Test
  void whatWasNotSentIsThere() throws IOException {
    draft.begin(TASK, 0);
    add(1);
    add("two");
    assertEquals(List.of(1, "two"), recovered());
  }

  @Test
  void whatWasSentIsNotTakenAgainThoughItsWorkerDiedBeforeItSaidSo() throws IOException {
    draft.begin(TASK, 0);
    add(1);
    add(2);
    receive();
    assertEquals(List.of(1, 2), recovered());
  }

  @Test
  void whatCameAfterWhatWasSentIsThere() throws IOException {
    draft.begin(TASK, 0);
    add(1);
    receive();
    draft.sent(1);
    assertEquals(0, draft.count());
    add(2);
    assertEquals(List.of(1, 2), recovered());
  }

  @Test
  void aChunkThatGoesOnBeginsBehindTheReportsOnIt() throws IOException {
    received.add("of another worker");
    draft.begin(TASK, 1);
    add(2);
    assertEquals(List.of("of another worker", 2), recovered());
  }

  @Test
  void whatIsLeftOfAnotherTaskIsNotTaken() throws IOException {
    draft.begin(TASK - 1, 0);
    add(1);
    assertEquals(List.of(), recovered());
    draft.begin(TASK, 0);
    assertEquals(List.of(), recovered());
  }

  @Test
  void aReportThatIsTooLargeIsRefusedAndNothingIsLost() throws IOException {
    draft.begin(TASK, 0);
    add(1);
    encoder.write("x".repeat((int) Draft.size()));
    assertFalse(draft.add(encoder, done));
    assertEquals(List.of(1), recovered());
  }

  /// Counts without bytes, more than its bytes can be, a length beyond the memory, and both below
  /// zero.
  @ParameterizedTest
  @ValueSource(longs = {1L << 32, (9L << 32) | 8, (1L << 32) | (1 << 30), -1})
  void nonsenseIsNotTaken(long state) throws IOException {
    draft.begin(TASK, 0);
    add(1);
    memory.set(ValueLayout.JAVA_LONG, STATE, state);
    assertEquals(List.of(), recovered());
  }
}
